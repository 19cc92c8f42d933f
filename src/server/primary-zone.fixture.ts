/** A server with one primary zone, `example.`, whose file is edited and which is changed by other ways than the file. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Name } from '../dns/name/index.ts'
import { textSource } from '../dns/text/index.ts'
import { loadRecords, type RecordTable, Zone, type ZoneChange } from '../zone/index.ts'
import { linesOf, zoneOf } from '../zone/zone.fixture.ts'
import type { Outcome } from './control.ts'
import { PrimaryZone } from './primary-zone.ts'
import { TestServer, zoneText } from './servers.fixture.ts'
import { transferFrom } from './transfer.fixture.ts'
import { actOn, type ZoneAction } from './zones/zone-source.ts'

export const ZONE: Name = Name.parse('example.')

/** Records in master-file form, relative to the zone and without its SOA. */
export type Lines = { readonly removed?: readonly string[]; readonly added?: readonly string[] }

const soaLine = (serial: number): string => zoneText(serial).split('\n').slice(0, 2).join('\n')

/** A change from one serial to another. */
export function changeOf(from: number, to: number, { removed = [], added = [] }: Lines): ZoneChange {
  const table = (serial: number, lines: readonly string[]) =>
    loadRecords(textSource(`${[soaLine(serial), ...lines].join('\n')}\n`), ZONE).table
  return { removed: table(from, removed), added: table(to, added), fromSerial: from, toSerial: to }
}

/** The records of a version in canonical order, one a line. */
export function recordsOf(text: string): string[] {
  const { table, records } = zoneOf(text, ZONE.toString())
  return linesOf(table, records)
}

export class PrimaryRig {
  readonly server = new TestServer()
  readonly #configuration

  constructor(settings: Record<string, unknown>, more: Record<string, unknown>) {
    const zone = { name: 'example.', type: 'primary', file: this.path, allowTransfer: ['127.0.0.1'], ...settings }
    this.#configuration = { ...more, zones: [zone] }
  }

  /** Serves a zone of this text. `settings`: of the zone; `more`: of the server. */
  static async start(
    text: string,
    settings: Record<string, unknown> = {},
    more: Record<string, unknown> = {},
  ): Promise<PrimaryRig> {
    const rig = new PrimaryRig(settings, more)
    rig.write(text)
    await rig.server.start(rig.#configuration)
    return rig
  }

  get path(): string {
    return join(this.server.folder, 'zone')
  }

  get text(): string {
    return readFileSync(this.path, 'utf8')
  }

  /** Edits the file. */
  write(text: string): void {
    this.server.file('zone', text)
  }

  /** What is done between the end of the server and its next start is `meanwhile`. */
  async restart(meanwhile: () => void = () => {}): Promise<void> {
    await this.server.stop()
    meanwhile()
    await this.server.start(this.#configuration)
  }

  get zone(): PrimaryZone {
    const zone = this.server.server.zones.find(ZONE)
    assert.ok(zone instanceof PrimaryZone)
    return zone
  }

  act(action: ZoneAction): Promise<Outcome> {
    return actOn(this.zone, action)
  }

  /** Changes the zone by another way than its file. */
  change(from: number, to: number, lines: Lines): Promise<void> {
    return this.zone.change(changeOf(from, to, lines), 'update', 'a test')
  }

  /** The changes that are kept, as `from-to origin`, the oldest first. */
  get journal(): string[] {
    const rows = this.server.server.state.journal.list(ZONE).reverse()
    return rows.map(({ fromSerial, toSerial, origin }) => `${fromSerial}-${toSerial} ${origin}`)
  }

  /** All records, as AXFR gives them, in canonical order. */
  async records(): Promise<string[]> {
    const outcome = await transferFrom(this.server.port, ZONE)
    assert.ok(outcome?.kind === 'full')
    return linesOf(outcome.table, Zone.arrange(ZONE, outcome.table).records)
  }

  /** IXFR from a serial: `- record` and `+ record` of each difference; undefined when the answer is the whole zone. */
  async differences(serial: number): Promise<string[][] | undefined> {
    const outcome = await transferFrom(this.server.port, ZONE, serial)
    if (outcome?.kind !== 'incremental') return undefined
    return outcome.changes.map(({ removed, added }) => [
      ...allLines(removed).map((line) => `- ${line}`),
      ...allLines(added).map((line) => `+ ${line}`),
    ])
  }
}

function allLines(table: RecordTable): string[] {
  return linesOf(
    table,
    Uint32Array.from({ length: table.count }, (_, i) => i),
  )
}
