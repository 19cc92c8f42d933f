/**
 * One walk over a zone that finds what the checks of denial need: the names that a chain has to tell of, and where NSEC and
 * NSEC3 records are.
 */
import { NSEC, NSEC3, RRSIG } from '../../dns/rr/index.ts'
import { OCCLUDED, type Zone } from '../zone.ts'

export type Survey = {
  /** Nodes that a chain of denial names: ours, and with more than NSEC, NSEC3 and RRSIG records (RFC 4035 §2.3). */
  readonly chain: Uint32Array
  /** Nodes with NSEC records. */
  readonly nsec: Uint32Array
  /** Positions of NSEC3 records, in canonical order of their owners. */
  readonly nsec3: Uint32Array
}

const NSEC_TYPE = NSEC.number
const NSEC3_TYPE = NSEC3.number
const RRSIG_TYPE = RRSIG.number

export function surveyZone(zone: Zone): Survey {
  const { nodes, kinds, records } = zone
  const { type } = zone.table
  const chain = new Uint32Array(zone.nodeCount)
  const nsec = new Uint32Array(zone.nodeCount)
  const nsec3: number[] = []
  let chained = 0
  let nsecs = 0
  for (let node = 0; node < zone.nodeCount; node++) {
    let hasData = false
    let hasNsec = false
    for (let position = nodes[node]!, end = nodes[node + 1]!; position < end; position++) {
      const found = type[records[position]!]!
      if (found === NSEC3_TYPE) nsec3.push(position)
      else if (found === NSEC_TYPE) hasNsec = true
      else if (found !== RRSIG_TYPE) hasData = true
    }
    if (hasNsec) nsec[nsecs++] = node
    if (hasData && kinds[node] !== OCCLUDED) chain[chained++] = node
  }
  return { chain: chain.subarray(0, chained), nsec: nsec.subarray(0, nsecs), nsec3: Uint32Array.from(nsec3) }
}
