/** What each server replied to each question of an investigation: for people who look for the server that fails. */
import { Name } from '../../dns/name/index.ts'
import { addressText, NS, RRSIG, SOA, typeMnemonic } from '../../dns/rr/index.ts'
import { decodeMessage, type Message, rcodeMnemonic, TOLERATE_ODD } from '../../dns/wire/index.ts'
import type { RecordedExchange } from './recording.ts'

/** Of an RRSIG record, where the name of the signer begins. */
const SIGNER_AT = 18

export type ServerReply = {
  /** Address and port. */
  readonly server: string
  readonly protocol: RecordedExchange['protocol']
  /** Name and type. */
  readonly question: string
  /** `NOERROR, AA, 2 answers`, `no reply`, or why the network refused. */
  readonly reply: string
  /** How often the server was asked the same and replied the same, one after another. */
  readonly times: number
  /** Of all of them together. */
  readonly milliseconds: number
}

export function serverReplies(exchanges: readonly RecordedExchange[]): ServerReply[] {
  const replies: ServerReply[] = []
  for (const exchange of exchanges) {
    const { address, port, protocol, milliseconds } = exchange
    const server = socketText({ address, port })
    const found = {
      server,
      protocol,
      question: questionOf(exchange),
      reply: replyText(exchange),
      times: 1,
      milliseconds,
    }
    const last = replies.findLast((other) => other.server === server && other.question === found.question)
    if (last === undefined || last.reply !== found.reply || last.protocol !== protocol) replies.push(found)
    else {
      const same = { ...last, times: last.times + 1, milliseconds: last.milliseconds + milliseconds }
      replies[replies.indexOf(last)] = same
    }
  }
  return replies
}

/**
 * The zone for which a server answered as an authoritative server, although it was asked as a resolver: AA is set and RA is not.
 * `zone` is undefined where its replies do not show which one; undefined: it did not.
 */
export function authoritativeAnswer(
  exchanges: readonly RecordedExchange[],
): { readonly zone: Name | undefined } | undefined {
  let found: { readonly zone: Name | undefined } | undefined
  for (const { reply } of exchanges) {
    const message = reply.kind === 'message' ? readMessage(reply.octets) : undefined
    if (message?.header.aa !== true || message.header.ra) continue
    for (const zone of [found?.zone, ...zonesOf(message)]) {
      const isDeeper = zone !== undefined && zone.labelCount >= (found?.zone?.labelCount ?? 0)
      if (found === undefined || isDeeper) found = { zone }
    }
  }
  return found
}

/** The zones that a reply shows: owners of SOA and NS records, signers. */
function zonesOf({ answer, authority }: Message): Name[] {
  return [...answer, ...authority].flatMap(({ owner, type, rdata }) => {
    if (type === SOA.number || type === NS.number) return owner
    return (type === RRSIG.number && signerOf(rdata)) || []
  })
}

function signerOf(rdata: Uint8Array): Name | undefined {
  try {
    return Name.fromOctets(rdata.subarray(SIGNER_AT))
  } catch {
    // A server may have sent anything.
    return undefined
  }
}

/** `192.0.2.1:53`, `[2001:db8::1]:853`. This server itself has no address. */
export function socketText({ address, port }: Pick<RecordedExchange, 'address' | 'port'>): string {
  if (address.length === 0) return 'this server'
  if (address.length === 16) return `[${addressText(address, 0, 16)}]:${port}`
  return `${addressText(address, 0, 4)}:${port}`
}

function questionOf({ query }: RecordedExchange): string {
  const [question] = readMessage(query)?.questions ?? []
  return question === undefined ? '' : `${question.name} ${typeMnemonic(question.type)}`
}

function replyText({ reply }: RecordedExchange): string {
  if (reply.kind === 'timeout') return 'no reply'
  if (reply.kind === 'failed') return reply.text
  const message = readMessage(reply.octets)
  return message === undefined ? 'a message that does not parse' : messageText(message)
}

function messageText({ header, answer, authority, additional, edns }: Message): string {
  const flags = Object.entries({ AA: header.aa, TC: header.tc, RA: header.ra }).flatMap(([word, isSet]) =>
    isSet ? word : [],
  )
  const counts = Object.entries({ answer, authority, additional }).flatMap(([section, { length }]) =>
    length > 0 ? `${section} ${length}` : [],
  )
  const parts = [rcodeMnemonic(header.rcode), ...flags, ...(counts.length > 0 ? counts : ['empty'])]
  return [...parts, ...(edns === undefined ? ['no EDNS'] : [])].join(', ')
}

function readMessage(octets: Uint8Array): Message | undefined {
  try {
    return decodeMessage(octets, octets.length, undefined, TOLERATE_ODD)
  } catch {
    // A server may have sent anything.
    return undefined
  }
}
