/**
 * Addresses of networks that names of the DNS must not lead to, against DNS rebinding: a name of an attacker that resolves to
 * 10.0.0.1 makes a browser send requests to that machine. They are removed from each reply before any of it is used or cached.
 *
 * In answers they are moved to `withheld` of their RRset: signatures are over the whole RRset, and are verified over it.
 */
import type { Name } from '../dns/name/index.ts'
import { A, AAAA, rdataText, typeMnemonic } from '../dns/rr/index.ts'
import type { RRset } from '../dnssec/index.ts'
import type { Verdict } from '../validator/index.ts'
import type { Asked } from './classify.ts'
import type { Server } from './delegation.ts'
import type { Reply } from './reply.ts'
import type { Remark } from './resolution.ts'
import type { Routes } from './routes.ts'
import type { PrivateNetwork, ResolverSettings } from './settings.ts'

/** RFC 8914 §4.16: by a policy of the operator of this resolver. Filtered (17) is for what the client itself has asked for. */
const EDE_BLOCKED = 15
/** Addresses that one extended error names. */
const MOST_NAMED = 3
const MAPPED_PREFIX = 12

/** A record that was removed. */
export type RemovedAddress = {
  readonly owner: Name
  readonly type: number
  readonly text: string
  readonly network: string
}
/** Called for each record that is removed. */
export type OnRemovedAddress = (removed: RemovedAddress) => void

export class PrivateAddresses {
  readonly #ipv4: readonly PrivateNetwork[]
  readonly #ipv6: readonly PrivateNetwork[]
  readonly #domains: ReadonlySet<string>
  readonly #onRemoved: OnRemovedAddress | undefined

  /** Undefined: every address is allowed. */
  static of(settings: PrivateSettings, onRemoved?: OnRemovedAddress): PrivateAddresses | undefined {
    return settings.privateAddresses.length === 0 ? undefined : new PrivateAddresses(settings, onRemoved)
  }

  private constructor({ privateAddresses: networks, privateDomains }: PrivateSettings, onRemoved?: OnRemovedAddress) {
    this.#ipv4 = networks.filter(({ prefix }) => prefix.length === 4)
    this.#ipv6 = networks.filter(({ prefix }) => prefix.length === 16)
    this.#domains = new Set(privateDomains.map(({ key }) => key))
    this.#onRemoved = onRemoved
  }

  /** The reply without addresses that its names must not have: the same object when it has none of them. */
  removeFrom(reply: Reply): Reply {
    const answer = this.#filter(reply.answer, true)
    const authority = this.#filter(reply.authority, false)
    const additional = this.#filter(reply.additional, false)
    const isSame = answer === reply.answer && authority === reply.authority && additional === reply.additional
    return isSame ? reply : { ...reply, answer, authority, additional }
  }

  /** Whether the RRset has an address that names in general must not have, whatever its own name is. */
  holdsPrivate({ type, rdatas }: RRset): boolean {
    return isAddressType(type) && rdatas.some((rdata) => this.#networkOf(rdata) !== undefined)
  }

  /** Names the records of an answer that were removed; undefined when none was. */
  remarkOn(sets: readonly RRset[]): Remark | undefined {
    const words: string[] = []
    let more = 0
    for (const set of sets) {
      for (const rdata of set.withheld ?? []) {
        if (words.length < MOST_NAMED) words.push(wordsFor(this.#removed(set, rdata)))
        else more++
      }
    }
    if (words.length === 0) return undefined
    return { code: EDE_BLOCKED, text: `${words.join(', ')}${more > 0 ? `, and ${more} more` : ''}` }
  }

  #filter(sets: readonly RRset[], isAnswer: boolean): readonly RRset[] {
    let filtered: RRset[] | undefined
    for (const [i, set] of sets.entries()) {
      const isClean = !this.holdsPrivate(set) || this.#isExempt(set.owner)
      if (isClean) {
        filtered?.push(set)
        continue
      }
      filtered ??= sets.slice(0, i)
      const rdatas: Uint8Array[] = []
      const withheld: Uint8Array[] = []
      for (const rdata of set.rdatas) {
        if (this.#networkOf(rdata) === undefined) rdatas.push(rdata)
        else {
          withheld.push(rdata)
          this.#onRemoved?.(this.#removed(set, rdata))
        }
      }
      if (isAnswer) filtered.push({ ...set, rdatas, withheld })
      // Beside an answer, addresses are for reaching servers: they are not verified.
      else if (rdatas.length > 0) filtered.push({ ...set, rdatas, signatures: [] })
    }
    return filtered ?? sets
  }

  #removed({ owner, type }: RRset, rdata: Uint8Array): RemovedAddress {
    return { owner, type, text: rdataText(type, rdata), network: this.#networkOf(rdata)?.text ?? '' }
  }

  #isExempt(owner: Name): boolean {
    if (this.#domains.size === 0) return false
    for (let at = owner; ; at = at.parent) {
      if (this.#domains.has(at.key)) return true
      if (at.isRoot) return false
    }
  }

  #networkOf(address: Uint8Array): PrivateNetwork | undefined {
    if (address.length === 4) return this.#ipv4.find((network) => isIn(address, 0, network))
    const found = this.#ipv6.find((network) => isIn(address, 0, network))
    if (found !== undefined || !isMapped(address)) return found
    return this.#ipv4.find((network) => isIn(address, MAPPED_PREFIX, network))
  }
}

type PrivateSettings = Pick<ResolverSettings, 'privateAddresses' | 'privateDomains'>

type RemovalParts = { readonly privateAddresses?: PrivateAddresses | undefined; readonly routes: Routes }

/** What may be used of the reply of a server of `zone`. What this server says of its own zones does not come from the network. */
export function withoutPrivate(
  { privateAddresses, routes }: RemovalParts,
  { zone }: Pick<Asked, 'zone'>,
  { key }: Server,
  reply: Reply,
): Reply {
  return privateAddresses === undefined || routes.isOwnWord(zone, key) ? reply : privateAddresses.removeFrom(reply)
}

/** The RRset as its zone has it, for its signatures: a new object, or the same when nothing was removed. */
export function wholeOf(set: RRset): RRset {
  const { withheld, ...rest } = set
  return withheld === undefined ? set : { ...rest, rdatas: [...set.rdatas, ...withheld] }
}

/**
 * The verdict on an answer that lost records, when the whole was judged by `verdict`: what is left of a secure one is not what its
 * zone has signed.
 */
export function verdictOnRest(verdict: Verdict): Verdict {
  if (verdict.status !== 'secure') return verdict
  const { expires } = verdict
  const detail = 'its signatures hold; addresses of private networks were removed from it'
  return { status: 'insecure', evidence: [], detail, ...(expires !== undefined && { expires }) }
}

function wordsFor({ owner, type, text, network }: RemovedAddress): string {
  return `${owner} ${typeMnemonic(type)} ${text} is in the private network ${network}`
}

function isAddressType(type: number): boolean {
  return type === A.number || type === AAAA.number
}

/** ::ffff:a.b.c.d (RFC 4291 §2.5.5.2). */
function isMapped(address: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return false
  return address[10] === 0xff && address[11] === 0xff
}

/** Whether the address that begins at `at` has the prefix. */
function isIn(address: Uint8Array, at: number, { prefix, bits }: PrivateNetwork): boolean {
  const whole = bits >>> 3
  for (let i = 0; i < whole; i++) if (address[at + i] !== prefix[i]) return false
  const rest = bits & 7
  return rest === 0 || (((address[at + whole] ?? 0) ^ (prefix[whole] ?? 0)) & (0xff00 >>> rest) & 0xff) === 0
}
