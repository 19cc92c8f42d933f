/** What each server replied to each question of an investigation: for people who look for the server that fails. */
import { typeMnemonic } from '../../dns/rr/index.ts'
import { decodeMessage, type Message, rcodeMnemonic, TOLERATE_ODD } from '../../dns/wire/index.ts'
import type { RecordedExchange } from '../../resolver/index.ts'
import { formatSocketAddress } from '../../transport/index.ts'

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
    const server = formatSocketAddress({ address, port })
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

/** Whether a server that was asked as a resolver answered as an authoritative server, which does not resolve. */
export function answeredAsAuthority(exchanges: readonly RecordedExchange[]): boolean {
  return exchanges.some((exchange) => {
    const message = exchange.reply.kind === 'message' ? readMessage(exchange.reply.octets) : undefined
    return message?.header.aa === true && !message.header.ra
  })
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
