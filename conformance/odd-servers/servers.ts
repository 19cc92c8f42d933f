/**
 * Servers that answer as none should, one zone for each kind: old ones, middleboxes, lame, silent and empty ones. What a client of a
 * resolver gets all the same stands beside each.
 */
import { A, CNAME, DS, HTTPS, MX, NSEC, RRSIG, typeNumber } from '../../src/dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf, optionOf } from '../../src/dns/wire/index.ts'
import { type Asked, type Fault, refusing, silent, silentFor, truncating } from '../internet/host.ts'
import { answering, bareError, echoingOptions, emptyNoError, rawReply } from '../internet/odd-replies.fixture.ts'
import type { ZoneOptions } from '../internet/zones.ts'
import type { Delivery, TcpHabit } from './sockets.ts'

export type OddZone = {
  /** Below `odd.`, which is not signed. */
  readonly label: string
  /** One fault for each of its servers; undefined: a server that is as it should be. */
  readonly servers: readonly (Fault | undefined)[]
  readonly zone?: Partial<ZoneOptions>
  /** How all of them deliver what they reply by UDP. */
  readonly delivery?: Delivery
  /** What all of them do with TCP, if they do not serve it. */
  readonly tcp?: TcpHabit
  /** What the servers of the parent do. */
  readonly parent?: Fault
  /** Of the signatures of a signed zone: seconds from now. */
  readonly lifetime?: readonly [inception: number, expiration: number]
  /** Below the zone; `www` and type A by default. */
  readonly name?: string
  readonly type?: string
  /** What is right: the RCODE, and for addresses the last octet of 192.0.2.x. */
  readonly rcode: number
  readonly address?: number
  /** The sentence of a failure. */
  readonly text?: RegExp
  /** Milliseconds in which the answer is there. */
  readonly within?: number
  /** Peers give it by chance, depending on the server that they ask first, or not at all. */
  readonly isBetter?: boolean
}

const SERVFAIL = 2
const NXDOMAIN = 3
const FORMERR = 1
const NOTIMP = 4
const REFUSED = 5
const GOOD = undefined
const withEdns = (fault: Fault): Fault => answering(({ edns }) => edns !== undefined, fault)
/** Priority 1, target ".", ipv4hint before alpn. */
const UNORDERED = Uint8Array.of(0, 1, 0, 0, 4, 0, 4, 192, 0, 2, 1, 0, 1, 0, 3, 2, 104, 50)

function typeOf({ message }: Asked): number {
  return message.questions[0]?.type ?? 0
}

function nameOf({ message }: Asked): string {
  return String(message.questions[0]?.name).toLowerCase()
}

/** A reply that is changed as a message. */
function edited(change: (message: ReturnType<typeof decodeMessage>) => ReturnType<typeof decodeMessage>): Fault {
  return (reply) => (reply === undefined ? undefined : encodeMessage(change(decodeMessage(reply))))
}

const upward: Fault = (_, { message }) =>
  encodeMessage({
    header: { ...headerOf(message.header.id, 0), qr: true },
    questions: message.questions,
    answer: [],
    authority: [
      {
        owner: message.questions[0]?.name.parent.parent.parent ?? fail(),
        type: 2,
        class: 1,
        ttl: 300,
        rdata: Uint8Array.of(0),
      },
    ],
    additional: [],
  })

function fail(): never {
  throw new Error('a query without a question')
}

const fromCache = edited(({ header, ...rest }) => ({ ...rest, header: { ...header, aa: false, ra: true } }))
const withoutSignatures = edited(({ answer, authority, ...rest }) => ({
  ...rest,
  answer: answer.filter(({ type }) => type !== RRSIG.number),
  authority: authority.filter(({ type }) => type !== RRSIG.number),
}))
/** Names that have nothing of their own do not exist, says the server, although there are names below. */
const deniesParts: Fault = (reply, asked) => {
  if (reply === undefined || nameOf(asked).split('.').length >= 6) return reply
  const message = decodeMessage(reply)
  return message.answer.length > 0
    ? reply
    : encodeMessage({ ...message, header: { ...message.header, rcode: NXDOMAIN } })
}

