/**
 * Zones whose signatures take long to check (KeyTrap, CVE-2023-50387). Of one tag 4 keys are tried, of one RRset 8 signatures, for one
 * query 64 verifications are made. Others: 32 for a query in Unbound (`val-validation-attempts`).
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { A, DNSKEY, parseRdata, RRSIG } from '../../src/dns/rr/index.ts'
import type { MessageRecord } from '../../src/dns/wire/index.ts'
import { computeKeyTag, generateKey, type SigningKey, Verifier } from '../../src/dnssec/index.ts'
import { fixedKey, fixedPair } from '../../src/signer/fixed-keys.fixture.ts'
import type { PrepareKey } from '../../src/validator/index.ts'
import { changing, type Fault } from '../internet/host.ts'
import { Internet } from '../internet/internet.ts'
import type { ZoneOptions } from '../internet/zones.ts'
import { ATTACK, collidingKeys, lines, stillServes, withinCosts } from './attacker.fixture.ts'

const VICTIM = { text: 'www A 192.0.2.1' }
/** Root, `attack.` and its DNSKEY RRset: what is good costs these verifications. */
const GOOD = 3

function world(attack: ZoneOptions, more: Record<string, ZoneOptions> = {}): Internet {
  return new Internet({ '.': {}, 'victim.': VICTIM, 'attack.': attack, ...more })
}

/** As many wrong signatures as told instead of each one over the type. */
function forging(count: number, type: number): Fault {
  const forge = (record: MessageRecord): MessageRecord[] =>
    Array.from({ length: count }, (_, n) => {
      const rdata = record.rdata.slice()
      for (const i of [1, 2, 3]) rdata[rdata.length - i] = (rdata[rdata.length - i] ?? 0) ^ (n >> (7 * (i - 1))) ^ 1
      return { ...record, rdata }
    })
  const change = (records: readonly MessageRecord[]): MessageRecord[] =>
    records.flatMap((record) => {
      const covered = ((record.rdata[0] ?? 0) << 8) | (record.rdata[1] ?? 0)
      return record.type === RRSIG.number && covered === type ? forge(record) : record
    })
  return changing((reply) => ({ ...reply, answer: change(reply.answer), authority: change(reply.authority) }))
}

