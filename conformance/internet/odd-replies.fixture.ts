/** Faults of old servers and middleboxes. */
import { A, RRSIG } from '../../src/dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf, type Message, optionOf } from '../../src/dns/wire/index.ts'
import { questionEnd } from '../../src/transport/upstream/question.ts'
import type { Asked, Fault } from './host.ts'

/** The header alone, as of servers that cannot parse the query. */
export function bareError(rcode: number): Fault {
  return (_, { octets }) => {
    const header = new Uint8Array(12)
    header[0] = octets[0] ?? 0
    header[1] = octets[1] ?? 0
    header[2] = 0x80
    header[3] = rcode
    return header
  }
}

/** Answers some queries with a fault, and the others as it should, without EDNS. */
export function answering(isMeant: (query: Message) => boolean, fault: Fault): Fault {
  return (reply, asked) => (isMeant(asked.message) ? fault(reply, asked) : reply)
}

/** An EDNS option is an error, and the OPT record comes back with it. */
export function echoingOptions(rcode: number): Fault {
  return (reply, { message }) => {
    const { edns, header, questions } = message
    if (edns === undefined || edns.options.length === 0) return reply
    return encodeMessage({
      ...empty(header.id, questions),
      header: { ...headerOf(header.id, 0), qr: true, rcode },
      edns,
    })
  }
}

/** An error of a server that knows cookies: it gives its own with it (RFC 7873 §5.2.3). */
export function givingCookie(rcode: number): Fault {
  return (reply, { message }) => {
    const { edns, header, questions } = message
    const cookie = optionOf(edns, 'cookie')
    if (edns === undefined || cookie === undefined) return reply
    return encodeMessage({
      ...empty(header.id, questions),
      header: { ...headerOf(header.id, 0), qr: true, rcode },
      edns: { ...edns, options: [{ ...cookie, server: new Uint8Array(8).fill(1) }] },
    })
  }
}

/** The signatures over addresses are changed. */
export const spoilingSignatures: Fault = (reply) => {
  if (reply === undefined) return undefined
  const message = decodeMessage(reply)
  const answer = message.answer.map((record) => {
    const isMeant = record.type === RRSIG.number && record.rdata[1] === A.number
    return isMeant ? { ...record, rdata: record.rdata.with(-1, (record.rdata.at(-1) ?? 0) ^ 1) } : record
  })
  return encodeMessage({ ...message, answer })
}

/** NOERROR with an empty body. */
export const emptyNoError: Fault = (_, { message }) => encodeMessage(empty(message.header.id, message.questions))

function empty(id: number, questions: Message['questions']): Message {
  const header = { ...headerOf(id, 0), qr: true, aa: true }
  return { header, questions, answer: [], authority: [], additional: [] }
}

/** A record at the name of the question. */
export type RawRecord = { readonly type: number; readonly rdata: Uint8Array }

type RawSections = {
  readonly answer?: readonly RawRecord[]
  readonly authority?: readonly RawRecord[]
  readonly additional?: readonly RawRecord[]
  /** Of an OPT record. */
  readonly options?: Uint8Array
}

/** A reply with these records, be they well-formed or not. */
export function rawReply(sections: RawSections, isMeant: (asked: Asked) => boolean): Fault {
  const { answer = [], authority = [], additional = [], options } = sections
  return (reply, asked) => {
    if (!isMeant(asked)) return reply
    const { octets } = asked
    const out = [...octets.subarray(0, questionEnd(octets))]
    const counts = [1, answer.length, authority.length, additional.length + (options === undefined ? 0 : 1)]
    out.splice(2, 10, 0x84, 0, ...counts.flatMap((count) => [0, count]))
    for (const { type, rdata } of [...answer, ...authority, ...additional]) {
      out.push(0xc0, 12, type >>> 8, type & 0xff, 0, 1, 0, 0, 1, 44, rdata.length >>> 8, rdata.length & 0xff, ...rdata)
    }
    if (options !== undefined)
      out.push(0, 0, 41, 4, 208, 0, 0, 0, 0, options.length >>> 8, options.length & 0xff, ...options)
    return Uint8Array.from(out)
  }
}
