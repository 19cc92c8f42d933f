/** What a zone is not signed with. */
import { DnsError } from '../dns/errors.ts'
import { findUnsignable, type Zone } from '../zone/index.ts'

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
