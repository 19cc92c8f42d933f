import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { textSource } from '../dns/text/index.ts'
import { MemoryKeyStore } from '../dnssec/index.ts'
import { fixedPair } from '../signer/fixed-keys.fixture.ts'
import { planSigning, type SigningPlan, type ZonemdHash } from '../signer/index.ts'
import { loadRecords } from '../zone/index.ts'
import { createSigningPool, type SigningPool, signPlan } from './index.ts'

const APEX = Name.parse('example.')
const KEYS = new MemoryKeyStore(fixedPair(15, APEX))

/** A zone of several parts; Ed25519 signs it the same way each time. */
function plan(zonemd: ZonemdHash[]): SigningPlan {
  const hosts = Array.from({ length: 3000 }, (_, i) => `h${i} A 10.0.${i >> 8}.${i & 255}\n`)
  const text = `$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n${hosts.join('')}`
  const { table } = loadRecords(textSource(text), APEX)
  return planSigning(table, APEX, {
    signWith: fixedPair(15, APEX),
    publish: [],
    denial: { kind: 'nsec3', iterations: 0, salt: new Uint8Array(0), optOut: false },
    inception: 1767225600,
    expiration: 1769904000,
    jitterSeconds: 0,
    serial: 'keep',
    zonemd,
    now: 1767225600,
    random: { bytes: (length) => new Uint8Array(length) },
  })
}

async function sign(zonemd: ZonemdHash[], pool: SigningPool | undefined): Promise<string> {
  const pieces: Uint8Array[] = []
  await signPlan(plan(zonemd), KEYS, pool, { write: (text) => pieces.push(text) })
  return Buffer.concat(pieces).toString('latin1')
}

describe('signing in threads', () => {
  it('workers make the same zone as one thread, with ZONEMD too, and a pool serves again', async () => {
    const pool = createSigningPool(2)
    try {
      assert.ok(plan([]).parts.length > 4)
      assert.equal(await sign([], pool), await sign([], undefined))
      assert.equal(await sign([1, 2], pool), await sign([1, 2], undefined))
    } finally {
      await pool.close()
    }
  })

  it('a receiver that fails ends the signing with its error, and the pool can be closed', async () => {
    const pool = createSigningPool(2)
    const full = new Error('no space is left')
    const write = (): void => {
      throw full
    }
    try {
      await assert.rejects(signPlan(plan([]), KEYS, pool, { write }), full)
    } finally {
      await pool.close()
    }
  })
})
