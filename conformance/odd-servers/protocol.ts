/** Servers with another idea of EDNS, of their zone, and of what a name has. */

import { Name } from '../../src/dns/name/index.ts'
import { AAAA, HTTPS, NS } from '../../src/dns/rr/index.ts'
import { encodeMessage, headerOf, type Message, optionOf } from '../../src/dns/wire/index.ts'
import { type Asked, changing, type Fault, refusing, silentFor } from '../internet/host.ts'
import { answering, rawReply } from '../internet/odd-replies.fixture.ts'
import type { OddZone } from './servers.ts'

const SERVFAIL = 2
const NXDOMAIN = 3
const FORMERR = 1
const NOTIMP = 4
const REFUSED = 5
const BADVERS = 16
const BADCOOKIE = 23
const GOOD = undefined
const withEdns = (fault: Fault): Fault => answering(({ edns }) => edns !== undefined, fault)
const withDo = (fault: Fault): Fault => answering(({ edns }) => edns?.dnssecOk === true, fault)
const withOptions = (fault: Fault): Fault => answering(({ edns }) => (edns?.options.length ?? 0) > 0, fault)

function typeOf({ message }: Asked): number {
  return message.questions[0]?.type ?? 0
}

/** BADCOOKIE with a server cookie, until the query has that cookie. */
const badCookieOnce: Fault = (reply, { message }) => {
  const cookie = optionOf(message.edns, 'cookie')
  if (reply === undefined || cookie === undefined || cookie.server !== undefined) return reply
  return withCookie(message, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))
}

/** BADCOOKIE for each query, with another server cookie each time. */
function badCookieAlways(): Fault {
  let count = 0
  return (reply, { message }) => {
    if (reply === undefined || optionOf(message.edns, 'cookie') === undefined) return reply
    return withCookie(message, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, count++ & 255))
  }
}

function withCookie({ header, questions, edns }: Message, server: Uint8Array): Uint8Array | undefined {
  const cookie = optionOf(edns, 'cookie')
  if (edns === undefined || cookie === undefined) return undefined
  return encodeMessage({
    header: { ...headerOf(header.id, 0), qr: true, rcode: BADCOOKIE },
    questions,
    answer: [],
    authority: [],
    additional: [],
    edns: { ...edns, options: [{ kind: 'cookie', client: cookie.client, server }] },
  })
}

/** NOERROR without an answer; the NS records of `zone` are in the authority section. */
function referringTo(zone: (asked: Asked) => Name | undefined): Fault {
  return (_, asked) => {
    const owner = zone(asked)
    const { header, questions } = asked.message
    const ns = { type: NS.number, class: 1, ttl: 300, rdata: Name.parse('ns.host.').octets }
    return encodeMessage({
      header: { ...headerOf(header.id, 0), qr: true },
      questions,
      answer: [],
      authority: owner === undefined ? [] : [{ ...ns, owner }],
      additional: [],
    })
  }
}

const referringToItself = referringTo(({ message }) => message.questions[0]?.name.parent)
const referringAside = referringTo(() => Name.parse('elsewhere.'))

/** Negative replies without their SOA record. */
const withoutSoa = changing((reply) => ({ ...reply, authority: [] }))
const withoutSoaFor = (rcode: number): Fault =>
  changing((reply) => ({ ...reply, authority: [], header: { ...reply.header, rcode } }))

export const PROTOCOL_ZONES: readonly OddZone[] = [
  // EDNS
  { label: 'badvers', servers: [withEdns(refusing(BADVERS))], rcode: 0, address: 7, isBetter: true },
  { label: 'badvers-options', servers: [withOptions(refusing(BADVERS))], rcode: 0, address: 7 },
  { label: 'badvers-one', servers: [withEdns(refusing(BADVERS)), GOOD], rcode: 0, address: 7 },
  { label: 'formerr-do', servers: [withDo(refusing(FORMERR))], rcode: 0, address: 7 },
  { label: 'servfail-edns', servers: [withEdns(refusing(SERVFAIL))], rcode: SERVFAIL, text: /returned SERVFAIL/ },
  { label: 'refused-edns', servers: [withEdns(refusing(REFUSED))], rcode: SERVFAIL, text: /returned REFUSED/ },
  {
    label: 'drops-edns-one',
    servers: [silentFor(({ message }) => message.edns !== undefined), GOOD],
    rcode: 0,
    address: 7,
  },
  {
    label: 'drops-do-one',
    servers: [silentFor(({ message }) => message.edns?.dnssecOk === true), GOOD],
    rcode: 0,
    address: 7,
  },
  {
    label: 'version-1',
    servers: [changing(({ edns, ...rest }) => ({ ...rest, ...(edns && { edns: { ...edns, version: 1 } }) }))],
    rcode: 0,
    address: 7,
  },
  { label: 'bad-cookie-once', servers: [badCookieOnce], rcode: 0, address: 7 },
  { label: 'bad-cookie-always', servers: [badCookieAlways()], rcode: 0, address: 7 },
  // Types
  {
    label: 'silent-aaaa',
    servers: [silentFor((asked) => typeOf(asked) === AAAA.number)],
    type: 'AAAA',
    rcode: SERVFAIL,
    text: /did not reply/,
    within: 5000,
  },
  {
    label: 'silent-https-one',
    servers: [silentFor((asked) => typeOf(asked) === HTTPS.number), GOOD],
    type: 'HTTPS',
    rcode: 0,
  },
  {
    label: 'notimp-https',
    servers: [(reply, asked) => (typeOf(asked) === HTTPS.number ? refusing(NOTIMP)(reply, asked) : reply)],
    type: 'HTTPS',
    rcode: SERVFAIL,
    text: /returned NOTIMP/,
  },
  // Zones
  { label: 'refers-to-itself', servers: [referringToItself], rcode: SERVFAIL, text: /lame/ },
  { label: 'refers-to-itself-one', servers: [referringToItself, GOOD], rcode: 0, address: 7 },
  { label: 'refers-aside', servers: [referringAside], rcode: 0 },
  { label: 'refers-aside-one', servers: [referringAside, GOOD], rcode: 0, address: 7, isBetter: true },
  { label: 'refers-aside-two', servers: [referringAside, referringAside, GOOD], rcode: 0, address: 7, isBetter: true },
  { label: 'nodata-no-soa', servers: [withoutSoa], type: 'AAAA', rcode: 0 },
  { label: 'nxdomain-no-soa', servers: [withoutSoaFor(NXDOMAIN)], name: 'nothing', rcode: NXDOMAIN },
  {
    label: 'nxdomain-wildcard-type',
    servers: [GOOD],
    zone: { text: '*.w A 192.0.2.7' },
    name: 'a.w',
    rcode: 0,
    address: 7,
  },
  // RDATA
  {
    label: 'odd-alias',
    servers: [rawReply({ answer: [{ type: 5, rdata: Uint8Array.of(3, 97) }] }, () => true)],
    rcode: SERVFAIL,
  },
]
