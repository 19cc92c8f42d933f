/** A server's message as the iterator reads it: the records of each section as RRsets, before anything is believed. */
import { WireError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { readU16 } from '../dns/octets.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import { CLASS_IN } from '../dns/rr/index.ts'
import { decodeMessage, FLAG_TC, HEADER_SIZE, type MessageRecord, optionOf, TOLERATE_ODD } from '../dns/wire/index.ts'
import { groupRRsets, type RRset } from '../dnssec/index.ts'

export type Reply = {
  /** 12 bits. */
  readonly rcode: number
  readonly isAuthoritative: boolean
  readonly isTruncated: boolean
  readonly recursionAvailable: boolean
  readonly hasEdns: boolean
  /** An error without a question: it carries no data. */
  readonly isBare: boolean
  /** The COOKIE option: the client's part and the server's (RFC 7873). */
  readonly cookie: Uint8Array | undefined
  /** To whom failures may be reported (RFC 9567 §5). */
  readonly agent: Name | undefined
  readonly answer: readonly RRset[]
  readonly authority: readonly RRset[]
  readonly additional: readonly RRset[]
}

/** Reads a message that answers `question`; the octets are not kept. Undefined: it cannot be read, and its server is as good as broken. */
export function readReply(octets: Uint8Array, now: SteadySeconds, question: Name): Reply | undefined {
  try {
    const { header, questions, answer, authority, additional, edns } = decodeMessage(
      octets,
      octets.length,
      question,
      TOLERATE_ODD,
    )
    const cookie = optionOf(edns, 'cookie')
    const sections = adoptSignatures({
      answer: groupRRsets(inOnly(answer), now),
      authority: groupRRsets(inOnly(authority), now),
      additional: groupRRsets(inOnly(additional), now),
    })
    return {
      rcode: header.rcode,
      isAuthoritative: header.aa,
      isTruncated: header.tc,
      recursionAvailable: header.ra,
      hasEdns: edns !== undefined,
      isBare: questions.length === 0,
      cookie: cookie === undefined ? undefined : joined(cookie.client, cookie.server),
      agent: optionOf(edns, 'report-channel')?.agent,
      ...sections,
    }
  } catch (error) {
    if (error instanceof WireError) return isTruncatedHead(octets) ? TRUNCATED : undefined
    throw error
  }
}

/** Some servers cut a reply off in the middle of a record: TCP has it whole. */
function isTruncatedHead(octets: Uint8Array): boolean {
  return octets.length >= HEADER_SIZE && (readU16(octets, 2) & FLAG_TC) !== 0
}

const TRUNCATED: Reply = {
  rcode: 0,
  isAuthoritative: false,
  isTruncated: true,
  recursionAvailable: false,
  hasEdns: false,
  isBare: false,
  cookie: undefined,
  agent: undefined,
  answer: [],
  authority: [],
  additional: [],
}

function isIn(record: MessageRecord): boolean {
  return record.class === CLASS_IN
}

function inOnly(records: readonly MessageRecord[]): readonly MessageRecord[] {
  return records.every(isIn) ? records : records.filter(isIn)
}

type Sections = Pick<Reply, 'answer' | 'authority' | 'additional'>

function isLone({ rdatas }: RRset): boolean {
  return rdatas.length === 0
}

/** Signatures that stand in another section than what they cover go to it: some servers put them so. */
function adoptSignatures(sections: Sections): Sections {
  const { answer, authority, additional } = sections
  if (!answer.some(isLone) && !authority.some(isLone) && !additional.some(isLone)) return sections
  const lone = [...answer, ...authority, ...additional].filter(isLone)
  const adopt = (set: RRset): RRset => {
    if (isLone(set)) return set
    const found = lone.find((other) => other.type === set.type && other.owner.equals(set.owner))
    return found === undefined ? set : { ...set, signatures: [...set.signatures, ...found.signatures] }
  }
  return { answer: answer.map(adopt), authority: authority.map(adopt), additional: additional.map(adopt) }
}

function joined(client: Uint8Array, server: Uint8Array | undefined): Uint8Array {
  const out = new Uint8Array(client.length + (server?.length ?? 0))
  out.set(client)
  if (server !== undefined) out.set(server, client.length)
  return out
}
