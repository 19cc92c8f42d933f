/** Tells of signatures that no key of the zone made over what stands there. */
import { readU16 } from '../../dns/octets.ts'
import { typeMnemonic } from '../../dns/rr/index.ts'
import { RRSIG_KEY_TAG } from '../../dnssec/index.ts'
import type { FaultList } from '../faults.ts'
import type { Zone } from '../zone.ts'
import type { VerifyCode } from './codes.ts'
import { GOOD, type VerifyJobs } from './jobs.ts'
import type { ZoneKeys } from './zone-keys.ts'

/**
 * Several keys may have one tag: a signature is good when one of its jobs is. Any that is not is an error, even where another
 * signature proves the RRset: it was damaged, or what it covers was.
 */
export function reportBogus(
  zone: Zone,
  jobs: VerifyJobs,
  results: Uint8Array,
  keys: ZoneKeys,
  faults: FaultList<VerifyCode>,
): void {
  const { table } = zone
  const { octets } = table
  for (let job = 0; job < jobs.count; ) {
    const rrsig = jobs.rrsig[job]!
    let good = false
    for (; job < jobs.count && jobs.rrsig[job] === rrsig; job++) if (results[job] === GOOD) good = true
    if (good) continue
    const at = table.rdata[rrsig]!
    const type = readU16(octets, at)
    faults.add('signature-bogus', { octets, owner: table.owner[rrsig]!, type }, () => {
      const tag = readU16(octets, at + RRSIG_KEY_TAG)
      const among = keys.keys.filter((key) => key.tag === tag).length > 1 ? 'any of the keys' : 'the key'
      return `the signature over the ${typeMnemonic(type)} RRset was not made by ${among} ${tag}, or the records were changed since: sign the zone again`
    })
  }
}
