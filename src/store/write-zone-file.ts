/**
 * A zone written back to its master file (`signet zone flush`). The file is replaced whole, through a link to where it really
 * lies, with the mode that it had. What is written is the records, grouped by owner in canonical order: comments, `$INCLUDE`
 * and `$GENERATE` of the earlier file are gone, which the first line says.
 */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DnsError } from '../dns/errors.ts'
import { skipName } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { TextWriter } from '../dns/presentation/index.ts'
import { GroupedPrinter } from '../dns/text/index.ts'
import { ownerName, type RecordWalk, stepToSoa } from '../zone/index.ts'
import { reasonOf } from './system-error.ts'
import { FileBeingWritten } from './zone-file.ts'
import type { ZoneFileMark } from './zone-file-mark.ts'

/** Octets of text that are gathered before they are written. */
const BLOCK = 1 << 17

/**
 * Writes a version and returns the mark of the new file, which is durable. The walk is taken to its end and closed.
 * `leaveOut`: types that the server makes itself. Throws DnsError `output-failed`; the earlier file is then untouched.
 */
export function writeZoneFile(path: string, walk: RecordWalk, leaveOut: ReadonlySet<number> = new Set()): ZoneFileMark {
  const target = whereItLies(path)
  const hash = createHash('sha256')
  let file: FileBeingWritten | undefined
  try {
    file = new FileBeingWritten(target.path, target.mode)
    for (const block of printVersion(walk, leaveOut)) {
      hash.update(block)
      file.write(block)
    }
    file.commit()
    syncFolder(dirname(target.path))
    const digest = hash.digest('hex')
    const modifiedAt = statSync(target.path).mtimeMs / 1000
    return { hash: digest, modifiedAt, parts: [{ name: '', size: file.octets, hash: digest }] }
  } catch (error) {
    file?.abandon()
    if (error instanceof DnsError) throw error
    throw new DnsError('output-failed', `${path}: ${reasonOf(error)}`, { cause: error })
  } finally {
    walk.close()
  }
}

/** The text of a version in blocks, each good until the next. The walk is the caller's to close. */
export function* printVersion(walk: RecordWalk, leaveOut: ReadonlySet<number>): Generator<Uint8Array> {
  const serial = stepToSoa(walk)
  const apex = ownerName(walk)
  const out = new TextWriter(BLOCK + (1 << 16))
  out.ascii(`; ${apex} at serial ${serial}, written by signet; comments of an earlier file are not kept\n`)
  const records = new ShelvedRecord(new GroupedPrinter(out, apex.octets, walk.ttl))
  do {
    if (!leaveOut.has(walk.type)) records.print(walk)
    if (out.length < BLOCK) continue
    yield out.octets.subarray(0, out.length)
    out.clear()
  } while (walk.step())
  yield out.octets.subarray(0, out.length)
}

/** Most octets of a name, rounded up. */
const NAME_ROOM = 256

/** Holds a record and the owner of the one before: the printer compares the two, a walk keeps only one. */
class ShelvedRecord {
  readonly #printer: GroupedPrinter
  readonly #shelf = new OctetWriter(4096)
  #ownerAt = 0

  constructor(printer: GroupedPrinter) {
    this.#printer = printer
  }

  print(walk: RecordWalk): void {
    const { octets, ownerAt, rdataAt, rdataEnd } = walk
    const shelf = this.#shelf
    this.#ownerAt = NAME_ROOM - this.#ownerAt
    shelf.length = this.#ownerAt
    shelf.bytes(octets, ownerAt, skipName(octets, ownerAt))
    shelf.length = 2 * NAME_ROOM
    shelf.bytes(octets, rdataAt, rdataEnd)
    const length = rdataEnd - rdataAt
    this.#printer.record(shelf.octets, this.#ownerAt, walk.type, walk.ttl, 2 * NAME_ROOM, length)
  }
}

/** The file behind links, and its mode; a file that is not there yet lies where it is named. */
export function whereItLies(path: string): { path: string; mode: number } {
  try {
    const real = realpathSync(path)
    return { path: real, mode: statSync(real).mode & 0o777 }
  } catch {
    return { path, mode: 0o644 }
  }
}

/** Makes a rename durable: whoever remembers the new file's mark must not find the old file after a power cut. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
