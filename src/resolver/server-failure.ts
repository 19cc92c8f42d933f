/**
 * Why the servers of a zone were of no use to one fetch: kept while it runs, and put into one sentence when it fails. The sentence
 * names each server by its address and says what it did, so that the operator knows where to look first.
 */
import type { Name } from '../dns/name/index.ts'
import { A, AAAA, rdataText } from '../dns/rr/index.ts'
import type { Endpoint, Protocol } from '../ports/index.ts'

export type ServerFailureKind =
  /** No reply in time. */
  | 'silent'
  /** The network, the peer's system or TLS refused: `detail` has the reason. */
  | 'network'
  /** The reply over UDP was truncated, and TCP failed: `detail` has the reason. */
  | 'truncated'
  /** An RCODE that is no answer: `detail` has its mnemonic. */
  | 'rcode'
  /** A reply that does not parse. */
  | 'malformed'
  /** It does not serve the zone: an upward referral, or an answer without authority. */
  | 'lame'
  /** NOERROR with no records at all. */
  | 'empty'
  /** Its answer did not validate. */
  | 'bogus'

export type ServerFailure = {
  readonly endpoint: Endpoint
  readonly protocol: Protocol
  readonly kind: ServerFailureKind
  readonly detail?: string
}

/** The server as operators write it: the port is left out where it is 53. */
export function serverText({ address, port }: Pick<Endpoint, 'address' | 'port'>): string {
  // This server itself has no address.
  if (address.length === 0) return 'this server'
  const text = rdataText(address.length === 4 ? A.number : AAAA.number, address)
  return port === DNS_PORT ? text : `${text}@${port}`
}

/** What the server did: `192.0.2.1 did not reply`. */
export function failureText(failure: ServerFailure): string {
  return `${serverText(failure.endpoint)} ${failurePredicate(failure)}`
}

/** The same without the server, from the verb on. */
export function failurePredicate({ protocol, kind, detail }: Omit<ServerFailure, 'endpoint'>): string {
  if (kind === 'truncated') return `truncated its reply, and TCP failed (${detail})`
  const by = protocol === 'udp' ? '' : ` over ${PROTOCOL_NAMES[protocol]}`
  // Over TLS and HTTPS it may well have been reached.
  const verb = protocol === 'udp' || protocol === 'tcp' ? 'reached' : 'used'
  if (kind === 'network') return `could not be ${verb}${by} (${detail})`
  return `${PREDICATES[kind] ?? `returned ${detail}`}${by}`
}

const DNS_PORT = 53
const PROTOCOL_NAMES: Readonly<Record<Exclude<Protocol, 'udp'>, string>> = { tcp: 'TCP', tls: 'TLS', https: 'HTTPS' }
/** Servers that one sentence names. */
const MOST_NAMED = 6

const PREDICATES: Readonly<Partial<Record<ServerFailureKind, string>>> = {
  silent: 'did not reply',
  malformed: 'returned a message that does not parse',
  lame: 'does not serve the zone (lame)',
  empty: 'returned an empty answer',
  bogus: 'returned an answer that does not validate',
}

/** Why a name server has no address that could be asked. */
export type NameFailure = { readonly text: string; readonly isCircle: boolean }

/** The failures of one fetch, the last one of each server. */
export class ServerFailures {
  // Most fetches have none.
  #servers: Map<string, ServerFailure> | undefined
  #names: Map<string, string> | undefined
  /** The zones on the way need each other's addresses. */
  isCircle = false

  /** `key`: of the server. */
  add(key: string, failure: ServerFailure): void {
    this.#servers ??= new Map()
    this.#servers.set(key, failure)
  }

  /** The address of a name server could not be found; `text` is a clause that says why. `isCircle`: finding it needs itself. */
  addName(name: Name, { text, isCircle }: NameFailure): void {
    this.#names ??= new Map()
    this.#names.set(name.key, text)
    this.isCircle ||= isCircle
  }

  has(key: string): boolean {
    return this.#servers?.has(key) === true
  }

  get list(): readonly ServerFailure[] {
    return [...(this.#servers?.values() ?? [])]
  }

  /** Whether no server replied, be it with an error: they are silent, or cannot be reached. */
  get isSilence(): boolean {
    const { list } = this
    return list.length > 0 && list.every(({ kind }) => kind === 'silent' || kind === 'network')
  }

  /** Whether communication with each server failed: the network, TLS, HTTPS. Silence is none. */
  get isNetwork(): boolean {
    const { list } = this
    return list.length > 0 && list.every(({ kind }) => kind === 'network' || kind === 'truncated')
  }

  /** The failures as one clause; undefined when nothing failed. */
  get sentence(): string | undefined {
    const clauses = [...this.list.map(failureText), ...(this.#names?.values() ?? [])]
    if (clauses.length === 0) return undefined
    const named = clauses.slice(0, MOST_NAMED).join('; ')
    const more = clauses.length - MOST_NAMED
    return more > 0 ? `${named}; and ${more} more` : named
  }
}
