/** Records for replies that a server makes up, with signatures where it has the key. */
import { Name } from '../../src/dns/name/index.ts'
import { OctetWriter } from '../../src/dns/octets.ts'
import { parseRdata, RRSIG, typeNumber } from '../../src/dns/rr/index.ts'
import type { MessageRecord } from '../../src/dns/wire/index.ts'
import { type SigningKey, writeSignedHead, writeSignedOwner } from '../../src/dnssec/index.ts'
import { EXPIRATION, INCEPTION } from '../../src/signer/signing.fixture.ts'

/** A record; its RDATA as text or octets. */
export function recordOf(owner: string | Name, type: string, rdata: Uint8Array | string, ttl = 300): MessageRecord {
  const number = typeNumber(type) ?? 0
  const octets = typeof rdata === 'string' ? parseRdata(number, rdata) : rdata
  return { owner: typeof owner === 'string' ? Name.parse(owner) : owner, type: number, class: 1, ttl, rdata: octets }
}

/** A record, whose RDATA is in canonical form, with the signature of a key over it as an RRset of its own. */
export function signRecord(record: MessageRecord, key: SigningKey): [MessageRecord, MessageRecord] {
  const { owner, type, ttl, rdata } = record
  const labels = owner.labelCount - (owner.isWildcard ? 1 : 0)
  const head = new OctetWriter(64)
  for (const value of [type, (key.algorithm << 8) | labels]) head.u16(value)
  for (const value of [ttl, EXPIRATION, INCEPTION]) u32(head, value)
  head.u16(key.tag)
  head.bytes(key.zone.octets)
  const signed = new OctetWriter(512)
  writeSignedHead(head.copy(), 0, signed)
  writeSignedOwner(owner.octets, 0, labels, signed)
  signed.u16(type)
  signed.u16(1)
  u32(signed, ttl)
  signed.u16(rdata.length)
  signed.bytes(rdata)
  const signer = key.signer()
  const rrsig = new Uint8Array(head.length + signer.signatureLength)
  rrsig.set(head.copy())
  signer.sign(signed.copy(), rrsig, head.length)
  return [record, { owner, type: RRSIG.number, class: 1, ttl, rdata: rrsig }]
}

function u32(out: OctetWriter, value: number): void {
  out.u16(value >>> 16)
  out.u16(value & 0xffff)
}