describe('KeyTrap (CVE-2023-50387)', () => {
  for (const count of [9, 500]) {
    it(`${count} keys of one tag, ${count} signatures over an answer`, () => {
      const zsk = fixedKey(15, 'zsk', ATTACK)
      const internet = world({ text: ['www A 192.0.2.9', ...collidingKeys(zsk, count)].join('\n') })
      internet.host('attack.').spoil(forging(count, A.number))
      const resolver = internet.resolver()
      const { rcode, security, verdict } = resolver.resolve('www.attack.', 'A')
      assert.deepEqual([rcode, security, verdict?.reason], [2, 'bogus', 'work-exceeded'])
      withinCosts(resolver.costs, { verifications: GOOD + 4, exchanges: 8 })
      stillServes(resolver)
      // It is remembered: who asks again costs nothing.
      resolver.resolve('www.attack.', 'A')
      withinCosts(resolver.costs, { verifications: 0, exchanges: 0 })
    })

    it(`${count} keys of one tag, ${count} signatures over the keys themselves`, () => {
      const ksk = fixedKey(15, 'ksk', ATTACK)
      const internet = world({ text: ['www A 192.0.2.9', ...collidingKeys(ksk, count)].join('\n') })
      internet.host('attack.').spoil(forging(Math.min(count, 200), 48))
      const resolver = internet.resolver()
      const { rcode, security } = resolver.resolve('www.attack.', 'A')
      assert.deepEqual([rcode, security], [2, 'bogus'])
      // The one key that the parent vouches for, with 8 signatures; each of three times that the keys are fetched.
      withinCosts(resolver.costs, { verifications: GOOD + 3 * 8, exchanges: 12 })
      stillServes(resolver)
    })

    it(`${count} DS records for ${count} keys, all of one tag`, () => {
      const ksk = fixedKey(15, 'ksk', ATTACK.child('sub'))
      const keys = collidingKeys(ksk, count)
      const ds = Array.from({ length: count }, (_, n) => `${ksk.tag} 15 2 ${n.toString(16).padStart(64, '0')}`)
      const internet = world({}, { 'sub.attack.': { text: ['www A 192.0.2.9', ...keys].join('\n'), ds } })
      const resolver = internet.resolver()
      const { rcode, security } = resolver.resolve('www.sub.attack.', 'A')
      assert.deepEqual([rcode, security], [2, 'bogus'])
      withinCosts(resolver.costs, { verifications: GOOD + 1, exchanges: 12 })
      stillServes(resolver)
    })
  }

  it('1,200 DS records for 40 keys that sign nothing, all of one tag', () => {
    const zone = ATTACK.child('sub')
    const keys = collidingKeys(fixedKey(15, 'ksk', zone), 40).map((text) => text.replace('DNSKEY 257', 'DNSKEY 1'))
    const tag = computeKeyTag(parseRdata(DNSKEY.number, keys[0]?.replace('@ DNSKEY', '') ?? ''))
    const ds = Array.from({ length: 1200 }, (_, n) => `${tag} 15 2 ${n.toString(16).padStart(64, '0')}`)
    const internet = world({}, { 'sub.attack.': { text: ['www A 192.0.2.9', ...keys].join('\n'), ds } })
    const resolver = internet.resolver()
    const { security, verdict } = resolver.resolve('www.sub.attack.', 'A')
    assert.equal(security, 'bogus')
    assert.ok((verdict?.detail?.length ?? 0) < 3000, 'nobody reads more')
    withinCosts(resolver.costs, { verifications: GOOD + 1, exchanges: 14 })
    stillServes(resolver)
  })

  it('the dearest keys: P-384, as many of a tag as are tried, signatures without end, over every RRset', async () => {
    const dear = await dearestKey()
    const zsk = fixedKey(15, 'zsk', ATTACK)
    const text = ['www A 192.0.2.9', lines(40, (n) => `www TYPE${2000 + n} \\# 0`), ...collidingKeys(zsk, 2)].join('\n')
    const internet = world({ text })
    const host = internet.host('attack.')
    for (const type of [A.number, 47, 6, ...Array.from({ length: 40 }, (_, n) => 2000 + n)])
      host.spoil(forging(9, type))
    // Every key but the real ones costs as much as one of P-384 that is on its curve.
    const prepareKey: PrepareKey = (algorithm, octets) =>
      algorithm === 15 && fixedPair(15).some(({ publicKey }) => Buffer.compare(publicKey, octets) === 0)
        ? Verifier.create(algorithm, octets)
        : dear
    for (const [name, type] of [
      ['www.attack.', 'A'],
      ['www.attack.', 'ANY'],
      ['nothing.attack.', 'A'],
      ['www.attack.', 'TXT'],
    ] as const) {
      const resolver = internet.resolver({ validation: { prepareKey } })
      const { rcode, security } = resolver.resolve(name, type)
      assert.deepEqual([rcode, security], [2, 'bogus'])
      withinCosts(resolver.costs, { verifications: 64, exchanges: 10 }, `${name} ${type}`)
      stillServes(resolver)
    }
  })

  it('RFC4034 §B: keys that collide by chance harm nothing', () => {
    const zsk = fixedKey(15, 'zsk', ATTACK)
    const internet = world({ text: ['www A 192.0.2.9', ...collidingKeys(zsk, 2)].join('\n') })
    assert.equal(internet.resolver().resolve('www.attack.', 'A').security, 'secure')
  })

  it('RFC3110 §2: keys with exponents as long as the modulus are none', () => {
    // 3,072 bits each: one verification would take some milliseconds.
    const long = new Uint8Array(3 + 384 + 384).fill(0xff)
    long.set([0, 1, 0x80])
    assert.equal(Verifier.create(8, long), 'unsupported')
  })
})

/** A key of P-384, to which a signature is put that is not its own. */
async function dearestKey(): Promise<{ verify(data: Uint8Array, signature: Uint8Array): boolean }> {
  const key: SigningKey = await generateKey({ zone: ATTACK, algorithm: 14, role: 'csk' })
  const verifier = Verifier.create(14, key.publicKey)
  if (typeof verifier === 'string') throw new Error(verifier)
  const other = new Uint8Array(96)
  key.signer().sign(key.dnskeyRdata, other, 0)
  return { verify: (data) => verifier.verify(data, other) }
}
