/** The query log: which queries are logged, and how one looks. */
import type { Name } from '../dns/name/index.ts'
import { typeMnemonic } from '../dns/rr/index.ts'
import { rcodeMnemonic } from '../dns/wire/index.ts'
import type { Peer } from '../ports/index.ts'
import type { Log } from '../ports/log.ts'
import { formatSocketAddress } from '../transport/index.ts'
import type { Outcome } from './control.ts'

export type LoggedQuery = {
  readonly peer: Peer
  readonly name: Name
  readonly type: number
  readonly recursionDesired: boolean
  /** Absent without EDNS. */
  readonly edns?: { readonly dnssecOk: boolean; readonly cookie: boolean }
  /** The name of the TSIG key that it was signed with. */
  readonly key?: string
  readonly zone?: Name
  /** Absent when it was not answered. */
  readonly response?: { readonly rcode: number; readonly octets: number; readonly truncated: boolean }
  readonly seconds?: number
}

/** One line: facts as fields, and a sentence that reads as `www.example. A from 192.0.2.1:5300 by udp: NOERROR`. */
export function logQuery(log: Log, query: LoggedQuery): void {
  const { peer, edns, key, zone, response, seconds } = query
  const name = query.name.toString()
  const type = typeMnemonic(query.type)
  const client = formatSocketAddress(peer)
  const flags = [
    ...(query.recursionDesired ? ['rd'] : []),
    ...(edns === undefined ? [] : ['edns', ...(edns.dnssecOk ? ['do'] : []), ...(edns.cookie ? ['cookie'] : [])]),
    ...(response?.truncated === true ? ['tc'] : []),
  ].join(' ')
  const rcode = response === undefined ? undefined : rcodeMnemonic(response.rcode)
  const fields = {
    client,
    transport: peer.protocol,
    name,
    type,
    ...(flags !== '' && { flags }),
    ...(key !== undefined && { key }),
    ...(zone !== undefined && { zone: zone.toString() }),
    ...(response !== undefined && { rcode, octets: response.octets }),
    ...(seconds !== undefined && { microseconds: Math.round(seconds * 1e6) }),
  }
  log.info(fields, `query: ${name} ${type} from ${client} by ${peer.protocol}: ${rcode ?? 'no answer'}`)
}

/** What is switched on at the moment: all queries, those of some zones, or none. */
export class QueryLogSwitch {
  #all: boolean
  readonly #zones = new Map<string, string>()

  constructor(all = false) {
    this.#all = all
  }

  /** Of a zone, or of everything; `off` for everything ends that of single zones too. */
  set(on: boolean, zone?: Name): Outcome {
    const before = JSON.stringify(this.state)
    if (zone === undefined) {
      this.#all = on
      if (!on) this.#zones.clear()
    } else if (on) {
      this.#zones.set(zone.key, zone.toCanonical().toString())
    } else if (this.#all) {
      return { outcome: 'refused', message: 'all queries are logged: switch that off first' }
    } else {
      this.#zones.delete(zone.key)
    }
    const of = zone === undefined ? '' : ` of ${zone}`
    const now = on ? `queries${of} are logged` : `queries${of} are not logged`
    return { outcome: JSON.stringify(this.state) === before ? 'unchanged' : 'done', message: now }
  }

  /** As `ServerStatus.queryLog` tells it. */
  get state(): 'all' | readonly string[] {
    return this.#all ? 'all' : [...this.#zones.values()]
  }

  /** Whether any query could be logged at all: the packet path asks this first. */
  get isOn(): boolean {
    return this.#all || this.#zones.size > 0
  }

  /** Whether a query for the zone, or for none of ours, is logged. */
  wants(zone: Name | undefined): boolean {
    return this.#all || (zone !== undefined && this.#zones.has(zone.key))
  }
}
