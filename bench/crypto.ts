/**
 * Cryptography, operation by operation: microseconds of sign, verify and key import for each algorithm, nanoseconds of the
 * NSEC3 hash. One JSON line each; the best of several rounds, since noise only ever adds.
 */
import { pathToFileURL } from 'node:url'
import { Name } from '../src/dns/name/index.ts'
import { ALGORITHMS, generateKey, importPublicKey, nsec3Hash, Verifier } from '../src/dnssec/index.ts'

export type Figure = { readonly bench: string; readonly value: number; readonly unit: 'us' | 'ns' }

const ROUND_MS = 60
const ROUNDS = 7

/** Microseconds of one call, best round. */
function measure(call: () => void): number {
  let best = Number.POSITIVE_INFINITY
  let calls = 1
  for (let round = 0; round < ROUNDS; ) {
    const start = performance.now()
    for (let i = 0; i < calls; i++) call()
    const elapsed = performance.now() - start
    if (elapsed < ROUND_MS) {
      calls = Math.ceil(calls * Math.min(10, (1.2 * ROUND_MS) / Math.max(elapsed, 0.01)))
      continue
    }
    best = Math.min(best, (1000 * elapsed) / calls)
    round++
  }
  return best
}

/** Measures everything; hands over each figure as it comes. */
export async function run(report: (figure: Figure) => void = print): Promise<void> {
  const us = (bench: string, call: () => void) => report({ bench, value: round(measure(call)), unit: 'us' })
  const ns = (bench: string, call: () => void) => report({ bench, value: round(1000 * measure(call)), unit: 'ns' })
  const zone = Name.parse('example.')
  const data = new Uint8Array(new SharedArrayBuffer(120)).fill(7) // about the size of a signed A RRset
  for (const row of ALGORITHMS) {
    if (row.number === 5 || row.number === 7) continue
    for (const bits of row.family === 'rsa' ? [1024, 2048] : [row.defaultBits]) {
      const key = await generateKey({ zone, algorithm: row.number, role: 'zsk', bits })
      const name = row.family === 'rsa' ? `${row.mnemonic}-${bits}` : row.mnemonic
      const signer = key.signer()
      const signature = new Uint8Array(signer.signatureLength)
      us(`crypto.sign.${name}`, () => signer.sign(data, signature, 0))
      const verifier = Verifier.create(row.number, key.publicKey)
      if (typeof verifier === 'string') throw new Error(`${name}: ${verifier}`)
      us(`crypto.verify.${name}`, () => verifier.verify(data, signature))
      us(`crypto.import.${name}`, () => importPublicKey(row.number, key.publicKey))
    }
  }
  const out = new Uint8Array(20)
  const name = Name.parse('host-12345.example.').octets
  const none = new Uint8Array()
  const salt = Uint8Array.from([0xaa, 0xbb, 0xcc, 0xdd])
  ns('crypto.nsec3-hash.20-octets', () => nsec3Hash(name, 0, name.length, none, 0, out, 0))
  ns('crypto.nsec3-hash.20-octets.salt-4.iterations-10', () => nsec3Hash(name, 0, name.length, salt, 10, out, 0))
  const long = new Uint8Array(255).fill(0x61)
  ns('crypto.nsec3-hash.255-octets', () => nsec3Hash(long, 0, long.length, salt, 0, out, 0))
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}

function print(figure: Figure): void {
  console.log(JSON.stringify(figure))
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await run()
