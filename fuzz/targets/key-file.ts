/**
 * Key files: BIND's `.key` and `.private` (a form feed between them) and PEM, drawn by the first octet. Any text is a key or a
 * DnsError, and a key that is read prints and reads again as the same key.
 */
import { createPrivateKey } from 'node:crypto'
import { Name } from '../../src/dns/name/index.ts'
import { parseBindKey, parsePemKey, printBindKey, printPemKey, type SigningKey } from '../../src/dnssec/index.ts'
import { ED25519_RECORD, ED25519_SECRET, P256_RECORD, P256_SECRET } from '../../src/dnssec/keys.fixture.ts'
import { type FuzzTarget, hold } from '../target.ts'

const decoder = new TextDecoder('latin1')
const encoder = new TextEncoder()
const PEM_ALGORITHMS = [8, 13, 15]

function bind(text: string): SigningKey {
  const [record = '', secret] = text.split('\f')
  const name = (file: string, content: string) => ({ file, text: content })
  return secret === undefined
    ? parseBindKey(name('k.key', record))
    : parseBindKey(name('k.key', record), name('k.private', secret))
}

function pem(first: number, text: string): SigningKey {
  const algorithm = PEM_ALGORITHMS[first % PEM_ALGORITHMS.length] ?? 13
  return parsePemKey(text, 'k.pem', { zone: Name.parse('example.'), algorithm, flags: 257 })
}

function survives(key: SigningKey): void {
  const { record, secret } = printBindKey(key)
  const again = secret === undefined ? bind(record) : bind(`${record}\f${secret}`)
  hold(again.sameKeyAs(key), 'a key reads back from the files that are printed of it')
  if (key.privateKey !== undefined) hold(printPemKey(key).includes('PRIVATE KEY'), 'a private key prints as PEM')
}

/** A PKCS#8 P-256 key out of the fixture's 32 octets. */
function pemSeed(): string {
  const d = /PrivateKey: (\S+)/.exec(ED25519_SECRET)?.[1] ?? ''
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(d, 'base64')])
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString()
}

export const target: FuzzTarget = {
  name: 'key-file',
  maxLength: 8000,
  run(octets) {
    const first = octets[0] ?? 0
    const text = decoder.decode(octets.subarray(1))
    const key = first % 2 === 0 ? bind(text) : pem(first >> 1, text)
    survives(key)
    return `${first % 2} ${key.algorithm} ${key.privateKey === undefined} ${Object.keys(key.times).length}`
  },
  seeds() {
    const timed = ED25519_SECRET.replace('v1.2', 'v1.3').concat('Created: 20260101000000\nActivate: 20260102000000\n')
    const texts = [
      P256_RECORD,
      `${P256_RECORD}\f${P256_SECRET}`,
      `${ED25519_RECORD}\f${ED25519_SECRET}`,
      `; Created: 20260101000000\n${ED25519_RECORD}\f${timed}`,
    ]
    return [...texts.map((text) => encoder.encode(`\0${text}`)), encoder.encode(`\x05${pemSeed()}`)]
  },
  dictionary: [
    '\f',
    '\n',
    ': ',
    '=',
    'Private-key-format: v1.3\n',
    'Algorithm: 8 (RSASHA256)\n',
    'Modulus: ',
    'PublicExponent: AQAB\n',
    'Publish: ',
    'Inactive: ',
    '-----BEGIN PRIVATE KEY-----\n',
    '-----END PRIVATE KEY-----\n',
    ' IN DNSKEY ',
    '256 3 8 ',
    '; Activate: ',
  ].map((word) => encoder.encode(word)),
}
