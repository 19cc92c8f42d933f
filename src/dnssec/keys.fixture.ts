/** Keys for tests: the ones of RFC 6605 §6.1 and RFC 8080 §6.1, and new ones that are quick to make. */
import { Name } from '../dns/name/index.ts'
import { generateKey } from './generate-key.ts'
import { parseBindKey } from './key-file.ts'
import type { KeyRole, SigningKey } from './signing-key.ts'

/** RFC 6605 §6.1. */
export const P256_RECORD =
  'example.net. 3600 IN DNSKEY 257 3 13 (\n  GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edb\n  krSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA== )\n'
export const P256_SECRET =
  'Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=\n'
/** RFC 8080 §6.1. */
export const ED25519_RECORD = 'example.com. 3600 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n'
export const ED25519_SECRET =
  'Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\nPrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n'

export function p256Key(): SigningKey {
  return parseBindKey({ file: 'p256.key', text: P256_RECORD }, { file: 'p256.private', text: P256_SECRET })
}

export function ed25519Key(): SigningKey {
  return parseBindKey({ file: 'ed.key', text: ED25519_RECORD }, { file: 'ed.private', text: ED25519_SECRET })
}

/** A new key; RSA ones are short, since long ones take long to find. */
export function newKey(algorithm: number, role: KeyRole = 'ksk', zone = 'example.'): Promise<SigningKey> {
  return generateKey({ zone: Name.parse(zone), algorithm, role, bits: algorithm < 13 ? 1024 : undefined })
}
