/**
 * What is remembered of trust points: their states, negative anchors, the last time that was known. Each change is one
 * transaction. Nothing here throws at a damaged row or a full disk: validation goes on with what is known, and somebody is told.
 *
 * Beside the database stands `trust-points.json`, the same once more, written after each change: a database that was damaged is
 * put aside whole, and with it would go what took the zones months to roll.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { Name } from '../dns/name/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { decodeTrustPoint, encodeTrustPoint, type NegativeAnchor, type StoredTrustPoint } from '../validator/index.ts'
import type { Database } from './database.ts'
import { readInputFile } from './input-file.ts'
import type { Statement } from './statement.ts'
import { reasonOf } from './system-error.ts'

const COPY_FILE = 'trust-points.json'
const MAX_COPY = 1 << 24
/** The time is written no more often than this. */
const CLOCK_SECONDS = 3600

export type LoadedTrust = {
  readonly points: readonly StoredTrustPoint[]
  readonly negative: readonly NegativeAnchor[]
  /** The last time that this server knew; undefined on a first start. */
  readonly lastKnown: UnixSeconds | undefined
  /** The boot of the system in which that was; undefined: not known. */
  readonly lastKnownIn: string | undefined
  /** Sentences for the log: what was damaged, and what stands in its place. */
  readonly remarks: readonly string[]
}

/** What is kept of trust, as it is used. */
export type TrustStore = Pick<
  TrustStates,
  'onRemark' | 'load' | 'save' | 'forget' | 'saveNegative' | 'forgetNegative' | 'noteTime' | 'correctTime' | 'saved'
>

export class TrustStates {
  readonly #database: Database
  readonly #copyPath: string
  readonly #put: Statement
  readonly #delete: Statement
  readonly #list: Statement
  readonly #putNegative: Statement
  readonly #deleteNegative: Statement
  readonly #listNegative: Statement
  readonly #putClock: Statement
  readonly #getClock: Statement
  /** Content by zone, as saved last: what the copy is made of. */
  readonly #saved = new Map<string, string>()
  #remark: (text: string) => void = () => {}
  /** What was told last of the database and of the copy; empty once it was written again. */
  readonly #told = { database: '', copy: '' }
  #clockSaved: UnixSeconds = 0

