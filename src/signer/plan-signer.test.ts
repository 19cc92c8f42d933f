/** Batches for a key store sign a plan as keys in this thread do, whatever parts it is signed in. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { textSource } from '../dns/text/index.ts'
import { MemoryKeyStore } from '../dnssec/index.ts'
import type { KeyRef, KeySigner, SigningBatch } from '../ports/key-store.ts'
import { loadRecords, printRecords } from '../zone/index.ts'
import { fixedKey, fixedPair } from './fixed-keys.fixture.ts'
import {
  finishZonemd,
  PlanSigner,
  planSigning,
  type SignablePlan,
  type SigningOptions,
  type SigningPlan,
} from './index.ts'
import { EXPIRATION, INCEPTION, NSEC3, signText } from './signing.fixture.ts'

const APEX = Name.parse('example.')
const HOSTS = Array.from(
  { length: 2000 },
  (_, i) => `h${i} A 10.0.${i >> 8}.${i & 255}\nh${i} TXT "${'x'.repeat(i % 200)}"\n`,
)
const TEXT = `$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n${HOSTS.join('')}`
/** Two algorithms whose signatures are always the same, a key that signs keys only, one that does both and one that is revoked. */
const KEYS = [
  ...fixedPair(15, APEX),
  fixedKey(8, 'csk', APEX),
  fixedKey(16, 'ksk', APEX).revoke(),
  fixedKey(16, 'csk', APEX),
]
const OPTIONS: SigningOptions = {
  signWith: KEYS,
  publish: [],
  denial: NSEC3,
  inception: INCEPTION,
  expiration: EXPIRATION,
  jitterSeconds: 0,
  serial: 'keep',
  zonemd: [1],
  now: INCEPTION,
  random: { bytes: (length) => new Uint8Array(length) },
}

/** A store that counts, and says in which order it was asked. */
class CountingStore implements KeySigner {
  readonly asked: { readonly ref: KeyRef; readonly messages: number }[] = []
  readonly #store = new MemoryKeyStore(KEYS)

  async sign(ref: KeyRef, batch: SigningBatch): Promise<void> {
    this.asked.push({ ref, messages: batch.ends.length })
    // The memory of a batch is its store's until this resolves, however long that takes.
    await new Promise((resolve) => setTimeout(resolve, this.asked.length % 3))
    await this.#store.sign(ref, batch)
  }

  publicKey(ref: KeyRef): Promise<Uint8Array> {
    return this.#store.publicKey(ref)
  }
}

function plan(): { readonly plan: SigningPlan; readonly signable: SignablePlan } {
  const { table } = loadRecords(textSource(TEXT), APEX)
  const plan = planSigning(table, APEX, OPTIONS)
  const refs = (keys: readonly { readonly ref: KeyRef }[]): KeyRef[] => keys.map(({ ref }) => ref)
  const signers = { keys: refs(plan.signers.keys), zone: refs(plan.signers.zone) }
  return { plan, signable: { table, order: plan.order, apexAt: plan.zone.ownerOf(0), signers } }
}

describe('signing a plan with a key store', () => {
  it('makes the zone that keys in this thread make, part by part', async () => {
    const expected = signText(TEXT, OPTIONS).text
    const { plan: whole, signable } = plan()
    assert.ok(whole.parts.length > 4)
    const store = new CountingStore()
    const signer = new PlanSigner(signable, store)
    const parts = [...whole.parts].slice(0, -1).map((from, i) => [from, whole.parts[i + 1] ?? 0] as const)
    for (const [from, to] of parts.reverse()) await signer.sign(from, to)
    finishZonemd(whole)
    if (whole.zonemd === undefined) assert.fail()
    await signer.sign(whole.zonemd.from, whole.zonemd.to)
    const signed = Buffer.from(printRecords(signable.table, whole.order, 0, whole.order.length)).toString('latin1')
    assert.ok(signed === expected, 'octet by octet')
    const zonemd = 3
    assert.equal(
      store.asked.reduce((sum, { messages }) => sum + messages, 0),
      whole.counts.signatures + zonemd,
    )
    assert.ok(
      store.asked.length <= (parts.length + 1) * 3 + signable.signers.keys.length,
      'one batch for each key and part',
    )
  })

  it('ends with the error of the store, and signs what comes after', async () => {
    const { plan: whole, signable } = plan()
    const store = new MemoryKeyStore()
    await assert.rejects(new PlanSigner(signable, store).sign(0, whole.order.length), { code: 'key-missing' })
    await new PlanSigner(signable, new MemoryKeyStore(KEYS)).sign(0, whole.order.length)
  })
})
