/**
 * A primary and its secondary, both `bin/signet serve`, whose zones change all the time; either is killed at a random instant,
 * started again and looked at. What is in a zone is a function of its serial, so that a mixture of versions shows.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../src/dns/name/index.ts'
import { textSource } from '../src/dns/text/index.ts'
import { makeSecondaryQuery, readSoaAnswer, TransferReader } from '../src/transfer/index.ts'
import { NetworkExchange } from '../src/transport/index.ts'
import { loadRecords, type RecordTable, Zone } from '../src/zone/index.ts'
import { linesOf } from '../src/zone/zone.fixture.ts'

const SIGNET = join(import.meta.dirname, '../bin/signet')
const ADDRESS = Uint8Array.of(127, 0, 0, 1)
/** Names of a zone: few, and so many that a copy is written in several steps. */
const ZONES = [
  { name: 'small.example.', hosts: 20 },
  { name: 'large.example.', hosts: 8000 },
] as const
type Kept = (typeof ZONES)[number]

/** A busy machine is no fault. */
const START_SECONDS = 60

const exchange = new NetworkExchange({ timeoutSeconds: 2 })

/** Some hosts change with each serial, others seldom. */
function textOf({ hosts }: Kept, serial: number): string {
  const lines = [`$TTL 300\n@ SOA ns admin ${serial} 1 1 604800 300\n@ NS ns\nns A 127.0.0.1\nserial TXT "${serial}"`]
  for (let i = 0; i < hosts; i++) {
    const value = (Math.floor(serial / (1 + (i % 50))) * 40503 + i) & 0xffff
    lines.push(`h${i} A 10.${i & 255}.${value >> 8}.${value & 255}`)
    if ((serial + i) % 11 === 0) lines.push(`h${i} TXT "of ${serial} and of it alone: ${'x'.repeat(40)}"`)
  }
  return `${lines.join('\n')}\n`
}

function linesOfTable(apex: Name, table: RecordTable): string {
  return linesOf(table, Zone.arrange(apex, table).records).join('\n')
}

class Killed {
  readonly port: number
  readonly folder: string
  #process: ChildProcess | undefined

  constructor(port: number, root: string, name: string, zones: readonly object[]) {
    this.port = port
    this.folder = join(root, name)
    const configuration = {
      data: this.folder,
      server: { listen: [`127.0.0.1:${port}`], threads: 1 },
      management: { listen: [] },
      zones,
    }
    writeFileSync(`${this.folder}.yaml`, JSON.stringify(configuration))
  }

  async start(): Promise<void> {
    const log = openSync(`${this.folder}.log`, 'w')
    const child = spawn(SIGNET, ['serve', '--config', `${this.folder}.yaml`], { stdio: ['ignore', log, log] })
    this.#process = child
    const end = Date.now() + START_SECONDS * 1000
    while (!/^signet: ready/m.test(this.log)) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(this.#describe(child))
      await sleep(10)
    }
  }

  /** What a server that does not start says, and where its threads are. */
  #describe({ pid, exitCode }: ChildProcess): string {
    const tasks = `/proc/${pid}/task`
    const threads = existsSync(tasks)
      ? readdirSync(tasks).map((thread) =>
          readFileSync(join(tasks, thread, 'stat'), 'latin1')
            .split(' ')
            .slice(1, 15)
            .join(' '),
        )
      : []
    return `it does not start in ${START_SECONDS} s (exit status ${exitCode}):\n${this.log.slice(-2000)}\n${threads.join('\n')}`
  }

  get log(): string {
    return readFileSync(`${this.folder}.log`, 'utf8')
  }

  reload(): void {
    this.#process?.kill('SIGHUP')
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      assert.equal(child?.exitCode ?? 0, 0, `it ended by itself:\n${this.log.slice(-2000)}`)
      return
    }
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  async serial(zone: Name): Promise<number | undefined> {
    const query = makeSecondaryQuery(1, zone, { form: 'soa' })
    const answer = await exchange.query({ address: ADDRESS, port: this.port }, query).catch(() => undefined)
    const soa = answer === undefined ? undefined : readSoaAnswer(answer, zone)
    return soa?.kind === 'soa' ? soa.serial : undefined
  }

  /** The zone as it is given out; undefined when none is. */
  async fetch(zone: Name): Promise<{ serial: number; text: string } | undefined> {
    const reader = new TransferReader({ id: 7, zone, form: 'axfr' })
    const query = makeSecondaryQuery(7, zone, { form: 'axfr' })
    for await (const message of exchange.stream({ address: ADDRESS, port: this.port }, query)) {
      const step = reader.read(message)
      if (step.kind === 'failed') return undefined
      if (step.kind === 'done' && step.outcome.kind === 'full') {
        return { serial: step.outcome.serial, text: linesOfTable(zone, step.outcome.table) }
      }
    }
    return undefined
  }
}