  constructor(database: Database) {
    this.#database = database
    this.#copyPath = join(dirname(database.path), COPY_FILE)
    this.#put = database.prepare(
      `INSERT INTO trust_point (zone, content, check_sum, saved_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (zone) DO UPDATE SET
       old_content = content, old_check_sum = check_sum, content = ?2, check_sum = ?3, saved_at = ?4`,
    )
    this.#delete = database.prepare('DELETE FROM trust_point WHERE zone = ?')
    this.#list = database.prepare('SELECT * FROM trust_point ORDER BY zone')
    this.#putNegative = database.prepare('REPLACE INTO negative_anchor (name, until, reason) VALUES (?, ?, ?)')
    this.#deleteNegative = database.prepare('DELETE FROM negative_anchor WHERE name = ?')
    this.#listNegative = database.prepare('SELECT * FROM negative_anchor ORDER BY name')
    this.#putClock = database.prepare('REPLACE INTO clock (id, last_known, boot) VALUES (1, ?, ?)')
    this.#getClock = database.prepare('SELECT last_known, boot FROM clock WHERE id = 1')
  }

  /** Who hears of what could not be written: a sentence, once for as long as the reason is the same. */
  onRemark(remark: (text: string) => void): void {
    this.#remark = remark
  }

  /** All that is kept. A damaged state gives way to the copy, that to the state before, and if all fail to nothing. Never throws. */
  load(): LoadedTrust {
    const remarks: string[] = []
    const points = new Map<string, StoredTrustPoint>()
    const copy = this.#readCopy(remarks)
    const rows = this.#rows(this.#list, remarks)
    for (const row of rows) {
      const zone = String(row.zone)
      const fallbacks = [
        { content: row.content, sum: row.check_sum, name: 'what was saved last' },
        { content: copy.get(zone), sum: undefined, name: `the copy in ${COPY_FILE}` },
        { content: row.old_content, sum: row.old_check_sum, name: 'the state before' },
      ]
      const faults: string[] = []
      const good = fallbacks.find(({ content, sum, name }) => {
        const point = typeof content === 'string' ? readPoint(content, sum, zone) : 'there is none'
        if (typeof point === 'string') faults.push(`${name}: ${point}`)
        else points.set(zone, point)
        return typeof point !== 'string'
      })
      if (faults.length === 0) continue
      const instead = good === undefined ? 'its configured anchors count again' : `${good.name} counts`
      remarks.push(`the state of trust point ${zone} is damaged (${faults.join('; ')}): ${instead}`)
    }
    // The database was put aside, or could not be read.
    if (rows.length === 0) {
      for (const [zone, content] of copy) {
        const point = readPoint(content, undefined, zone)
        if (typeof point !== 'string') points.set(zone, point)
      }
      if (points.size > 0) remarks.push(`the state of ${points.size} trust points comes from ${this.#copyPath}`)
    }
    for (const point of points.values()) this.#saved.set(nameText(point.zone), encodeTrustPoint(point))
    const { last_known: lastKnown, boot } = this.#rows(this.#getClock, remarks)[0] ?? {}
    if (typeof lastKnown === 'number') this.#clockSaved = lastKnown
    return {
      points: [...points.values()],
      negative: this.#rows(this.#listNegative, remarks).flatMap(readNegative),
      lastKnown: typeof lastKnown === 'number' ? lastKnown : undefined,
      lastKnownIn: typeof boot === 'string' ? boot : undefined,
      remarks,
    }
  }

  /** Keeps the state of a trust point, and the one before it. Durable on return, unless a remark says otherwise. */
  save(point: StoredTrustPoint, now: UnixSeconds): void {
    const zone = nameText(point.zone)
    const content = encodeTrustPoint(point)
    this.#saved.set(zone, content)
    this.#attempt(`the state of trust point ${zone}`, () => {
      this.#put.run(zone, content, crc32(content), Math.floor(now))
    })
    this.#writeCopy()
  }

  forget(zone: Name): void {
    const name = nameText(zone)
    this.#saved.delete(name)
    // First the copy: a kill in between must not bring back what was taken away.
    this.#writeCopy()
    this.#attempt(`that ${name} is no trust point any more`, () => this.#delete.run(name))
  }

  saveNegative(anchor: NegativeAnchor): void {
    const { name, until, reason } = anchor
    const time = until === undefined ? null : Math.floor(until)
    this.#attempt(`the negative trust anchor ${name}`, () =>
      this.#putNegative.run(nameText(name), time, reason ?? null),
    )
  }

  forgetNegative(name: Name): void {
    this.#attempt(`the end of the negative trust anchor ${name}`, () => this.#deleteNegative.run(nameText(name)))
  }

  /** Remembers that it is at least so late, in which boot of the system. Call it often, and only while the clock is not in doubt; it writes once an hour. */
  noteTime(now: UnixSeconds, boot?: string): void {
    if (now < this.#clockSaved + CLOCK_SECONDS) return
    this.#clockSaved = now
    this.#attempt('the time', () => this.#putClock.run(Math.floor(now), boot ?? null))
  }

  /** The time was noted wrongly: it is no later than this. */
  correctTime(now: UnixSeconds, boot?: string): void {
    if (now >= this.#clockSaved) return
    this.#clockSaved = now
    this.#attempt('the time', () => this.#putClock.run(Math.floor(now), boot ?? null))
  }

  /** Resolves when what was changed until now is durable, or a remark says that it is not. */
  saved(): Promise<void> {
    return Promise.resolve()
  }

  #rows(statement: Statement, remarks: string[]): Record<string, unknown>[] {
    try {
      return statement.all()
    } catch (error) {
      remarks.push(`${this.#database.path}: what is kept of trust points cannot be read (${reasonOf(error)})`)
      return []
    }
  }

  #attempt(what: string, write: () => void): void {
    try {
      this.#database.transact(write)
      this.#told.database = ''
    } catch (error) {
      this.#say(
        'database',
        `${what} could not be saved (${reasonOf(error)}): validation goes on, but a restart will not know it`,
      )
    }
  }

  #say(where: 'database' | 'copy', text: string): void {
    if (text === this.#told[where]) return
    this.#told[where] = text
    this.#remark(text)
  }

  /** The copy appears whole or not at all: a file beside it takes its name. */
  #writeCopy(): void {
    const text = JSON.stringify([...this.#saved])
    const temporary = `${this.#copyPath}.new`
    try {
      // A new file always: one that is left over may be anything, and a FIFO would block.
      rmSync(temporary, { force: true })
      const fd = openSync(temporary, 'wx', 0o600)
      try {
        writeFileSync(fd, `${crc32(text)} ${text}\n`)
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      renameSync(temporary, this.#copyPath)
      this.#told.copy = ''
    } catch (error) {
      this.#say('copy', `${this.#copyPath} could not be written (${reasonOf(error)})`)
    }
  }

  #readCopy(remarks: string[]): Map<string, string> {
    try {
      if (statSync(this.#copyPath, { throwIfNoEntry: false }) === undefined) return new Map()
      const text = readInputFile(this.#copyPath, MAX_COPY).octets.toString('utf8')
      const [sum = '', json = ''] = [text.slice(0, text.indexOf(' ')), text.slice(text.indexOf(' ') + 1).trimEnd()]
      if (Number(sum) !== crc32(json)) throw new Error('its checksum does not fit')
      return readEntries(JSON.parse(json))
    } catch (error) {
      remarks.push(`${this.#copyPath} is of no use (${reasonOf(error)})`)
      return new Map()
    }
  }
}

function readEntries(value: unknown): Map<string, string> {
  const entries = new Map<string, string>()
  if (!Array.isArray(value)) return entries
  for (const each of value) {
    if (!Array.isArray(each)) continue
    const [zone, content]: unknown[] = each
    if (typeof zone === 'string' && typeof content === 'string') entries.set(zone, content)
  }
  return entries
}

/** A trust point, or what is wrong with it. */
function readPoint(content: string, sum: unknown, zone: string): StoredTrustPoint | string {
  if (sum !== undefined && sum !== crc32(content)) return 'its checksum does not fit'
  const point = decodeTrustPoint(content)
  if (typeof point === 'string') return point
  return nameText(point.zone) === zone ? point : `it is of ${point.zone}`
}

function readNegative(row: Record<string, unknown>): NegativeAnchor[] {
  try {
    const until = typeof row.until === 'number' ? row.until : undefined
    const anchor = { name: Name.parse(String(row.name)), until }
    return [typeof row.reason === 'string' ? { ...anchor, reason: row.reason } : anchor]
  } catch {
    return []
  }
}

function nameText(name: Name): string {
  return name.toCanonical().toString()
}
