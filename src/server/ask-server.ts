/**
 * What a server says to us when we ask as the configuration has it: its address, its key (RFC 8945), TLS (RFC 9103). Whoever
 * asked here gets only answers whose signature is good, where there is a key.
 */
import { DnsError } from '../dns/errors.ts'
import { MessageView } from '../dns/wire/index.ts'
import type { Endpoint } from '../ports/index.ts'
import { readTextFile } from '../store/index.ts'
import { formatSocketAddress } from '../transport/index.ts'
import { signRequest, type TsigKey, TsigStreamVerifier, verifyResponse } from '../tsig/index.ts'
import type { Remote } from './configuration/index.ts'
import type { World } from './hosted-zone.ts'

/** Most octets of a file of certificates. */
const MAX_AUTHORITIES = 4 << 20

export type AskOptions = { readonly tcp?: boolean; readonly timeoutSeconds?: number }

/** The server in the words of the configuration. */
export function describeServer(remote: Remote): string {
  return formatSocketAddress(remote) + (remote.tls === undefined ? '' : ' (TLS)')
}

/** One answer. Rejects with DnsError `exchange-failed`, for an answer whose signature is not good too. */
export async function askServer(
  world: World,
  remote: Remote,
  message: Uint8Array,
  options: AskOptions = {},
): Promise<Uint8Array> {
  const { exchange, clock } = world
  const key = keyOf(world, remote)
  const endpoint = endpointOf(remote)
  if (key === undefined) return exchange.query(endpoint, message, options)
  clock.look()
  const signed = signRequest(message, key, clock.wall())
  const answer = await exchange.query(endpoint, signed.message, options)
  const view = new MessageView()
  const fault = view.parse(answer) ?? view.scan()
  if (fault !== undefined) throw failed(remote, `its answer cannot be read: ${fault}`)
  const verdict = verifyResponse(view, signed, clock.wall())
  if (verdict.verdict === 'good') return answer
  throw failed(remote, tsigWords(verdict))
}

/** The messages of a transfer, each with what is proved of it. Rejects with DnsError `exchange-failed`. */
export async function* askStream(
  world: World,
  remote: Remote,
  message: Uint8Array,
  idleSeconds: number,
): AsyncGenerator<{ readonly message: Uint8Array; readonly proved: boolean }, void, undefined> {
  const { exchange, clock } = world
  const key = keyOf(world, remote)
  const endpoint = endpointOf(remote)
  if (key === undefined) {
    for await (const each of exchange.stream(endpoint, message, { idleSeconds })) yield { message: each, proved: true }
    return
  }
  clock.look()
  const signed = signRequest(message, key, clock.wall())
  const verifier = new TsigStreamVerifier(signed)
  for await (const each of exchange.stream(endpoint, signed.message, { idleSeconds })) {
    const verdict = verifier.check(each, clock.wall())
    if (verdict.verdict !== 'good') throw failed(remote, tsigWords(verdict))
    yield { message: each, proved: verifier.complete }
  }
}

function keyOf(world: World, remote: Remote): TsigKey | undefined {
  if (remote.tsigKey === undefined) return undefined
  const key = world.key(remote.tsigKey)
  if (key === undefined) throw failed(remote, `there is no key ${remote.tsigKey}`)
  return key
}

function endpointOf({ address, port, tls }: Remote): Endpoint {
  if (tls === undefined) return { address, port }
  const { serverName, verify, authorities } = tls
  return {
    address,
    port,
    tls: {
      verify,
      ...(serverName !== undefined && { serverName }),
      ...(authorities !== undefined && { authorities: readTextFile(authorities, MAX_AUTHORITIES) }),
    },
  }
}

/** Values of a TSIG's error field; 16 is BADVERS elsewhere (RFC 8945 §3). */
const TSIG_ERRORS: Readonly<Record<number, string>> = { 16: 'BADSIG', 17: 'BADKEY', 18: 'BADTIME', 22: 'BADTRUNC' }

function tsigWords(verdict: { verdict: 'bad'; reason: string } | { verdict: 'refused'; error: number }): string {
  if (verdict.verdict === 'refused')
    return `it does not accept our signature (${TSIG_ERRORS[verdict.error] ?? verdict.error})`
  return verdict.reason === 'unsigned' ? 'its answer is not signed' : `its signature is not good (${verdict.reason})`
}

function failed(remote: Remote, reason: string): DnsError {
  return new DnsError('exchange-failed', `${describeServer(remote)}: ${reason}`)
}
