/** What gets a signature, and what stands in it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { fixedPair } from './fixed-keys.fixture.ts'
import { linesOfType, signedRrsets, signText } from './signing.fixture.ts'

const HEAD = '$TTL 3600\n@ SOA ns host 1 7200 3600 1209600 600\n@ NS ns\nns A 192.0.2.53\n'
const DS = '12345 8 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0102'

/** The types signed at a name of the zone that HEAD begins. */
function signedAt(text: string, owner: string): string[] {
  const signed = signedRrsets(signText(HEAD + text))
  return signed.filter((line) => line.startsWith(`${owner} `)).map((line) => line.split(' ')[1] ?? '')
}

/** The fields of the RRSIG over a type at a name. */
function rrsigFields(text: string, owner: string, covered: string): string[] {
  const line = linesOfType(signText(HEAD + text), 'RRSIG').find(
    (one) => one.startsWith(`${owner} `) && one.split(' ')[4] === covered,
  )
  return line?.split(' ') ?? []
}

describe('what is signed', () => {
  it('RFC4035 §2.2: every authoritative RRset has a signature of the zone-signing key, the DNSKEY RRset of the key-signing key', () => {
    const signed = signText(`${HEAD}a A 192.0.2.1\na TXT "t"\n`)
    const [ksk, zsk] = fixedPair(15, Name.parse('example.'))
    const byTag = linesOfType(signed, 'RRSIG').map((line) => {
      const fields = line.split(' ')
      return `${fields[0]} ${fields[4]} ${fields[10]}`
    })
    assert.deepEqual(byTag.sort(), [
      `a.example. A ${zsk?.tag}`,
      `a.example. NSEC ${zsk?.tag}`,
      `a.example. TXT ${zsk?.tag}`,
      `example. DNSKEY ${ksk?.tag}`,
      `example. NS ${zsk?.tag}`,
      `example. NSEC ${zsk?.tag}`,
      `example. SOA ${zsk?.tag}`,
      `ns.example. A ${zsk?.tag}`,
      `ns.example. NSEC ${zsk?.tag}`,
    ])
  })

  it('RFC4035 §2.2: glue is not signed', () => {
    assert.deepEqual(signedAt('sub NS ns.sub\nns.sub A 192.0.2.1\nns.sub AAAA 2001:db8::1\n', 'ns.sub.example.'), [])
  })

  it('RFC4035 §2.2: the NS RRset of a delegation is not signed, that of the apex is', () => {
    assert.deepEqual(signedAt('sub NS ns.sub\n', 'sub.example.'), ['NSEC'])
    assert.ok(signedAt('', 'example.').includes('NS'))
  })

  it('RFC4035 §2.4: the DS RRset of a delegation is signed', () => {
    assert.deepEqual(signedAt(`sub NS ns.other.\nsub DS ${DS}\n`, 'sub.example.'), ['DS', 'NSEC'])
  })

  it('RFC4035 §2.2: other types at a delegation are not signed', () => {
    assert.deepEqual(signedAt('sub NS ns.other.\nsub TXT "occluded"\nsub A 192.0.2.1\n', 'sub.example.'), ['NSEC'])
  })

  it('RFC4035 §2.2: nothing below a delegation is signed, whatever it is', () => {
    const text = `sub NS ns.other.\nx.sub TXT "x"\ny.sub NS ns.other.\ny.sub DS ${DS}\n*.sub A 192.0.2.1\nd.sub DNAME e.\n`
    const signed = signedRrsets(signText(HEAD + text))
    assert.deepEqual(
      signed.filter((line) => line.includes('.sub.example.')),
      [],
    )
  })

  it('RFC4035 §2.2: glue of a sibling delegation is not signed where it lies', () => {
    const text = 'a NS ns.b\nb NS ns.b\nns.b A 192.0.2.1\n'
    assert.deepEqual(signedAt(text, 'ns.b.example.'), [])
  })

  it("a name server outside every delegation is signed: its address is the zone's own", () => {
    assert.deepEqual(signedAt('a NS b\nb A 192.0.2.1\n', 'b.example.'), ['A', 'NSEC'])
  })

  it('RFC6672 §2.3: a DNAME and what stands beside it are signed; what lies below is not', () => {
    const text = 'd DNAME other.\nd TXT "beside"\nx.d A 192.0.2.1\n'
    assert.deepEqual(signedAt(text, 'd.example.'), ['TXT', 'DNAME', 'NSEC'])
    assert.deepEqual(signedAt(text, 'x.d.example.'), [])
  })

  it('RFC6672 §2.4: a delegation below a DNAME is occluded with its DS', () => {
    assert.deepEqual(signedAt(`d DNAME other.\nsub.d NS ns.other.\nsub.d DS ${DS}\n`, 'sub.d.example.'), [])
  })

  it('RFC7344 §4.1: CDS and CDNSKEY at the apex are signed by the key-signing key', () => {
    const ksk = String(fixedPair(15)[0]?.tag)
    assert.equal(rrsigFields('@ CDS 0 0 0 00\n', 'example.', 'CDS')[10], ksk)
    assert.equal(rrsigFields('@ CDNSKEY 0 3 0 AA==\n', 'example.', 'CDNSKEY')[10], ksk)
    assert.notEqual(rrsigFields('a CDS 0 0 0 00\n', 'a.example.', 'CDS')[10], ksk)
  })
})

