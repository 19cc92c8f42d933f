/** Keys for signing with other tools and here: made once an algorithm, given to any zone. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Name } from '../../../src/dns/name/index.ts'
import { findAlgorithm, generateKey, printBindKey, SigningKey } from '../../../src/dnssec/index.ts'

const made = new Map<number, Promise<SigningKey[]>>()
/** In use since long, so that every tool takes them for active. */
const times = { created: 1767225600, publish: 1767225600, activate: 1767225600 }

/** A KSK and a ZSK of the algorithm for that zone; the same pairs for every zone. RSA ones are short: many signatures are made. */
export async function keysFor(zone: Name, algorithm: number): Promise<SigningKey[]> {
  const known = made.get(algorithm) ?? makeKeys(algorithm)
  made.set(algorithm, known)
  return (await known).map((key) => withZone(key, zone))
}

async function makeKeys(algorithm: number): Promise<SigningKey[]> {
  const row = findAlgorithm(algorithm)
  const rsa = row !== 'unsupported' && row.family === 'rsa'
  const common = { zone: Name.root, algorithm, times }
  const ksk = await generateKey({ ...common, role: 'ksk', bits: rsa ? 2048 : undefined })
  const zsk = await generateKey({ ...common, role: 'zsk', bits: rsa ? 1024 : undefined, others: [ksk] })
  return [ksk, zsk]
}

/** The same key pair as a key of another zone. */
export function withZone(key: SigningKey, zone: Name): SigningKey {
  const { algorithm, flags, role, publicKey, privateKey, source } = key
  return SigningKey.create({ zone, algorithm, flags, role, publicKey, privateKey, times, source })
}

/** Writes the keys as BIND's files into a folder; returns their names. */
export function writeKeys(folder: string, keys: readonly SigningKey[]): string[] {
  mkdirSync(folder, { recursive: true })
  return keys.map((key) => {
    const { name, record, secret = '' } = printBindKey(key)
    writeFileSync(join(folder, `${name}.key`), record)
    writeFileSync(join(folder, `${name}.private`), secret, { mode: 0o600 })
    return name
  })
}
