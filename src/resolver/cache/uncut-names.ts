/**
 * Names that servers of a zone answered for themselves: no zone begins there. Whoever hides the rest of a name (RFC 9156) need not
 * ask for them each time.
 */
import type { Name } from '../../dns/name/index.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import { BoundedTable } from './bounded-table.ts'

/** A zone may begin there at any time, as may be changed whatever else is cached. */
const SECONDS = 900
const OCTETS = 120

type Entry = { readonly name: Name; readonly zone: Name; readonly expires: SteadySeconds }

export class UncutNames {
  readonly #table: BoundedTable<Entry>

  constructor(maxOctets: number) {
    this.#table = new BoundedTable(maxOctets, ({ expires }, now) => expires <= now)
  }

  /** Whether the name is known to be `zone`'s own. */
  has(name: Name, zone: Name, now: SteadySeconds): boolean {
    const entry = this.#table.find(name.key, 0)
    return entry !== undefined && entry.expires > now && entry.zone.equals(zone)
  }

  put(name: Name, zone: Name, now: SteadySeconds): void {
    const entry = { name, zone, expires: now + SECONDS }
    this.#table.put(name.key, 0, entry, OCTETS + name.octets.length + zone.octets.length, now)
  }

  deleteWhere(goes: (name: Name) => boolean): number {
    return this.#table.deleteWhere(({ name }) => goes(name))
  }

  clear(): void {
    this.#table.clear()
  }
}
