/** When the keys of a trust point are looked at again (RFC 5011 §2.3). */

const HOUR = 3600
const DAY = 24 * HOUR

/** After a success. `ttl`: the original one of the DNSKEY RRset; `left`: how long its signature still holds; both in seconds. */
export function querySeconds(ttl: number, left: number): number {
  return Math.floor(Math.max(HOUR, Math.min(15 * DAY, ttl / 2, left / 2)))
}

/** After a failure. */
export function retrySeconds(ttl: number, left: number): number {
  return Math.floor(Math.max(HOUR, Math.min(DAY, ttl / 10, left / 10)))
}

/** Up to a tenth earlier, so that not all the world asks at one time. `chance` has 16 bits or more. */
export function spread(seconds: number, chance: number): number {
  return seconds - (chance % (Math.floor(seconds / 10) + 1))
}
