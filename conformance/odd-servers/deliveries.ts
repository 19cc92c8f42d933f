/** Replies that do not arrive as they should: late, twice, from another address, by UDP only, with others before them. */
import { CNAME } from '../../src/dns/rr/index.ts'
import { decodeMessage, encodeMessage } from '../../src/dns/wire/index.ts'
import { questionEnd } from '../../src/transport/upstream/question.ts'
import { type Fault, silent, truncating } from '../internet/host.ts'
import type { OddZone } from './servers.ts'
import type { Delivery } from './sockets.ts'

const SERVFAIL = 2
const GOOD = undefined
/** 192.0.2.66, which no server of this world gives. */
const FORGED = Uint8Array.of(192, 0, 2, 66)

function later(milliseconds: number): Delivery {
  return (reply, send) => {
    setTimeout(() => send(reply), milliseconds)
  }
}

/** Sends what `forge` makes of the reply before the reply. */
function after(forge: (reply: Uint8Array) => Uint8Array): Delivery {
  return (reply, send) => {
    send(forge(reply))
    setTimeout(() => send(reply), 50)
  }
}

/** The reply with another address in it. */
function withForgedAddress(reply: Uint8Array): Uint8Array {
  const message = decodeMessage(reply)
  const answer = message.answer.map((record) => (record.type === CNAME.number ? record : { ...record, rdata: FORGED }))
  return encodeMessage({ ...message, answer })
}

function withWrongId(reply: Uint8Array): Uint8Array {
  const forged = withForgedAddress(reply)
  return forged.with(1, (forged[1] ?? 0) ^ 1)
}

function withWrongQuestion(reply: Uint8Array): Uint8Array {
  const forged = withForgedAddress(reply)
  // The first letter of the name, `w`.
  return forged.with(13, 0x76)
}

function asQuery(reply: Uint8Array): Uint8Array {
  const forged = withForgedAddress(reply)
  return forged.with(2, (forged[2] ?? 0) & 0x7f)
}

const halfOf = (reply: Uint8Array): Uint8Array => reply.subarray(0, reply.length / 2)

function everyOther(): Delivery {
  let count = 0
  return (reply, send) => {
    if (count++ % 2 === 1) send(reply)
  }
}

/** The question comes back in lower case. */
const lowered: Fault = (reply) => {
  if (reply === undefined) return undefined
  const end = questionEnd(reply) - 4
  return reply.map((octet, i) => (i >= 12 && i < end && octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet))
}

/** In upper case. */
const raised: Fault = (reply) => {
  if (reply === undefined) return undefined
  const end = questionEnd(reply) - 4
  return reply.map((octet, i) => (i >= 12 && i < end && octet >= 0x61 && octet <= 0x7a ? octet - 0x20 : octet))
}

export const DELIVERED_ZONES: readonly OddZone[] = [
  // Time
  { label: 'slow-400', servers: [GOOD], delivery: later(400), rcode: 0, address: 7, within: 5000 },
  { label: 'slow-1200', servers: [GOOD], delivery: later(1200), rcode: 0, address: 7, within: 5000 },
  {
    label: 'slow-2500',
    servers: [GOOD],
    delivery: later(2500),
    rcode: SERVFAIL,
    text: /did not reply/,
    within: 5000,
  },
  { label: 'every-other', servers: [GOOD, GOOD], delivery: everyOther(), rcode: 0, address: 7 },
  {
    label: 'twice',
    servers: [GOOD],
    delivery: (reply, send) => {
      send(reply)
      send(reply)
    },
    rcode: 0,
    address: 7,
  },
  // Address, ID, question
  {
    label: 'elsewhere',
    servers: [GOOD, GOOD],
    delivery: (reply, send) => send(reply, 'elsewhere'),
    rcode: SERVFAIL,
    text: /198\.18\.\d+\.1 did not reply/,
    within: 5000,
  },
  {
    label: 'elsewhere-first',
    servers: [GOOD],
    delivery: (reply, send) => {
      send(withForgedAddress(reply), 'elsewhere')
      setTimeout(() => send(reply), 50)
    },
    rcode: 0,
    address: 7,
  },
  { label: 'wrong-id-first', servers: [GOOD], delivery: after(withWrongId), rcode: 0, address: 7 },
  { label: 'wrong-question-first', servers: [GOOD], delivery: after(withWrongQuestion), rcode: 0, address: 7 },
  { label: 'query-first', servers: [GOOD], delivery: after(asQuery), rcode: 0, address: 7 },
  { label: 'half-first', servers: [GOOD], delivery: after(halfOf), rcode: 0, address: 7 },
  { label: 'lower-case', servers: [lowered], name: 'WwW', rcode: 0, address: 7 },
  { label: 'upper-case', servers: [raised], rcode: 0, address: 7 },
  // TCP
  {
    label: 'truncates-all',
    servers: [truncating(['udp', 'tcp'])],
    rcode: SERVFAIL,
    text: /truncated its reply, and TCP failed/,
    within: 5000,
  },
  { label: 'truncates-one', servers: [truncating(['udp', 'tcp']), GOOD], rcode: 0, address: 7 },
  {
    label: 'tcp-closes',
    servers: [truncating()],
    tcp: 'closes',
    rcode: SERVFAIL,
    text: /truncated.*TCP/,
    within: 5000,
  },
  { label: 'tcp-cuts', servers: [truncating()], tcp: 'cuts', rcode: SERVFAIL, text: /truncated.*TCP/, within: 5000 },
  {
    label: 'tcp-silent',
    servers: [truncating()],
    tcp: 'silent',
    rcode: SERVFAIL,
    text: /truncated.*TCP/,
    within: 5000,
  },
  { label: 'tcp-silent-one', servers: [truncating(), GOOD], tcp: 'silent', rcode: 0, address: 7 },
  { label: 'tcp-refused-one', servers: [truncating(), GOOD], tcp: 'refuses', rcode: 0, address: 7 },
  { label: 'udp-dead-one', servers: [silent, truncating()], rcode: 0, address: 7 },
]
