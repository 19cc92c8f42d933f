/** The settings of the configuration that answers depend on, in the forms that workers and the control thread take them. */
import { AnswerCacheWriter, type AnsweringSettings, RateLimit, type SharedRateLimit } from '../authority/index.ts'
import type { Random } from '../ports/index.ts'
import type { Configuration } from './configuration/index.ts'

const COOKIE_SECRET_OCTETS = 16
const RATE_SECRET_OCTETS = 16

/** Keeps what must survive a reload: secrets made by the server itself, the table of the rate limit, the answer cache. */
export class Answering {
  readonly #random: Random
  #ownSecrets: Uint8Array[] = []
  #rateLimit: SharedRateLimit | undefined
  #rateLimitKey = ''
  /** What the resolver leaves for those who ask next, if there is one. */
  answers: AnswerCacheWriter | undefined

  constructor(random: Random) {
    this.#random = random
  }

  settings(configuration: Configuration): AnsweringSettings {
    const { maxUdpPayload, minimalResponses, nsid, version, hostname, tcp } = configuration.server
    return {
      maxUdpPayload,
      isMinimal: minimalResponses,
      nsid,
      version,
      hostname,
      cookieSecrets: this.#cookieSecrets(configuration),
      rateLimit: this.#shareRateLimit(configuration),
      rateLimitExempt: configuration.server.rateLimit?.exempt.addressRules ?? [],
      keepaliveDeciseconds: Math.min(tcp.idleSeconds * 10, 65535),
      resolving: this.#resolving(configuration),
    }
  }

  #resolving({ resolver }: Configuration): AnsweringSettings['resolving'] {
    // Whether there is a resolver is settled at the start.
    if (resolver.enabled) this.answers ??= AnswerCacheWriter.create(resolver.cache.answerOctets, this.#random)
    if (this.answers === undefined) return undefined
    return { cache: this.answers.buffer, clients: resolver.allow.addressRules }
  }

  /** Replaces the secret that the server made for its cookies; those made with the last one stay good. */
  rotateCookieSecret(): void {
    const [last] = this.#ownSecrets
    const next = this.#random.bytes(COOKIE_SECRET_OCTETS)
    this.#ownSecrets = last === undefined ? [next] : [next, last]
  }

  #cookieSecrets(configuration: Configuration): readonly Uint8Array[] {
    const { enabled, secrets } = configuration.server.cookies
    if (!enabled) return []
    if (secrets.length > 0) return secrets.map(({ octets }) => octets)
    if (this.#ownSecrets.length === 0) this.rotateCookieSecret()
    return this.#ownSecrets
  }

  #shareRateLimit(configuration: Configuration): SharedRateLimit | undefined {
    const { rateLimit } = configuration.server
    if (rateLimit === undefined) return undefined
    const { responsesPerSecond, whitelistedPerSecond, slip, ipv4PrefixLength, ipv6PrefixLength, tableSize } = rateLimit
    const options = {
      size: tableSize,
      perSecond: responsesPerSecond,
      whitelistedPerSecond,
      slip,
      ipv4PrefixLength,
      ipv6PrefixLength,
    }
    const key = JSON.stringify(options)
    if (this.#rateLimit === undefined || key !== this.#rateLimitKey) {
      this.#rateLimit = RateLimit.share(options, this.#random.bytes(RATE_SECRET_OCTETS))
      this.#rateLimitKey = key
    }
    return this.#rateLimit
  }
}
