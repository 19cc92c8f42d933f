/** All that a resolver remembers, in one place: to be shown, and to be forgotten. */
import type { Name } from '../../dns/name/index.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import { RRSIG, rdataText, typeMnemonic } from '../../dns/rr/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import { AggressiveCache, type AggressiveCacheSettings } from './aggressive-cache.ts'
import { FailureCache, type FailureCacheSettings } from './failure-cache.ts'
import { InfrastructureCache, type InfrastructureSettings } from './infrastructure-cache.ts'
import { MessageCache, type MessageCacheSettings } from './message-cache.ts'
import { ReferralProofs } from './referral-proofs.ts'
import { RRsetCache, type RRsetCacheSettings } from './rrset-cache.ts'
import { UncutNames } from './uncut-names.ts'

export type CachesSettings = {
  readonly rrsets: RRsetCacheSettings
  readonly messages: MessageCacheSettings
  readonly failures: FailureCacheSettings
  readonly denials: AggressiveCacheSettings
  readonly infrastructure: InfrastructureSettings
}

const NXDOMAIN = 3
const MEBI = 1024 * 1024

/** What a resolver of a small organisation needs; `secret` has 16 octets that nobody knows. */
export function defaultCachesSettings(secret: Uint8Array): CachesSettings {
  return {
    rrsets: { maxOctets: 64 * MEBI, minTtl: 0, maxTtl: 86400, staleSeconds: 0 },
    messages: { maxOctets: 32 * MEBI, maxNegativeTtl: 3600, bogusSeconds: 60, staleSeconds: 0 },
    failures: { maxOctets: 4 * MEBI, firstSeconds: 5 },
    denials: { maxOctets: 16 * MEBI, maxNsec3Iterations: 50, maxNegativeTtl: 3600 },
    infrastructure: { maxOctets: 8 * MEBI, rememberSeconds: 900, secret },
  }
}

export class Caches {
  readonly rrsets: RRsetCache
  /** Addresses of servers as the parents of their zones tell them: for when those that the servers tell are of no use. */
  readonly glue: RRsetCache
  /** What referrals brought to prove that the zone they lead to has no DS. */
  readonly absentDs: ReferralProofs
  /** Names at which no zone of its own begins. */
  readonly uncut: UncutNames
  readonly messages: MessageCache
  readonly failures: FailureCache
  readonly denials: AggressiveCache
  readonly infrastructure: InfrastructureCache
  readonly #settings: CachesSettings

  /** `known`: what servers are like is known from elsewhere. */
  constructor(settings: CachesSettings, known?: { readonly infrastructure: InfrastructureCache }) {
    this.#settings = settings
    this.rrsets = new RRsetCache(settings.rrsets)
    this.glue = new RRsetCache({ ...settings.rrsets, maxOctets: Math.ceil(settings.rrsets.maxOctets / 8) })
    this.absentDs = new ReferralProofs(Math.ceil(settings.rrsets.maxOctets / 8))
    this.uncut = new UncutNames(Math.ceil(settings.rrsets.maxOctets / 16))
    this.messages = new MessageCache(settings.messages)
    this.failures = new FailureCache(settings.failures)
    this.denials = new AggressiveCache(settings.denials, this.rrsets)
    this.infrastructure = known?.infrastructure ?? new InfrastructureCache(settings.infrastructure)
  }

  /**
   * Empty caches in place of these, which share what is known of servers. Those who still use the old ones put nothing into the
   * new ones.
   */
  replaced(): Caches {
    return new Caches(this.#settings, this)
  }

  /** Forgets a name, or one type of it, and every answer that was made with it. Returns how many entries went. */
  flush(name: Name, type?: number): number {
    return this.#flushWhere((owner) => owner.equals(name), type)
  }

  /** Forgets a name and all below it. Returns how many entries went. */
  flushSubtree(name: Name): number {
    return this.#flushWhere((owner) => owner.isAtOrBelow(name), undefined)
  }

  #flushWhere(isMeant: (name: Name) => boolean, only: number | undefined): number {
    const goes = (name: Name, type: number): boolean => (only === undefined || type === only) && isMeant(name)
    const setGoes = ({ owner, type }: RRset): boolean => goes(owner, type)
    return (
      this.rrsets.deleteWhere(setGoes) +
      this.glue.deleteWhere(setGoes) +
      this.absentDs.deleteWhere(setGoes) +
      this.uncut.deleteWhere(isMeant) +
      this.messages.deleteWhere(
        ({ name, type, rcode, answer, authority }) =>
          // An NXDOMAIN speaks of all types.
          (rcode === NXDOMAIN ? isMeant(name) : goes(name, type)) || answer.some(setGoes) || authority.some(setGoes),
      ) +
      this.failures.deleteWhere(({ name, type }) => goes(name, type)) +
      this.denials.deleteWhere(setGoes)
    )
  }

  clear(): void {
    this.rrsets.clear()
    this.glue.clear()
    this.absentDs.clear()
    this.uncut.clear()
    this.messages.clear()
    this.failures.clear()
    this.denials.clear()
    this.infrastructure.clear()
  }

  /**
   * What is in the cache, a line a record: owner, TTL that is left, class, type, RDATA; after a semicolon what is known of its truth.
   * Denials and failures are lines that begin with a semicolon.
   */
  *dump(now: SteadySeconds): Generator<string> {
    for (const { rrset } of this.rrsets.values()) {
      const { owner, type, security } = rrset
      const head = `${owner} ${secondsLeft(rrset, now)} IN`
      for (const rdata of rrset.rdatas) yield `${head} ${typeMnemonic(type)} ${rdataText(type, rdata)} ; ${security}`
      for (const rdata of rrset.signatures) yield `${head} RRSIG ${rdataText(RRSIG.number, rdata)} ; ${security}`
    }
    for (const message of this.messages.values()) {
      const { name, type, rcode, answer, security } = message
      if (answer.length > 0) continue
      const what = rcode === 0 ? `${typeMnemonic(type)} NODATA` : 'ANY NXDOMAIN'
      yield `; ${name} ${secondsLeft(message, now)} IN ${what} ; ${security}`
    }
    for (const { name, type, until, streak } of this.failures.values()) {
      const left = secondsLeft({ expires: until }, now)
      yield `; ${name} ${left} IN ${typeMnemonic(type)} SERVFAIL ; failure ${streak} in a row`
    }
  }
}

function secondsLeft({ expires }: { readonly expires: SteadySeconds }, now: SteadySeconds): number {
  return Math.max(0, Math.floor(expires - now))
}
