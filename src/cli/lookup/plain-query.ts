/** One question to one server, and its answer as it came. */
import { randomBytes } from 'node:crypto'
import { DnsError } from '../../dns/errors.ts'
import { CLASS_IN } from '../../dns/rr/index.ts'
import {
  DEFAULT_UDP_PAYLOAD,
  decodeMessage,
  encodeMessage,
  headerOf,
  type Message,
  OPCODE_QUERY,
  OPCODE_SHIFT,
  RCODE_BADVERS,
  RCODE_FORMERR,
  RCODE_NOTIMP,
  TOLERATE_ODD,
} from '../../dns/wire/index.ts'
import type { Protocol } from '../../ports/index.ts'
import { formatSocketAddress, loadNative, NetworkUpstream, type SocketAddress } from '../../transport/index.ts'
import type { Question } from './question.ts'
import { endpointTls, type ServerTls } from './server-flags.ts'

/** A try that gets no answer ends after this. */
const WAIT_MILLISECONDS = 2250
const TRIES = 4
/** What servers without EDNS answer to it. */
const NO_EDNS: ReadonlySet<number> = new Set([RCODE_FORMERR, RCODE_NOTIMP, RCODE_BADVERS])

export type QueryOptions = { readonly dnssecOk: boolean; readonly checkingDisabled: boolean; readonly tls: ServerTls }

export type PlainAnswer = {
  readonly message: Message
  readonly octets: number
  readonly milliseconds: number
  /** How it came: by TCP when the answer by UDP was truncated. */
  readonly protocol: Protocol
  /** False: the server does not accept EDNS, and was asked without it (RFC 6891 §7). */
  readonly edns: boolean
}

/** Rejects with DnsError `exchange-failed` when no answer comes. */
export async function askPlainly(
  { name, type }: Question,
  server: SocketAddress & { readonly protocol: Protocol },
  { dnssecOk, checkingDisabled, tls }: QueryOptions,
): Promise<PlainAnswer> {
  const edns = { udpSize: DEFAULT_UDP_PAYLOAD, version: 0, dnssecOk, flags: 0, options: [] }
  const query = {
    header: {
      ...headerOf(randomBytes(2).readUInt16BE(0), OPCODE_QUERY << OPCODE_SHIFT),
      rd: true,
      // RFC 6840 §5.7: whether the server found the answer secure is of interest here.
      ad: true,
      cd: checkingDisabled,
    },
    questions: [{ name, type, class: CLASS_IN }],
    answer: [],
    authority: [],
    additional: [],
  }
  const { address, port } = server
  const isPrivate = server.protocol === 'tls' || server.protocol === 'https'
  const endpoint = { address, port, ...(isPrivate && endpointTls(tls)) }
  const upstream = new NetworkUpstream({ poolSize: 1 }, await loadNative())
  const ask = (protocol: Protocol, withEdns: boolean) =>
    new Promise<Parameters<Parameters<typeof upstream.ask>[4]>[0]>((resolve) =>
      upstream.ask(
        endpoint,
        protocol,
        encodeMessage({ ...query, ...(withEdns && { edns }) }),
        WAIT_MILLISECONDS,
        (reply) => {
          // What came is good until this returns.
          resolve(reply.kind === 'message' ? { ...reply, octets: reply.octets.slice() } : reply)
        },
      ),
    )
  try {
    let { protocol } = server
    let withEdns = true
    let reason = `no answer in ${(TRIES * WAIT_MILLISECONDS) / 1000} s`
    for (let tries = 0; tries < TRIES; tries++) {
      const reply = await ask(protocol, withEdns)
      if (reply.kind === 'failed') reason = reply.text
      // Some servers and firewalls drop queries with EDNS.
      if (reply.kind === 'timeout' && tries === TRIES - 2) withEdns = false
      if (reply.kind !== 'message') continue
      const message = decodeMessage(reply.octets, reply.octets.length, undefined, TOLERATE_ODD)
      const { tc, rcode } = message.header
      const milliseconds = Math.round(reply.milliseconds)
      if (withEdns && NO_EDNS.has(rcode)) withEdns = false
      else if (tc && protocol === 'udp') protocol = 'tcp'
      else return { message, octets: reply.octets.length, milliseconds, protocol, edns: withEdns }
    }
    throw new DnsError('exchange-failed', `${formatSocketAddress(server)}: ${reason}`)
  } finally {
    upstream.close()
  }
}
