/** What a zone is not signed with. */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { CNAME, DNAME, DS } from '../dns/rr/index.ts'
import { findUnsignable, makesName, RecordTable, Zone, type ZoneContent } from '../zone/index.ts'

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

/** The same for some names of a zone. */
export function refuseUnsignableNames(zone: ZoneContent, names: readonly Name[]): void {
  const suspects = names.filter((name) => SUSPECT.some((type) => zone.has(name, type)))
  if (suspects.length === 0) return
  const table = new RecordTable({ records: 32, octets: 4096 })
  // The first name of a zone is its apex: that is always among them.
  for (const name of [zone.apex, ...suspects.filter((name) => !name.equals(zone.apex))]) {
    for (const { type, records } of zone.node(name)?.rrsets ?? []) {
      if (makesName(type)) for (const { ttl, rdata } of records) table.add(name.octets, type, ttl, rdata)
    }
  }
  refuseUnsignable(Zone.arrange(zone.apex, table))
}
