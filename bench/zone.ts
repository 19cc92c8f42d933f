/**
 * Zones from file to file: parse, plan (with canonical order), sign, print, parse again, of a zone of `NAMES` names (20,000 unless the
 * environment says otherwise). Seconds of wall time, one JSON line each; signing and verifying use all processors.
 */
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Name } from '../src/dns/name/index.ts'
import { textSource } from '../src/dns/text/index.ts'
import { MemoryKeyStore } from '../src/dnssec/index.ts'
import { planSigning, type SigningOptions } from '../src/signer/index.ts'
import { createSigningPool, printPlan, signPlan } from '../src/threads/index.ts'
import { loadRecords, Zone } from '../src/zone/index.ts'

const APEX = Name.parse('example.')

/** A zone as the judges make it: an address for each name, AAAA for every fourth, MX for every tenth. */
export function plainZone(names: number): string {
  const lines = ['@ 3600 SOA ns1 hostmaster 1 7200 3600 1209600 3600', '@ NS ns1', 'ns1 A 192.0.2.1']
  for (let i = 0; i < names; i++) {
    lines.push(`h${i} A 10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`)
    if (i % 4 === 0) lines.push(`h${i} AAAA 2001:db8::${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}`)
    if (i % 10 === 0) lines.push(`h${i} MX 10 h${i}`)
  }
  return `${lines.join('\n')}\n`
}

function report(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name, value: Math.round(value * 1000) / 1000, unit }))
}

/** Runs it and reports how long it took, in seconds. */
async function timed<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const begun = performance.now()
  const result = await work()
  report(name, (performance.now() - begun) / 1000, 's')
  return result
}

async function signingOptions(keys: MemoryKeyStore): Promise<SigningOptions> {
  const key = (role: 'ksk' | 'zsk') => keys.generate({ zone: APEX, algorithm: 13, role })
  const now = Math.floor(Date.now() / 1000)
  return {
    signWith: [await key('ksk'), await key('zsk')],
    publish: [],
    denial: { kind: 'nsec3', iterations: 0, salt: new Uint8Array(0), optOut: false },
    inception: now - 3600,
    expiration: now + 30 * 86400,
    jitterSeconds: 0,
    serial: 'keep',
    zonemd: [],
    now,
    random: { bytes: (length) => randomBytes(length) },
  }
}

export async function run(): Promise<void> {
  const names = Number(process.env.NAMES ?? 20_000)
  const text = new TextEncoder().encode(plainZone(names))
  const keys = new MemoryKeyStore()
  const options = await signingOptions(keys)
  const { table } = await timed('zone.parse', () => loadRecords(textSource(text), APEX, { textLength: text.length }))
  const plan = await timed('zone.plan', () => planSigning(table, APEX, options))
  report('zone.signatures', plan.counts.signatures, 'count')
  const pool = createSigningPool(availableParallelism())
  const pieces: Uint8Array[] = []
  await timed('zone.sign', () => signPlan(plan, keys, pool, {}))
  await timed('zone.print', () => printPlan(plan, pool, { write: (piece) => pieces.push(piece) }))
  await pool.close()
  const signed = Buffer.concat(pieces)
  report('zone.signed', signed.length, 'octets')
  const again = await timed('zone.parse-signed', () =>
    loadRecords(textSource(signed), APEX, { textLength: signed.length }),
  )
  await timed('zone.order-signed', () => Zone.arrange(APEX, again.table))
}
