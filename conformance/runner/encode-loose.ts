/**
 * Octets of a message whatever stands in it: no name is compressed, no RDATA is looked at. A played server says what its scenario
 * tells, malformed or not; `encodeMessage` of the product would refuse some of that.
 */
import { OctetWriter } from '../../src/dns/octets.ts'
import { ednsFlags, encodeOptions, headerBits, type Message, TYPE_OPT } from '../../src/dns/wire/index.ts'

export function encodeLoose(message: Message): Uint8Array {
  const { header, questions, answer, authority, additional, edns } = message
  const out = new OctetWriter(512)
  const counts = [questions.length, answer.length, authority.length, additional.length + (edns === undefined ? 0 : 1)]
  for (const field of [header.id, headerBits(header), ...counts]) out.u16(field)
  for (const { name, type, class: rrClass } of questions) {
    out.bytes(name.octets)
    out.u16(type)
    out.u16(rrClass)
  }
  for (const { owner, type, class: rrClass, ttl, rdata } of [...answer, ...authority, ...additional]) {
    out.bytes(owner.octets)
    out.u16(type)
    out.u16(rrClass)
    out.u32(ttl)
    out.u16(rdata.length)
    out.bytes(rdata)
  }
  if (edns !== undefined) {
    const options = new OctetWriter(64)
    encodeOptions(edns.options, options)
    out.u8(0)
    out.u16(TYPE_OPT)
    out.u16(edns.udpSize)
    out.u32((((header.rcode >>> 4) << 24) | (edns.version << 16) | ednsFlags(edns)) >>> 0)
    out.u16(options.length)
    out.bytes(options.octets, 0, options.length)
  }
  return out.copy()
}