export type Survived = { readonly versionsSeen: number; readonly transfers: number }

export async function surviveServing(kills: number): Promise<Survived> {
  const root = mkdtempSync(join(tmpdir(), 'signet-serve-kills-'))
  const primaryPort = await freePort()
  const secondaryPort = await freePort()
  const files = new Map(ZONES.map((zone) => [zone.name, join(root, `${zone.name}zone`)]))
  const common = { allowTransfer: ['127.0.0.1'] }
  const notify = [`127.0.0.1:${secondaryPort}`]
  const primary = new Killed(
    primaryPort,
    root,
    'primary',
    ZONES.map(({ name }) => ({ ...common, name, type: 'primary', file: files.get(name), notify })),
  )
  const primaries = [`127.0.0.1:${primaryPort}`]
  const secondary = new Killed(
    secondaryPort,
    root,
    'secondary',
    ZONES.map(({ name }) => ({ ...common, name, type: 'secondary', primaries })),
  )
  let serial = 0
  const raise = (): void => {
    serial++
    for (const zone of ZONES) {
      const file = files.get(zone.name) ?? ''
      writeFileSync(`${file}.new`, textOf(zone, serial))
      renameSync(`${file}.new`, file)
    }
    primary.reload()
  }
  const acknowledged = new Map<string, number>()
  const note = async (): Promise<void> => {
    for (const { name } of ZONES) {
      const seen = await secondary.serial(Name.parse(name))
      if (seen !== undefined) acknowledged.set(name, seen)
    }
  }
  const look = async (server: Killed, least: (name: string) => number): Promise<number> => {
    let seen = 0
    for (const zone of ZONES) {
      const apex = Name.parse(zone.name)
      const version = await server.fetch(apex)
      if (version === undefined) {
        assert.equal(least(zone.name), 0, `${zone.name} was there and is no more\n${server.log.slice(-2000)}`)
        continue
      }
      const expected = loadRecords(textSource(textOf(zone, version.serial)), apex).table
      assert.equal(version.text, linesOfTable(apex, expected), `${zone.name} of serial ${version.serial}`)
      const was = least(zone.name)
      assert.ok(version.serial >= was, `${zone.name} was at ${was} and is at ${version.serial}`)
      seen++
    }
    return seen
  }
  let versionsSeen = 0
  let transfers = 0
  try {
    raise()
    await primary.start()
    await secondary.start()
    // A slow machine transfers less between two kills; it is killed more often then, so that as many transfers are seen.
    for (let i = 0; i < kills || (transfers <= kills && i < 5 * kills); i++) {
      const end = Date.now() + Math.random() * 500
      do {
        raise()
        await sleep(Math.random() * 60)
        if (Math.random() < 0.5) await note()
      } while (Date.now() < end)
      const victim = i % 3 === 2 ? primary : secondary
      await victim.kill()
      transfers += secondary.log.split('"zone transferred"').length - 1
      await victim.start()
      versionsSeen += await look(secondary, (name) => acknowledged.get(name) ?? 0)
      if (victim === primary) versionsSeen += await look(primary, () => 1)
      await note()
    }
    // In the end the secondary has what the primary has.
    for (const { name } of ZONES) {
      const apex = Name.parse(name)
      for (let tries = 0; tries < 200 && (await secondary.serial(apex)) !== serial; tries++) await sleep(50)
      assert.equal(await secondary.serial(apex), serial, `${name}\n${secondary.log.slice(-2000)}`)
    }
    versionsSeen += await look(secondary, () => serial)
    return { versionsSeen, transfers }
  } finally {
    await Promise.all([primary.kill(), secondary.kill()])
    rmSync(root, { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
