import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import test from 'node:test'
import { DnsError } from '../dns/errors.ts'
import { ALGORITHMS } from './algorithms.ts'
import { parseCertificatePem, parsePkcs12, printCertificatePem, printPkcs12 } from './key-forms.ts'
import { ed25519Key, newKey, p256Key } from './keys.fixture.ts'
import type { SigningKey } from './signing-key.ts'

const NOW = 1795307653

function isRefused(message: RegExp) {
  return (error: unknown) => error instanceof DnsError && error.code === 'key-invalid' && message.test(error.message)
}

function assertSame(back: SigningKey | undefined, key: SigningKey): void {
  assert.ok(back !== undefined)
  assert.ok(back.sameKeyAs(key))
  const { source: _, ...shown } = back.toJSON()
  const { source: __, ...expected } = key.toJSON()
  assert.deepEqual(JSON.parse(JSON.stringify(shown)), JSON.parse(JSON.stringify(expected)))
}

test('certificate and key go to PEM and back, for every algorithm but Ed448', async () => {
  for (const row of ALGORITHMS) {
    for (const role of ['ksk', 'zsk', 'csk'] as const) {
      const times = { created: NOW, activate: NOW + 5, delete: 4_000_000_000 }
      const key = (await newKey(row.number, role)).with({ friendlyName: `${role}-exämple`, times })
      if (row.number === 16) {
        await assert.rejects(printCertificatePem(key, NOW), { code: 'algorithm-unsupported', message: /K-file or PEM/ })
        continue
      }
      assertSame(await parseCertificatePem(await printCertificatePem(key, NOW), 'k.pem'), key)
    }
  }
})

test('the certificate says zone, role and algorithm, and verifies with its own key', async () => {
  const key = p256Key().with({ friendlyName: 'KSK-example' })
  const certificate = new X509Certificate(await printCertificatePem(key, NOW))
  assert.equal(certificate.subject, 'CN=KSK-example\nOU=ksk')
  assert.equal(certificate.issuer, certificate.subject)
  assert.equal(certificate.subjectAltName, 'DNS:example.net')
  assert.ok(certificate.verify(certificate.publicKey))
  assert.ok(key.privateKey !== undefined && certificate.checkPrivateKey(key.privateKey))
  assert.equal(Date.parse(certificate.validFrom) / 1000, NOW)
})

test('zones that are no host names, and keys without a friendly name', async () => {
  for (const zone of ['.', 'a\\000b\\.c.example.', '*.example.', `${'x'.repeat(63)}.`.repeat(3)]) {
    const key = await newKey(15, 'zsk', zone)
    assertSame(await parseCertificatePem(await printCertificatePem(key, NOW), 'k.pem'), key)
  }
  const small = await newKey(5, 'zsk')
  assertSame(
    (await parsePkcs12(await printPkcs12(small, '', NOW), 'f', ''))[0],
    small.with({ friendlyName: small.name }),
  )
})

test('a certificate with another key, without our extension, or damaged is refused', async () => {
  const text = await printCertificatePem(p256Key(), NOW)
  const other = await printCertificatePem(await newKey(13), NOW)
  const certificateOf = (pem: string) => pem.slice(0, pem.indexOf('-----BEGIN PRIVATE'))
  const keyOf = (pem: string) => pem.slice(pem.indexOf('-----BEGIN PRIVATE'))
  await assert.rejects(parseCertificatePem(certificateOf(text) + keyOf(other), 'k.pem'), isRefused(/does not belong/))
  assert.equal(await parseCertificatePem(keyOf(text), 'k.pem'), undefined)
  const alone = await parseCertificatePem(certificateOf(text), 'k.pem')
  assert.equal(alone?.privateKey, undefined)
  assert.equal(alone?.tag, 55648)
  const body = Buffer.from(certificateOf(text).replaceAll(/-----.*-----|\s/g, ''), 'base64')
  const asPem = (octets: Buffer) =>
    `-----BEGIN CERTIFICATE-----\n${octets.toString('base64')}\n-----END CERTIFICATE-----\n`
  let refused = 0
  for (let at = 0; at < body.length; at += 3) {
    const bad = Buffer.from(body)
    bad[at] = (bad[at] ?? 0) ^ 0x11
    try {
      await parseCertificatePem(asPem(bad) + keyOf(text), 'k.pem')
    } catch (error) {
      assert.ok(error instanceof DnsError, `octet ${at}: ${String(error)}`)
      refused++
    }
  }
  assert.ok(refused > 20)
})

test('PKCS#12 with and without password', async () => {
  for (const key of [p256Key().with({ friendlyName: 'KSK-ä' }), ed25519Key().with({ friendlyName: 'x' })]) {
    for (const password of ['', 'pässwörd €']) {
      const octets = await printPkcs12(key, password, NOW)
      const keys = await parsePkcs12(octets, 'k.p12', password)
      assert.equal(keys.length, 1)
      assertSame(keys[0], key)
      await assert.rejects(parsePkcs12(octets, 'k.p12', `${password}x`), isRefused(/password is wrong/))
    }
  }
})

test('damaged and hostile PKCS#12 is refused', async () => {
  const good = Buffer.from(await printPkcs12(p256Key(), 'x', NOW))
  for (let at = 0; at < good.length; at += 141) {
    const bad = Buffer.from(good)
    bad[at] = (bad[at] ?? 0) ^ 0x41
    await assert.rejects(parsePkcs12(bad, 'k.p12', 'x'), (error) => error instanceof DnsError)
  }
  for (const octets of [new Uint8Array(), good.subarray(0, 100), new Uint8Array(50), Buffer.alloc(1 << 21)]) {
    await assert.rejects(parsePkcs12(octets, 'k.p12', 'x'), { code: 'key-invalid' })
  }
  // The MAC's iterations are the last INTEGER of the file: 50,000 is 02 03 00 C3 50.
  const at = good.lastIndexOf(Buffer.from([2, 3, 0, 0xc3, 0x50]))
  assert.ok(at > 0)
  good[at + 2] = 0x7f
  const start = performance.now()
  await assert.rejects(parsePkcs12(good, 'k.p12', 'x'), isRefused(/stretched \d+ times/))
  assert.ok(performance.now() - start < 500)
})
