/** What a zone says of its children: DS records that can do what they are for (RFC 4034 §5, RFC 4509, RFC 4035 §5.2). */
import { DS } from '../../dns/rr/index.ts'
import { algorithmName, findAlgorithm, findDigestType } from '../../dnssec/index.ts'
import type { FaultList, FaultPlace } from '../faults.ts'
import { DELEGATION, type Zone } from '../zone.ts'
import type { VerifyCode } from './codes.ts'

const SHA1 = 1

export function checkDelegations(zone: Zone, faults: FaultList<VerifyCode>): void {
  for (let node = 0; node < zone.nodeCount; node++) {
    if (zone.kinds[node] !== DELEGATION) continue
    const from = zone.findRrset(node, DS.number)
    if (from >= 0) checkDs(zone, node, from, faults)
  }
}

function checkDs(zone: Zone, node: number, from: number, faults: FaultList<VerifyCode>): void {
  const { table } = zone
  const to = zone.rrsetEnd(from, zone.nodes[node + 1]!)
  const place: FaultPlace = { octets: table.octets, owner: zone.ownerOf(node), type: DS.number }
  let usable = 0
  let onlySha1 = true
  let why = ''
  for (let position = from; position < to; position++) {
    const index = zone.records[position]!
    const at = table.rdata[index]!
    const algorithm = table.octets[at + 2]!
    const digest = findDigestType(table.octets[at + 3]!)
    const length = table.rdataLength[index]! - 4
    if (digest === 'unsupported') why = `digest type ${table.octets[at + 3]!}`
    else if (length !== digest.length) {
      const message = `a DS digest of type ${digest.mnemonic} has ${digest.length} octets, this one ${length}: take it from the child anew`
      faults.add('ds-digest-length', place, message)
      usable++
      onlySha1 = false
    } else if (findAlgorithm(algorithm) === 'unsupported') why = `algorithm ${algorithmName(algorithm)}`
    else {
      usable++
      if (digest.number !== SHA1) onlySha1 = false
    }
  }
  if (usable === 0) {
    const message = `no DS record here can be used (${why} is not supported): validators take the child for unsigned (RFC 4035 §5.2)`
    faults.add('ds-unsupported', place, message)
  } else if (onlySha1) {
    faults.add('ds-sha1-only', place, 'the child has SHA-1 digests only: add one of SHA-256 (RFC 8624 §3.3)')
  }
}
