/** What a signing refuses before anything is signed: times that no RRSIG can hold, and names that own what cannot be. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EXPIRATION, INCEPTION, type SignTextOptions, signText } from './signing.fixture.ts'

const HEAD = '$TTL 3600\n@ SOA ns host 7 7200 3600 1209600 600\n@ NS ns\nns A 192.0.2.53\n'
const DS = 'DS 12345 8 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0102'
const SPAN = 0x7fffffff

function refused(text: string, options: SignTextOptions, error: { code: string; message: RegExp }): void {
  assert.throws(() => signText(text, options), error)
}

describe('times', () => {
  const far = { code: 'signing-refused', message: /more than 68 years after they begin .*RFC 4034 §3\.1\.5/ }

  it('RFC4034 §3.1.5: signatures last less than 68 years, the latest that serial numbers can compare', () => {
    const now = INCEPTION
    assert.ok(signText(HEAD, { expiration: INCEPTION + SPAN, now }))
    refused(HEAD, { expiration: INCEPTION + SPAN + 1, now }, far)
  })

  it('RFC4034 §3.1.5: those over the DNSKEY RRset too', () => {
    refused(HEAD, { dnskeyExpiration: INCEPTION + SPAN + 1 }, far)
  })

  it('RFC4034 §3.1.5: neither time is more than 68 years from now', () => {
    const message = /more than 68 years from now/
    refused(HEAD, { now: EXPIRATION - SPAN - 1 }, { code: 'signing-refused', message })
    refused(HEAD, { now: INCEPTION + SPAN + 1 }, { code: 'signing-refused', message })
    assert.ok(signText(HEAD, { now: EXPIRATION - SPAN }))
  })

  it('signatures begin before they end, whatever the jitter takes from them', () => {
    const before = {
      code: 'signing-refused',
      message: /would end before they begin \(at 2026-01-01 00:00, and at 2026-01-01 00:00\)/,
    }
    refused(HEAD, { expiration: INCEPTION }, before)
    refused(HEAD, { dnskeyExpiration: INCEPTION }, before)
    const jitter = { code: 'signing-refused', message: /the jitter is longer/ }
    refused(HEAD, { jitterSeconds: EXPIRATION - INCEPTION }, jitter)
    refused(HEAD, { dnskeyExpiration: INCEPTION + 3600, jitterSeconds: 3600 }, jitter)
    assert.ok(signText(HEAD, { dnskeyExpiration: INCEPTION + 3600, jitterSeconds: 3599 }))
  })
})

describe('names', () => {
  const broken: Readonly<Record<string, readonly [string, RegExp]>> = {
    'RFC2181 §10.1: a CNAME beside other data': [
      'w CNAME ns\nw TXT "x"\n',
      /^w\.example\. CNAME: .*beside TXT records.* \[cname-and-other\]$/,
    ],
    'RFC1034 §3.6.2: two CNAME records': ['w CNAME ns\nw CNAME mx\n', /^w\.example\. CNAME: .* \[cname-several\]$/],
    'RFC6672 §2.4: two DNAME records': ['w DNAME a.\nw DNAME b.\n', /^w\.example\. DNAME: .* \[dname-several\]$/],
    'RFC4035 §2.4: a DS at the apex': [`@ ${DS}\n`, /^example\. DS: .* \[ds-at-apex\]$/],
  }
  for (const [what, [text, message]] of Object.entries(broken)) {
    it(`${what} is not signed`, () => refused(HEAD + text, {}, { code: 'zone-invalid', message }))
  }

  for (const text of ['w DNAME a.\nw NS ns\n', 'w SOA ns host 7 7200 3600 1209600 600\n', '*.w NS ns\n']) {
    it(`what other signers and servers take is signed, and left to zone check: ${text.trim()}`, () => {
      assert.ok(signText(HEAD + text))
    })
  }

  it('the first is named, the others are counted', () => {
    const text = `${HEAD}a CNAME ns\na TXT "x"\n@ ${DS}\nb CNAME ns\nb CNAME mx\n`
    const message = /^example\. DS: .*; 2 more of this kind: `signet zone check` lists them$/
    refused(text, {}, { code: 'zone-invalid', message })
  })

  it('RFC4035 §2.5: what an earlier signing left beside a CNAME is no other data', () => {
    const once = signText(`${HEAD}w CNAME ns\n`).text
    assert.equal(signText(once).text, once)
  })
})
