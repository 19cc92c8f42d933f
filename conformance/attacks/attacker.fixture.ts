/** What attackers build their zones of, and how much their queries may cost. */
import assert from 'node:assert/strict'
import { Name } from '../../src/dns/name/index.ts'
import { DNSKEY, rdataText } from '../../src/dns/rr/index.ts'
import { computeKeyTag, type SigningKey } from '../../src/dnssec/index.ts'
import type { Costs, SimulatedResolver } from '../internet/simulated-resolver.ts'

/** The longest that the event loop may be held up, so that others hardly notice (milliseconds). */
const MOST_TURN = 50

/** That a query cost no more than this, and did not hold up others. */
export function withinCosts(costs: Readonly<Costs>, most: Partial<Costs>, what = ''): void {
  const text = `${what} ${JSON.stringify(costs)}`
  for (const key of ['verifications', 'hashes', 'hashRounds', 'exchanges'] as const) {
    assert.ok(costs[key] <= (most[key] ?? Number.POSITIVE_INFINITY), `${key}: ${text}`)
  }
  assert.ok(costs.turnMilliseconds < (most.turnMilliseconds ?? MOST_TURN), `turn: ${text}`)
  if (process.env.SIGNET_SHOW_COSTS !== undefined) console.log(text)
}

/** DNSKEY records, as text, of the tag of `key` and its algorithm: none of them is the key of anybody. */
export function collidingKeys(key: SigningKey, count: number): string[] {
  const texts: string[] = []
  for (let n = 1; texts.length < count; n++) {
    const rdata = key.dnskeyRdata.slice()
    // What one word of 16 bits gains another one loses: the tag is their sum.
    const at = rdata.length - 8 - 4 * (n % 4)
    add(rdata, at, n)
    add(rdata, at + 2, -n)
    if (computeKeyTag(rdata) === key.tag) texts.push(`@ DNSKEY ${rdataText(DNSKEY.number, rdata)}`)
  }
  return texts
}

function add(octets: Uint8Array, at: number, amount: number): void {
  const sum = (((octets[at] ?? 0) << 8) + (octets[at + 1] ?? 0) + amount) & 0xffff
  octets[at] = sum >>> 8
  octets[at + 1] = sum
}

/** That names of others resolve as ever. */
export function stillServes(resolver: SimulatedResolver, name = 'www.victim.'): void {
  const { rcode, security } = resolver.resolve(name, 'A')
  assert.deepEqual([rcode, security], [0, 'secure'])
}

/** `count` names, each on a line of its own. */
export function lines(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => line(n)).join('\n')
}

export const ATTACK: Name = Name.parse('attack.')
