/** Forwarders: resolvers that refuse, fail, are slow or do not reply, and ones whose certificate is not the right one. */
import { Name } from '../../src/dns/name/index.ts'
import { NS } from '../../src/dns/rr/index.ts'
import { encodeMessage, headerOf } from '../../src/dns/wire/index.ts'
import { changing, type Fault, refusing, silent, truncating } from '../internet/host.ts'
import { answering, bareError, emptyNoError } from '../internet/odd-replies.fixture.ts'
import type { OddZone } from './servers.ts'

/** Why a client that verifies rejects it; `silent`: no handshake; `plain`: no TLS at all; `refuses`: nothing listens. */
export type TlsHabit = 'good' | 'other-name' | 'other-authority' | 'expired' | 'silent' | 'plain' | 'refuses'

/** A zone below `odd.` that is forwarded; `tls`: one habit for each server, which then serves TLS only. */
export type Forwarder = OddZone & { readonly tls?: readonly TlsHabit[] }

/** The name that certificates are to have. */
export const FORWARDER_NAME = 'forwarder.odd.example'

const SERVFAIL = 2
const REFUSED = 5
const FORMERR = 1
const GOOD = changing((reply) => ({ ...reply, header: { ...reply.header, aa: false, ra: true } }))

/** NOERROR without an answer; the authority section has the NS records of a zone below and no SOA record. */
const nodataWithNs: Fault = (_, { message: { header, questions } }) =>
  encodeMessage({
    header: { ...headerOf(header.id, 0), qr: true, rd: true, ra: true },
    questions,
    answer: [],
    authority: questions.map(({ name }) => ({
      owner: name,
      type: NS.number,
      class: 1,
      ttl: 300,
      rdata: Name.parse('ns.dead.host.').octets,
    })),
    additional: [],
  })

export const FORWARDERS: readonly Forwarder[] = [
  { label: 'fwd-good', servers: [GOOD], rcode: 0, address: 7 },
  { label: 'fwd-refused', servers: [refusing(REFUSED)], rcode: SERVFAIL, text: /returned REFUSED/ },
  { label: 'fwd-refused-one', servers: [refusing(REFUSED), GOOD], rcode: 0, address: 7 },
  { label: 'fwd-servfail', servers: [refusing(SERVFAIL)], rcode: SERVFAIL, text: /returned SERVFAIL/ },
  { label: 'fwd-servfail-one', servers: [refusing(SERVFAIL), GOOD], rcode: 0, address: 7 },
  {
    label: 'fwd-slow',
    servers: [GOOD],
    delivery: (reply, send) => {
      setTimeout(() => send(reply), 1200)
    },
    rcode: 0,
    address: 7,
  },
  { label: 'fwd-dead', servers: [silent, silent], rcode: SERVFAIL, text: /did not reply/, within: 5000 },
  { label: 'fwd-dead-one', servers: [silent, GOOD], rcode: 0, address: 7 },
  { label: 'fwd-nodata-ns', servers: [nodataWithNs], type: 'AAAA', rcode: 0 },
  { label: 'fwd-empty', servers: [emptyNoError], type: 'AAAA', rcode: 0 },
  {
    label: 'fwd-bare-formerr',
    servers: [answering(({ edns }) => edns !== undefined, bareError(FORMERR))],
    rcode: 0,
    address: 7,
  },
  {
    label: 'fwd-tcp-refused',
    servers: [truncating()],
    tcp: 'refuses',
    rcode: SERVFAIL,
    text: /truncated its reply, and TCP failed/,
    within: 5000,
  },
  { label: 'tls-good', servers: [GOOD], tls: ['good'], rcode: 0, address: 7 },
  { label: 'tls-other-name', servers: [GOOD], tls: ['other-name'], rcode: SERVFAIL, text: /the certificate is for / },
  { label: 'tls-other-authority', servers: [GOOD], tls: ['other-authority'], rcode: SERVFAIL, text: /authority/ },
  { label: 'tls-expired', servers: [GOOD], tls: ['expired'], rcode: SERVFAIL, text: /expired/ },
  { label: 'tls-silent', servers: [GOOD], tls: ['silent'], rcode: SERVFAIL, text: /198\.18\.\d+\.1/, within: 5000 },
  { label: 'tls-plain', servers: [GOOD], tls: ['plain'], rcode: SERVFAIL, text: /198\.18\.\d+\.1/, within: 5000 },
  { label: 'tls-refuses', servers: [GOOD], tls: ['refuses'], rcode: SERVFAIL, text: /refused/ },
  { label: 'tls-one-good', servers: [GOOD, GOOD], tls: ['other-name', 'good'], rcode: 0, address: 7 },
  { label: 'tls-one-silent', servers: [GOOD, GOOD], tls: ['silent', 'good'], rcode: 0, address: 7 },
]