/** A good A record, and these records beside it. */
function oddBesides(label: string, sections: Omit<Parameters<typeof rawReply>[0], 'answer'>): OddZone {
  const answer = [{ type: A.number, rdata: Uint8Array.of(192, 0, 2, 7) }]
  const isMeant = (asked: Asked): boolean => typeOf(asked) === A.number && nameOf(asked).startsWith('www')
  return { label, servers: [rawReply({ answer, ...sections }, isMeant)], rcode: 0, address: 7 }
}

/** A record of the type with malformed RDATA, asked for. */
function oddAnswer(label: string, type: string, rdata: Uint8Array): OddZone {
  const number = typeNumber(type) ?? 0
  const isMeant = (asked: Asked): boolean => typeOf(asked) === number
  return { label, servers: [rawReply({ answer: [{ type: number, rdata }] }, isMeant)], type, rcode: 0 }
}

export const ODD_ZONES: readonly OddZone[] = [
  { label: 'good', servers: [GOOD], rcode: 0, address: 7 },
  // EDNS
  { label: 'bare-formerr', servers: [withEdns(bareError(FORMERR))], rcode: 0, address: 7 },
  { label: 'bare-notimp', servers: [withEdns(bareError(NOTIMP))], rcode: 0, address: 7 },
  { label: 'bare-servfail', servers: [bareError(SERVFAIL), GOOD], rcode: 0, address: 7 },
  { label: 'bare-refused', servers: [bareError(REFUSED), GOOD], rcode: 0, address: 7 },
  { label: 'bare-refused-all', servers: [bareError(REFUSED)], rcode: SERVFAIL, text: /returned REFUSED/ },
  { label: 'formerr', servers: [withEdns(refusing(FORMERR))], rcode: 0, address: 7 },
  {
    label: 'notimp',
    servers: [
      withEdns(
        edited(({ header, questions }) => ({
          header: { ...header, rcode: NOTIMP },
          questions,
          answer: [],
          authority: [],
          additional: [],
        })),
      ),
    ],
    rcode: 0,
    address: 7,
  },
  { label: 'echo-formerr', servers: [echoingOptions(FORMERR)], rcode: 0, address: 7 },
  { label: 'echo-notimp', servers: [echoingOptions(NOTIMP)], rcode: 0, address: 7 },
  { label: 'echo-refused', servers: [echoingOptions(REFUSED)], rcode: 0, address: 7 },
  { label: 'echo-servfail', servers: [echoingOptions(SERVFAIL)], rcode: 0, address: 7 },
  {
    label: 'drops-options',
    servers: [silentFor(({ message }) => optionOf(message.edns, 'cookie') !== undefined)],
    rcode: 0,
    address: 7,
  },
  {
    label: 'drops-edns',
    servers: [silentFor(({ message }) => message.edns !== undefined)],
    rcode: SERVFAIL,
    text: /did not reply/,
    within: 5000,
  },
  {
    label: 'drops-do',
    servers: [silentFor(({ message }) => message.edns?.dnssecOk === true)],
    rcode: SERVFAIL,
    text: /did not reply/,
    within: 5000,
  },
  { label: 'no-opt', servers: [edited(({ edns: _, ...rest }) => rest)], rcode: 0, address: 7 },
  // Empty, lame and failing ones beside good ones
  { label: 'empty-one', servers: [emptyNoError, GOOD], rcode: 0, address: 7, isBetter: true },
  { label: 'empty-all', servers: [emptyNoError, emptyNoError], rcode: 0 },
  { label: 'refused-one', servers: [refusing(REFUSED), GOOD], rcode: 0, address: 7 },
  { label: 'servfail-one', servers: [refusing(SERVFAIL), GOOD], rcode: 0, address: 7 },
  {
    label: 'servfail-all',
    servers: [refusing(SERVFAIL), refusing(SERVFAIL)],
    rcode: SERVFAIL,
    text: /returned SERVFAIL/,
  },
  { label: 'upward', servers: [upward, GOOD], rcode: 0, address: 7 },
  { label: 'upward-all', servers: [upward], rcode: SERVFAIL, text: /does not serve the zone \(lame\)/ },
  { label: 'from-cache', servers: [fromCache], rcode: 0, address: 7 },
  // Silence
  { label: 'dead-one', servers: [silent, silent, GOOD], rcode: 0, address: 7 },
  { label: 'dead-all', servers: [silent, silent], rcode: SERVFAIL, text: /did not reply/, within: 5000 },
  {
    label: 'dead-four',
    servers: [silent, silent, silent, silent],
    rcode: SERVFAIL,
    text: /did not reply/,
    within: 5000,
  },
  { label: 'silent-ns', servers: [silentFor((asked) => typeOf(asked) !== A.number)], rcode: 0, address: 7 },
  // TCP
  { label: 'tcp-only', servers: [truncating()], rcode: 0, address: 7 },
  {
    label: 'tcp-refused',
    servers: [truncating(), truncating()],
    tcp: 'refuses',
    rcode: SERVFAIL,
    text: /truncated its reply, and TCP failed/,
    within: 5000,
  },
  // Names
  {
    label: 'denies-parts',
    servers: [deniesParts],
    zone: { text: 'a.b.c A 192.0.2.7' },
    name: 'a.b.c',
    rcode: 0,
    address: 7,
  },
  {
    label: 'alias-circle',
    servers: [GOOD],
    zone: { text: 'www CNAME other\nother CNAME www' },
    rcode: SERVFAIL,
    text: /alias of itself/,
  },
  {
    label: 'refuses-alias-type',
    servers: [answering(({ questions }) => questions[0]?.type === CNAME.number, refusing(REFUSED))],
    zone: { text: 'www CNAME other\nother A 192.0.2.7' },
    rcode: 0,
    address: 7,
  },
  // RDATA
  oddAnswer('odd-https', 'HTTPS', UNORDERED),
  oddBesides('odd-additional', { additional: [{ type: HTTPS.number, rdata: UNORDERED }] }),
  oddBesides('odd-addresses', { additional: [{ type: A.number, rdata: Uint8Array.of(192, 0, 2) }] }),
  oddBesides('odd-proof', { authority: [{ type: NSEC.number, rdata: Uint8Array.of(0, 0, 9, 1) }] }),
  oddBesides('odd-mail', { authority: [{ type: MX.number, rdata: Uint8Array.of(0) }] }),
  oddBesides('odd-ds', { authority: [{ type: DS.number, rdata: Uint8Array.of(0, 1, 13, 2, ...new Uint8Array(31)) }] }),
  oddBesides('odd-options', { options: Uint8Array.of(0, 3, 0, 99, 1) }),
  oddAnswer('odd-tlsa', 'TLSA', Uint8Array.of(3, 1)),
  oddAnswer('odd-loc', 'LOC', Uint8Array.of(0, 0x12, 0x16)),
  oddAnswer('odd-caa', 'CAA', Uint8Array.of(0, 200, 105)),
]

/** Zones below `lab.`, which is signed. */
export const SIGNED_ZONES: readonly OddZone[] = [
  { label: 'secure', servers: [GOOD], rcode: 0, address: 7 },
  { label: 'stripped-one', servers: [withoutSignatures, GOOD], rcode: 0, address: 7 },
  { label: 'stripped', servers: [withoutSignatures], rcode: SERVFAIL, text: /signature/i },
  { label: 'formerr-one', servers: [withEdns(bareError(FORMERR)), GOOD], rcode: 0, address: 7 },
  { label: 'no-edns', servers: [withEdns(bareError(FORMERR))], rcode: SERVFAIL },
  { label: 'tcp-only', servers: [truncating()], rcode: 0, address: 7 },
  { label: 'dead-one', servers: [silent, GOOD], rcode: 0, address: 7 },
]
