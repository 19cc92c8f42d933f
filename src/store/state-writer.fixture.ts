/**
 * A process that writes to a state folder until it is killed: `node state-writer.fixture.ts FOLDER SEED`. It keeps two zones at
 * one serial, by changes and by copies, and prints each serial once it is durable.
 */
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { Name } from '../dns/name/index.ts'
import { walkZone } from '../zone/index.ts'
import { APEX, AT, changeBetween, versionOf } from './state.fixture.ts'
import { openState, type State } from './state.ts'

export const TWIN: Name = Name.parse('twin.test.')

const ZONES = [APEX, TWIN]
/** Small, so that a copy has many. */
const PART_OCTETS = 64

class Writer {
  readonly #state: State
  #serial: number
  #seed: number

  constructor(state: State, seed: number) {
    this.#state = state
    this.#seed = seed
    const loaded = state.copies.load(APEX)
    this.#serial = loaded.kind === 'loaded' ? loaded.serial : 0
    if (loaded.kind === 'absent') this.#replace(1)
  }

  run(): never {
    for (;;) {
      const choice = this.#draw(10)
      if (choice === 0) this.#replace(this.#serial + 1 + this.#draw(1000))
      else if (choice === 1) this.#copy()
      else if (choice === 2) for (const zone of ZONES) this.#state.journal.trim(zone, { changes: 5, octets: 1e9 })
      else this.#change(1 + this.#draw(3))
    }
  }

  #draw(bound: number): number {
    this.#seed = (Math.imul(this.#seed, 1103515245) + 12345) >>> 0
    return (this.#seed >>> 8) % bound
  }

  /** Some changes of both zones, as one. */
  #change(count: number): void {
    const to = this.#serial + count
    const entries = ZONES.flatMap((zone) =>
      Array.from({ length: count }, (_, i) => {
        const change = changeBetween(this.#serial + i, this.#serial + i + 1, zone)
        return { zone, change, origin: 'update' as const, actor: 'a test', at: AT }
      }),
    )
    this.#state.journal.commit(entries)
    this.#acknowledge(to)
  }

  /** A version that does not follow from the one before, as after AXFR. */
  #replace(serial: number): void {
    const writers = ZONES.map((zone) => this.#begin(zone, serial))
    for (const writer of writers) while (writer.step());
    this.#state.transact(() => {
      for (const zone of ZONES) this.#state.journal.clear(zone)
      for (const writer of writers) writer.finish()
    })
    this.#acknowledge(serial)
  }

  /** A new copy of one zone, while changes go on. */
  #copy(): void {
    const writer = this.#begin(ZONES[this.#draw(2)] ?? APEX, this.#serial)
    while (writer.step()) if (this.#draw(8) === 0) this.#change(1)
    writer.finish()
  }

  #begin(zone: Name, serial: number) {
    return this.#state.copies.begin(zone, 'zone', walkZone(versionOf(serial, zone)), { partOctets: PART_OCTETS })
  }

  #acknowledge(serial: number): void {
    this.#serial = serial
    writeSync(1, `${serial}\n`)
  }
}

const [folder, seed] = process.argv.slice(2)
if (import.meta.main && folder !== undefined) {
  const writer = new Writer(await openState(folder, AT), Number(seed))
  // A process that is killed does not keep what it compiled, unless it is told to.
  flushCompileCache()
  writer.run()
}
