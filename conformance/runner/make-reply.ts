/** The octets that a played server sends: the packet of an entry, made to fit the query as its ADJUST words say. */
import { headerOf, type Message, RCODE_SERVFAIL } from '../../src/dns/wire/index.ts'
import { encodeLoose } from './encode-loose.ts'
import type { Dialect, Entry, Packet } from './scenario.ts'

/** Undefined: the entry says that nothing is answered. The last packet of a transfer is sent with those before it joined on. */
export function makeReply(entry: Entry, query: Message, dialect: Dialect): Uint8Array | undefined {
  if (entry.adjust.has('do_not_answer')) return undefined
  const packet = joined(entry.packets)
  if (packet.raw !== undefined) return withId(packet.raw, query.header.id)
  const { message } = packet
  const questions = entry.adjust.has('copy_query')
    ? query.questions
    : message.questions.map((question, i) => {
        const asked = query.questions[i]
        // The spelling of the name is no matter here, and a resolver may insist on its own.
        return asked?.name.equals(question.name) ? { ...question, name: asked.name } : question
      })
  // A resolver never sees an answer with another ID; the ID is right even where copy_id is left out.
  const reply: Message = { ...message, questions, header: { ...message.header, id: query.header.id } }
  if (dialect === 'deckard') copyEdns(reply, query)
  return encodeLoose(reply)
}

/** What Deckard's server says to a question that no entry knows. */
export function makeServfail(query: Message): Uint8Array {
  const header = { ...headerOf(query.header.id, 0), qr: true, rd: query.header.rd, rcode: RCODE_SERVFAIL }
  return encodeLoose({ ...query, header, answer: [], authority: [], additional: [] })
}

/** Every packet of Deckard has EDNS, as far as the query had. */
function copyEdns(reply: Message, { edns }: Message): void {
  if (edns === undefined) delete reply.edns
  else reply.edns = { ...edns, udpSize: 4096, options: reply.edns?.options ?? [] }
}

function joined(packets: Entry['packets']): Packet {
  const [first, ...rest] = packets
  if (rest.length === 0) return first
  const answer = [first, ...rest].flatMap(({ message }) => message.answer)
  return { message: { ...first.message, answer } }
}

function withId(octets: Uint8Array, id: number): Uint8Array {
  const copy = octets.slice()
  copy.set([id >>> 8, id & 255].slice(0, copy.length))
  return copy
}
