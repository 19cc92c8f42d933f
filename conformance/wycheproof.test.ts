/**
 * Signature edge cases of Project Wycheproof against the verify wrapper: every vector of the files for our algorithms. The
 * DER files of ECDSA are decoded here, strictly as X.690 has DER, since DNSSEC knows r | s only: what is no DER with two
 * integers in range has no r | s form, and is refused by that.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { importPublicKey, joinRsa, verifySignature } from '../src/dnssec/index.ts'
import { findMaterial } from './material.ts'

type Vector = { tcId: number; comment: string; msg: string; sig: string; result: string; flags?: string[] }
type Group = { tests: Vector[]; publicKey?: { [field: string]: string } }

const FILES: readonly (readonly [string, number, 'raw' | 'der'])[] = [
  ...[2048, 3072, 4096].flatMap((bits): [string, number, 'raw'][] => [
    [`rsa_signature_${bits}_sha256_test.json`, 8, 'raw'],
    [`rsa_signature_${bits}_sha512_test.json`, 10, 'raw'],
  ]),
  ['ecdsa_secp256r1_sha256_p1363_test.json', 13, 'raw'],
  ['ecdsa_secp256r1_sha256_test.json', 13, 'der'],
  ['ecdsa_secp384r1_sha384_p1363_test.json', 14, 'raw'],
  ['ecdsa_secp384r1_sha384_test.json', 14, 'der'],
  ['ed25519_test.json', 15, 'raw'],
  ['ed448_test.json', 16, 'raw'],
]

for (const [file, algorithm, encoding] of FILES) {
  const path = findMaterial('wycheproof', 'testvectors_v1', file)
  const skip = path === undefined ? `material/wycheproof/testvectors_v1/${file} is not there` : false
  test(`Wycheproof: ${file} with algorithm ${algorithm}`, { skip }, () => {
    if (path === undefined) return
    const { testGroups, numberOfTests } = readVectors(path)
    let checked = 0
    for (const group of testGroups) {
      const key = publicKeyOf(algorithm, group)
      assert.notEqual(typeof importPublicKey(algorithm, key), 'string', 'the key of a group imports')
      for (const vector of group.tests) {
        const given = Buffer.from(vector.sig, 'hex')
        const signature = encoding === 'raw' ? given : derToRaw(given, key.length / 2)
        const good =
          signature !== undefined && verifySignature(algorithm, key, Buffer.from(vector.msg, 'hex'), signature)
        const label = `${file} ${vector.tcId}: ${vector.comment}`
        if (vector.result === 'acceptable') assert.equal(typeof good, 'boolean', label)
        else assert.equal(good, vector.result === 'valid', label)
        checked++
      }
    }
    assert.equal(checked, numberOfTests)
  })
}

function readVectors(path: string): { testGroups: Group[]; numberOfTests: number } {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function publicKeyOf(algorithm: number, group: Group): Uint8Array {
  const fields = group.publicKey ?? {}
  if (algorithm < 13) return joinRsa(integer(fields.modulus), integer(fields.publicExponent))
  if (algorithm > 14) return Buffer.from(fields.pk ?? '', 'hex')
  return Buffer.from(fields.uncompressed ?? '', 'hex').subarray(1)
}

/** Without the zero octet that keeps a DER integer positive. */
function integer(hex = ''): Uint8Array {
  const octets = Buffer.from(hex, 'hex')
  return octets[0] === 0 ? octets.subarray(1) : octets
}

/** SEQUENCE { r INTEGER, s INTEGER } as r | s; undefined when it is no DER, or a number is negative or too long. */
function derToRaw(der: Uint8Array, length: number): Uint8Array | undefined {
  const body = readElement(der, 0x30)
  if (body === undefined || body.rest.length !== 0) return undefined
  const r = readElement(body.value, 0x02)
  const s = r === undefined ? undefined : readElement(r.rest, 0x02)
  if (r === undefined || s === undefined || s.rest.length !== 0) return undefined
  const raw = new Uint8Array(2 * length)
  for (const [index, value] of [r.value, s.value].entries()) {
    const [first = 0x80, second = 0] = value
    if (first >= 0x80 || (first === 0 && value.length > 1 && second < 0x80)) return undefined
    const number = first === 0 ? value.subarray(1) : value
    if (number.length > length) return undefined
    raw.set(number, (index + 1) * length - number.length)
  }
  return raw
}

function readElement(octets: Uint8Array, tag: number): { value: Uint8Array; rest: Uint8Array } | undefined {
  const [found, first, second] = octets
  if (found !== tag || first === undefined) return undefined
  let length = first
  let from = 2
  if (first === 0x81 && second !== undefined && second >= 0x80) {
    length = second
    from = 3
  } else if (first >= 0x80) return undefined
  if (from + length > octets.length) return undefined
  return { value: octets.subarray(from, from + length), rest: octets.subarray(from + length) }
}
