import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { textSource } from '../dns/text/index.ts'
import { MemoryKeyStore } from '../dnssec/index.ts'
import { fixedKey, fixedPair } from '../signer/fixed-keys.fixture.ts'
import { planSigning, type SigningPlan, type ZonemdHash } from '../signer/index.ts'
import { KeyFolderStore, writeKey } from '../store/index.ts'
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

  it('with a folder of keys: each worker opens it, and makes the same zone', async () => {
    const { pool, store } = await makeFolder()
    try {
      const pieces: Uint8Array[] = []
      await signPlan(plan([]), store, pool, { write: (text) => pieces.push(text) })
      assert.equal(Buffer.concat(pieces).toString('latin1'), await sign([], undefined))
    } finally {
      await pool.close()
    }
  })

  it('a task begins while the others of one that failed still end', async () => {
    const pool = createSigningPool(2)
    try {
      for (let time = 0; time < 2; time++) {
        // Both workers fail, one of them first.
        const empty = {
          publicKey: KEYS.publicKey.bind(KEYS),
          sign: KEYS.sign.bind(KEYS),
          share: () => new MemoryKeyStore().share(),
        }
        await assert.rejects(signPlan(plan([]), empty, pool, {}), { code: 'key-missing' })
        await signPlan(plan([]), KEYS, pool, {})
      }
    } finally {
      await pool.close()
    }
  })

  it('a key file that disappears before, or when workers are to open it, is an error with its name; the pool serves on', async () => {
    const { pool, store, folder } = await makeFolder()
    const [ksk, zsk] = [fixedKey(15, 'ksk', APEX), fixedKey(15, 'zsk', APEX)]
    const expected = { code: 'key-missing', message: `${zsk.name} has no private key here` }
    let written = 0
    const output = { write: () => written++ }
    try {
      // Opened in this thread and gone for the others.
      await store.publicKey(ksk.ref)
      await store.publicKey(zsk.ref)
      renameSync(join(folder, `${zsk.name}.private`), join(folder, 'kept'))
      await assert.rejects(signPlan(plan([]), store, pool, output), expected)
      await assert.rejects(signPlan(plan([]), new KeyFolderStore(folder), pool, output), expected)
      await assert.rejects(signPlan(plan([]), new KeyFolderStore(folder), undefined, output), expected)
      assert.equal(written, 0)
      renameSync(join(folder, 'kept'), join(folder, `${zsk.name}.private`))
      await signPlan(plan([]), store, pool, output)
      assert.ok(written > 4)
    } finally {
      await pool.close()
    }
  })
})

async function makeFolder(): Promise<{ pool: SigningPool; store: KeyFolderStore; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-sign-plan-'))
  after(() => rmSync(folder, { recursive: true }))
  for (const key of fixedPair(15, APEX)) await writeKey(folder, key, { form: 'bind', now: 0 })
  return { pool: createSigningPool(2), store: new KeyFolderStore(folder), folder }
}
