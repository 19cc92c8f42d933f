/** What a zone is not signed with. */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { CNAME, DNAME, DS } from '../dns/rr/index.ts'
import { findUnsignable, RecordTable, type Steps, Zone, type ZoneContent } from '../zone/index.ts'

/**
 * A signature over what no server can answer in one right way would make it bogus for some. Throws DnsError `zone-invalid`, with the
 * first fault.
 */
export function refuseUnsignable(zone: Zone): void {
  const faults = findUnsignable(zone)
  const [first] = faults.kept
  if (first === undefined) return
  const more = faults.total('error') - 1
  const rest = more === 0 ? '' : `; ${more} more of this kind: \`signet zone check\` lists them`
  throw new DnsError('zone-invalid', `${first.owner} ${first.type}: ${first.message} [${first.code}]${rest}`)
}

/** The types that a name has to have for anything at it to be refused. */
const SUSPECT: readonly number[] = [CNAME.number, DNAME.number, DS.number]

/** Names that are looked at as a zone of their own at a time. */
const STEP = 100

/** The same for some names of a zone, in steps. */
export function* refuseUnsignableNames(zone: ZoneContent, names: readonly Name[]): Steps {
  for (let from = 0; from < names.length; from += STEP) {
    if (from > 0) yield
    const suspects = names.slice(from, from + STEP).filter((name) => SUSPECT.some((type) => zone.has(name, type)))
    if (suspects.length > 0) refuseUnsignable(zoneOfNames(zone, suspects))
  }
}

/** The records of some names as a zone. Its first name is the apex, as in any zone. */
function zoneOfNames(zone: ZoneContent, names: readonly Name[]): Zone {
  const table = new RecordTable({ records: 32, octets: 4096 })
  for (const name of [zone.apex, ...names.filter((name) => !name.equals(zone.apex))]) {
    for (const { type, records } of zone.node(name)?.rrsets ?? []) {
      for (const { ttl, rdata } of records) table.add(name.octets, type, ttl, rdata)
    }
  }
  return Zone.arrange(zone.apex, table)
}
