/** Messages: what the packet path does with each query and answer, and the object forms. Nanoseconds, one JSON line each. */
import { LOWER, Name } from '../src/dns/name/index.ts'
import {
  decodeMessage,
  EDNS_DO,
  encodeMessage,
  FLAG_AA,
  FLAG_QR,
  FLAG_RD,
  HEADER_SIZE,
  headerOf,
  MessageBuilder,
  MessageView,
  OPTION_COOKIE,
  SECTION_ANSWER,
} from '../src/dns/wire/index.ts'
import { measure } from './measure.ts'

const TYPE_A = 1
const TYPE_RRSIG = 46
const CLASS_IN = 1

function rrsigRdata(signer: Uint8Array): Uint8Array {
  const fixed = new Uint8Array(18)
  fixed.set([0, TYPE_A, 13, 3])
  return Uint8Array.of(...fixed, ...signer, ...new Uint8Array(64).fill(7))
}

export function run(): void {
  const qname = Name.parse('host-4711.example.org.')
  const question = { name: qname, type: TYPE_A, class: CLASS_IN }
  const client = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  const query = encodeMessage({
    header: headerOf(1, FLAG_RD),
    questions: [question],
    answer: [],
    authority: [],
    additional: [],
    edns: { udpSize: 1232, version: 0, dnssecOk: true, flags: 0, options: [{ kind: 'cookie', client }] },
  })
  const view = new MessageView()
  const lower = new Uint8Array(256)
  // A buffer as a receive loop has it, with room for more; the ID changes, so that no two are the same.
  const packet = new Uint8Array(2048)
  packet.set(query)
  measure('wire.view.parse', (i) => {
    packet[0] = i
    return view.parse(packet, query.length) === undefined ? view.qtype : -1
  })
  measure('wire.view.parse+scan', (i) => {
    packet[0] = i
    return view.parse(packet, query.length) === undefined && view.scan() === undefined ? view.udpSize : -1
  })
  measure('wire.view.parse+scan+qname+cookie', (i) => {
    packet[0] = i
    packet[HEADER_SIZE + 1] = LOWER[0x48 + (i & 7)] ?? 0
    const fault = view.parse(packet, query.length) ?? view.scan()
    return fault === undefined ? view.lowerQname(lower, 0) + view.optionAt(OPTION_COOKIE) : -1
  })

  const builder = new MessageBuilder()
  const a = Uint8Array.of(192, 0, 2, 1)
  const rrsig = rrsigRdata(Name.parse('example.org.').octets)
  view.parse(packet, query.length)
  measure('wire.build.a+rrsig', (i) => {
    builder.begin(i & 0xffff, FLAG_QR | FLAG_AA, 1232)
    builder.copyQuestion(view)
    builder.reserveOpt(0)
    builder.openGroup(SECTION_ANSWER)
    builder.recordAt(HEADER_SIZE, TYPE_A, CLASS_IN, 300, a, 0, 4)
    builder.recordAt(HEADER_SIZE, TYPE_RRSIG, CLASS_IN, 300, rrsig, 0, rrsig.length)
    builder.closeGroup(true)
    builder.opt(1232, EDNS_DO)
    return builder.finish()
  })
  measure('wire.build.a+rrsig, owners compressed', (i) => {
    builder.begin(i & 0xffff, FLAG_QR | FLAG_AA, 1232)
    builder.copyQuestion(view)
    builder.reserveOpt(0)
    builder.openGroup(SECTION_ANSWER)
    builder.record(qname.octets, 0, TYPE_A, CLASS_IN, 300, a, 0, 4)
    builder.record(qname.octets, 0, TYPE_RRSIG, CLASS_IN, 300, rrsig, 0, rrsig.length)
    builder.closeGroup(true)
    builder.opt(1232, EDNS_DO)
    return builder.finish()
  })

  const answer = builder.copy()
  measure('wire.view.parse+scan of the answer', (i) => {
    answer[0] = i
    return view.parse(answer) === undefined && view.scan() === undefined ? view.udpSize : -1
  })
  measure('wire.message.decode', () => decodeMessage(answer).answer.length)
  const message = decodeMessage(answer)
  measure('wire.message.encode', () => encodeMessage(message, 1232, builder).length)
}
