/**
 * Queries as the data plane gets them, answered from an image with signed and unsigned zones: nothing is thrown, a response is never
 * answered, and what is sent is a whole message within the limit, with the ID and the question of the query.
 */
import { Asker, allocateCounters, QueryCounters, Responder, TO_CONTROL, TRANSPORT } from '../../src/authority/index.ts'
import { arrange, recordsOf, type Signing, signNaively, soaOf } from '../../src/authority/naive-zone.fixture.ts'
import { NOW, question, SERVING } from '../../src/authority/served.fixture.ts'
import { Name } from '../../src/dns/name/index.ts'
import { decodeMessage, type EdnsOption, FLAG_QR, MessageView } from '../../src/dns/wire/index.ts'
import { ServerCookies } from '../../src/tsig/index.ts'
import { ImageReader, ImageWriter } from '../../src/zone/index.ts'
import { type FuzzTarget, hold } from '../target.ts'

const ZONE = `
@ NS ns
ns A 192.0.2.1
ns AAAA 2001:db8::1
www A 192.0.2.2
www MX 10 www
alias CNAME www
loop CNAME loop
out CNAME a.www.other.
*.w TXT "wild"
*.wa CNAME x.w
a.b.c A 192.0.2.3
sub NS ns.sub
sub NS ns
ns.sub A 192.0.2.4
ns.sub AAAA 2001:db8::4
safe NS ns.safe
safe DS 1 13 99 00
ns.safe A 192.0.2.5
old DNAME new
self DNAME a.self
x.new A 192.0.2.6
${Array.from({ length: 300 }, (_, i) => `big TXT "${String(i).padStart(80, '-')}"`).join('\n')}
`
const MAX_UDP = 1232
const writer = new ImageWriter()
const signings: readonly (readonly [string, Signing])[] = [
  ['plain.', 'unsigned'],
  ['nsec.', 'nsec'],
  ['nsec3.', 'nsec3'],
  ['optout.', 'opt-out'],
  ['sub.nsec.', 'nsec3'],
  ['www.other.', 'unsigned'],
]
for (const [apex, how] of signings) {
  const name = Name.parse(apex)
  const records = [soaOf(name, 1), ...recordsOf(ZONE, name)]
  writer.putZone(arrange(signNaively({ apex: name, records }, how)), SERVING)
}
writer.publish()
const reader = new ImageReader(writer.memory.buffer, 0)
reader.enter()
const cookies = new ServerCookies([new Uint8Array(16).fill(5)])
let fault: unknown
const settings = {
  onFault(error: unknown) {
    fault = error
  },
  maxUdpPayload: MAX_UDP,
  nsid: new Uint8Array(4),
  chaos: { version: 'v' },
  cookies,
  keepaliveDeciseconds: 100,
}
const responder = new Responder(reader, settings, new QueryCounters(allocateCounters()))
const asker = new Asker()
const view = new MessageView()
const answered = new MessageView()

export const target: FuzzTarget = {
  name: 'packet',
  run(octets) {
    const transport = (octets.at(-1) ?? 0) % 6
    asker.transport = transport
    asker.length = transport % 2 === 0 ? 4 : 16
    fault = undefined
    const length = responder.respond(octets, octets.length, asker, { wall: NOW, steady: NOW })
    if (fault !== undefined) throw fault
    const isUdp = transport <= TRANSPORT.udp6
    const unread = view.parse(octets)
    if (unread === 'no-header' || (view.bits & FLAG_QR) !== 0) {
      hold(length === 0, 'a response and a scrap are met with silence')
      return 'silence'
    }
    if (length === TO_CONTROL) return 'control'
    hold(length >= 12, 'every query has an answer')
    const damage = unread ?? view.scan()
    const size = damage !== undefined || !view.hasEdns ? 512 : Math.min(Math.max(view.udpSize, 512), MAX_UDP)
    hold(!isUdp || length <= size, 'an answer fits')
    const answer = responder.builder.octets
    hold(answered.parse(answer, length) === undefined && answered.scan() === undefined, 'an answer can be read')
    hold(answered.isResponse && answered.id === view.id && answered.trailing === 0, 'an answer has the ID of its query')
    if (answered.questions === 1) hold(answered.answersTo(view, true), 'an answer has the question of its query')
    else hold(damage !== undefined || view.questions !== 1, 'what could be read comes back')
    if (damage === undefined) hold(answered.hasEdns === view.hasEdns, 'EDNS is answered with EDNS')
    const { header } = decodeMessage(answer, length)
    return `${header.rcode} ${header.tc ? 'TC' : ''} ${answered.answers > 0} ${answered.authorities} ${answered.additionals}`
  },
  seeds() {
    const options: EdnsOption[] = [
      { kind: 'nsid', identifier: new Uint8Array(0) },
      { kind: 'cookie', client: new Uint8Array(8) },
      { kind: 'expire' },
      { kind: 'keepalive' },
      { kind: 'padding', length: 20 },
    ]
    const names = [
      'www',
      'none',
      'alias',
      'loop',
      'out',
      'q.w',
      'q.wa',
      'b.c',
      'q.sub',
      'safe',
      'x.old',
      'x.self',
      'big',
    ]
    const seeds: Uint8Array[] = []
    for (const [apex] of signings) {
      for (const name of names) {
        const dnssec = question(`${name}.${apex}`, 'A', { dnssec: true })
        seeds.push(question(`${name}.${apex}`, 'TXT', { options }), dnssec, question(`${name}.${apex}`, 'DS'))
      }
      for (const type of ['SOA', 'ANY', 'RRSIG', 'AXFR', 'NSEC3PARAM'])
        seeds.push(question(apex, type, { dnssec: true, options }))
    }
    return [...seeds, question('version.bind.', 'TXT', { class: 3 }), question('far.away.', 'A', { version: 1 })]
  },
  dictionary: [
    '00002904d0000080000000',
    '0000290200000080000000',
    '000a0008',
    '000a0018',
    '00030000',
    '00ff0001',
    '00010001',
    '01770b',
    '0377777705706c61696e00',
    '056e7365633300',
    '066f70746f757400',
    '012a',
  ].map((hex) => Uint8Array.fromHex(hex)),
  maxLength: 700,
}
