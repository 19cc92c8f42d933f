/** Answers from the answer cache, in one thread: a responder with an empty image, 20,000 resolved names asked for in turn; and filling it. */
import {
  AnswerCacheReader,
  AnswerCacheWriter,
  Asker,
  allocateCounters,
  ClientList,
  QueryCounters,
  type ReadyAnswer,
  Responder,
} from '../src/authority/index.ts'
import { Name } from '../src/dns/name/index.ts'
import {
  encodeMessage,
  FLAG_AD,
  FLAG_QR,
  FLAG_RD,
  HEADER_SIZE,
  headerOf,
  MessageBuilder,
  SECTION_ANSWER,
} from '../src/dns/wire/index.ts'
import { ImageReader, ImageWriter } from '../src/zone/index.ts'
import { measure } from './measure.ts'

const NAMES = 20_000
const NOW = 1_790_000_000
const TYPE_A = 1
const TYPE_RRSIG = 46
const CACHE_OCTETS = 64 << 20

function readyAnswer(name: Name, dnssecOk: boolean): ReadyAnswer {
  const builder = new MessageBuilder()
  builder.begin(0, FLAG_QR | FLAG_AD)
  builder.question(name.octets, 0, TYPE_A, 1)
  builder.openGroup(SECTION_ANSWER)
  builder.recordAt(HEADER_SIZE, TYPE_A, 1, 3600, Uint8Array.of(192, 0, 2, 1), 0, 4)
  const signature = new Uint8Array(91).fill(7)
  if (dnssecOk) builder.recordAt(HEADER_SIZE, TYPE_RRSIG, 1, 3600, signature, 0, signature.length)
  builder.closeGroup(true)
  return { octets: builder.copy(), dnssecOk, checkingDisabled: false, expires: NOW + 3600 }
}

function queryFor(name: Name, dnssecOk: boolean): Uint8Array {
  return encodeMessage({
    header: headerOf(1, FLAG_RD),
    questions: [{ name, type: TYPE_A, class: 1 }],
    answer: [],
    authority: [],
    additional: [],
    edns: { udpSize: 1232, version: 0, dnssecOk, flags: 0, options: [] },
  })
}

export function run(): void {
  const names = Array.from({ length: NAMES }, (_, i) => Name.parse(`h${i * 5}.example.`))
  const image = new ImageWriter()
  image.publish()
  const cache = AnswerCacheWriter.create(CACHE_OCTETS, { bytes: (length) => new Uint8Array(length).fill(3) })
  const onFault = (error: unknown): never => {
    throw error
  }
  const clients = new ClientList([{ includes: true, prefix: new Uint8Array(4), bits: 8 }])
  const resolving = { cache: new AnswerCacheReader(cache.buffer), clients }
  const settings = { maxUdpPayload: 1232, chaos: {}, keepaliveDeciseconds: 0, onFault, resolving }
  const reader = new ImageReader(image.memory.buffer, 0)
  const responder = new Responder(reader, settings, new QueryCounters(allocateCounters()))
  const asker = new Asker()
  const room = new Uint8Array(4096)
  const view = new DataView(room.buffer)
  for (const dnssecOk of [false, true]) {
    const what = dnssecOk ? 'A with DO' : 'A'
    const answers = names.map((name) => readyAnswer(name, dnssecOk))
    const queries = names.map((name) => queryFor(name, dnssecOk))
    measure(`cached-answers.put, ${what}`, (i) => {
      const answer = answers[i % NAMES]
      return answer !== undefined && cache.put(answer, NOW) ? 1 : Number.NaN
    })
    for (const answer of answers) cache.put(answer, NOW)
    const packet = new Uint8Array(4096)
    for (const age of [0, 30]) {
      const now = { wall: NOW + age, steady: NOW + age }
      measure(`cached-answers.answer, ${what}, stored ${age} s ago`, (i) => {
        const query = queries[i % NAMES] ?? packet
        const { length } = query
        // As a batch has them: each packet in the same room.
        for (let k = 0; k < length; k++) packet[k] = query[k] ?? 0
        responder.builder.out.use(room, view)
        reader.enter()
        const answered = responder.respond(packet, length, asker, now)
        reader.leave()
        return answered > 0 ? answered : Number.NaN
      })
    }
  }
}