describe('RRSIG records', () => {
  it('RFC4034 §3.1.3: labels are those of the owner, the root and a leading asterisk not counted', () => {
    const labels = (text: string, owner: string): string | undefined => rrsigFields(text, owner, 'A')[6]
    assert.equal(labels('a.b A 192.0.2.1\n', 'a.b.example.'), '3')
    assert.equal(labels('*.b A 192.0.2.1\n', '*.b.example.'), '2')
    assert.equal(labels('*.*.b A 192.0.2.1\n', '*.*.b.example.'), '3')
  })

  it('RFC4592 §2.1.1: only a whole leading label that is an asterisk makes a wildcard', () => {
    assert.equal(rrsigFields('a.*.b A 192.0.2.1\n', 'a.*.b.example.', 'A')[6], '4')
    assert.equal(rrsigFields('*a A 192.0.2.1\n', '*a.example.', 'A')[6], '2')
  })

  it('RFC4034 §3.1.3: the root has no labels', () => {
    const signed = signText('. 60 SOA a. b. 1 2 3 4 5\n. 60 NS a.\n', { zone: '.' })
    assert.deepEqual(
      linesOfType(signed, 'RRSIG').map((line) => line.split(' ')[6]),
      ['0', '0', '0', '0'],
    )
  })

  it('RFC4035 §2.2: the TTL of an RRSIG and its original TTL are those of the RRset', () => {
    const fields = rrsigFields('a 77 A 192.0.2.1\n', 'a.example.', 'A')
    assert.deepEqual([fields[1], fields[7]], ['77', '77'])
  })

  it('RFC2181 §5.2: records of an RRset with several TTLs get the lowest, wherever it stands', () => {
    for (const text of ['a 60 A 192.0.2.1\na 300 A 192.0.2.2\n', 'a 300 A 192.0.2.1\na 60 A 192.0.2.2\n']) {
      const ttls = signText(HEAD + text).lines.filter((line) => /^a\.example\. \d+ IN (A|RRSIG A) /.test(line))
      assert.deepEqual(
        ttls.map((line) => line.split(' ')[1]),
        ['60', '60', '60'],
      )
    }
  })

  it('RFC2181 §5.2: a record that stands twice keeps the lower TTL, in any order', () => {
    for (const text of ['a 60 A 192.0.2.1\na 300 A 192.0.2.1\n', 'a 300 A 192.0.2.1\na 60 A 192.0.2.1\n']) {
      assert.equal(linesOfType(signText(HEAD + text), 'A')[0], 'a.example. 60 IN A 192.0.2.1')
    }
  })

  it('RFC4034 §3.1.5: inception and expiration; the DNSKEY RRset may have an expiration of its own', () => {
    const signed = signText(HEAD, { inception: 1767225600, expiration: 1769904000, dnskeyExpiration: 1772323200 })
    for (const line of linesOfType(signed, 'RRSIG')) {
      const [expiration, inception] = line.split(' ').slice(8, 10)
      assert.equal(inception, '20260101000000')
      assert.equal(expiration, line.includes(' RRSIG DNSKEY ') ? '20260301000000' : '20260201000000')
    }
  })

  it('jitter makes signatures end earlier, by less than it says, those of one RRset together', () => {
    const random = { bytes: (n: number) => Uint8Array.from({ length: n }, (_, i) => (i * 37) & 255) }
    const signWith = [...fixedPair(15, Name.parse('example.')), ...fixedPair(8, Name.parse('example.'))]
    const signed = signText(`${HEAD}a A 192.0.2.1\nb A 192.0.2.1\nc A 192.0.2.1\n`, {
      jitterSeconds: 86400,
      random,
      signWith,
    })
    const ends = new Map<string, Set<string>>()
    for (const line of linesOfType(signed, 'RRSIG')) {
      const fields = line.split(' ')
      const key = `${fields[0]} ${fields[4]}`
      ends.set(key, (ends.get(key) ?? new Set()).add(fields[8] ?? ''))
    }
    const all = [...ends.values()]
    assert.ok(all.every((set) => set.size === 1))
    const stamps = new Set(all.flatMap((set) => [...set]))
    assert.ok(stamps.size > 3)
    for (const stamp of stamps) assert.ok(stamp > '20260131000000' && stamp <= '20260201000000', stamp)
  })

  it('RFC4034 §6.2: signer and key names are in lower case, owners keep their spelling', () => {
    const signed = signText('$TTL 60\nEXAMPLE. SOA ns host 1 2 3 4 5\nExample. NS ns\nMiXed A 192.0.2.1\n', {
      zone: 'EXAMPLE.',
    })
    const line = linesOfType(signed, 'RRSIG').find((one) => one.startsWith('MiXed.'))
    assert.equal(line?.split(' ')[11], 'example.')
  })
})
