/** Chains of denial: NSEC and NSEC3, what they link and what their bitmaps tell. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { NSEC3_HASH_LENGTH, nsec3Hash } from '../dnssec/index.ts'
import { newKey } from '../dnssec/keys.fixture.ts'
import type { Denial } from './index.ts'
import { linesOfType, NSEC3, OPT_OUT, type SignTextOptions, signText } from './signing.fixture.ts'

const HEAD = '$TTL 3600\n@ SOA ns host 1 7200 3600 1209600 600\n@ NS ns\nns A 192.0.2.53\n'
const DS = '12345 8 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0102'

/** `owner next types…` of every NSEC record. */
function nsecs(text: string, options: SignTextOptions = {}): string[] {
  return linesOfType(signText(HEAD + text, options), 'NSEC').map((line) => {
    const fields = line.split(' ')
    return [fields[0], ...fields.slice(4)].join(' ')
  })
}

/** Types of every NSEC3 record by the name that was hashed; the chain is checked to be closed and in order. */
function nsec3s(text: string, names: readonly string[], denial: Denial = NSEC3): Record<string, string> {
  const { salt, iterations } = denial.kind === 'nsec3' ? denial : { salt: new Uint8Array(0), iterations: 0 }
  const byHash = new Map(names.map((name) => [hashLabel(name, salt, iterations), name]))
  const records = linesOfType(signText(HEAD + text, { denial }), 'NSEC3').map((line) => line.split(' '))
  const owners = records.map((fields) => fields[0]?.split('.')[0] ?? '')
  assert.deepEqual(owners, [...owners].sort())
  assert.deepEqual(
    records.map((fields) => fields[8]),
    [...owners.slice(1), owners[0]],
  )
  return Object.fromEntries(
    records.map((fields, i) => [byHash.get(owners[i] ?? '') ?? `unknown ${owners[i]}`, fields.slice(9).join(' ')]),
  )
}

function hashLabel(name: string, salt: Uint8Array, iterations: number): string {
  const { octets } = Name.parse(name).toCanonical()
  const hash = new Uint8Array(NSEC3_HASH_LENGTH)
  nsec3Hash(octets, 0, octets.length, salt, iterations, hash, 0)
  const bits = [...hash].map((octet) => octet.toString(2).padStart(8, '0')).join('')
  const digits = '0123456789abcdefghijklmnopqrstuv'
  return [...bits.matchAll(/.{5}/g)].map(([five]) => digits[Number.parseInt(five, 2)]).join('')
}

describe('NSEC', () => {
  it('RFC4034 §4.1.1: names in canonical order, the last one points to the apex', () => {
    assert.deepEqual(nsecs('z A 192.0.2.1\na.z A 192.0.2.1\nB A 192.0.2.1\n*.z A 192.0.2.1\n'), [
      'example. B.example. NS SOA RRSIG NSEC DNSKEY',
      'B.example. ns.example. A RRSIG NSEC',
      'ns.example. z.example. A RRSIG NSEC',
      'z.example. *.z.example. A RRSIG NSEC',
      '*.z.example. a.z.example. A RRSIG NSEC',
      'a.z.example. example. A RRSIG NSEC',
    ])
  })

  it('RFC4035 §2.3: no NSEC for an empty non-terminal', () => {
    assert.ok(!nsecs('a.b.c A 192.0.2.1\n').some((line) => /^(b\.)?c\.example\. /.test(line)))
  })

  it('RFC4035 §2.3: no NSEC for glue and what is occluded; the cut itself has one', () => {
    const lines = nsecs('sub NS ns.sub\nns.sub A 192.0.2.1\nx.sub TXT "x"\nd DNAME other.\ny.d A 192.0.2.1\n')
    assert.deepEqual(
      lines.map((line) => line.split(' ')[0]),
      ['example.', 'd.example.', 'ns.example.', 'sub.example.'],
    )
  })

  it('RFC4035 §2.3: the bitmap of a delegation has NS, DS when there is one, and no type of the child', () => {
    const text = `a NS ns.other.\na A 192.0.2.1\na TXT "t"\nb NS ns.other.\nb DS ${DS}\n`
    const lines = nsecs(text)
    assert.equal(lines[1], 'a.example. b.example. NS RRSIG NSEC')
    assert.equal(lines[2], 'b.example. ns.example. NS DS RRSIG NSEC')
  })

  it('RFC4034 §4.1.2: types of several windows', () => {
    const line = nsecs('t A 192.0.2.1\nt TYPE1234 \\# 0\nt CAA 0 issue "x"\nt TYPE65280 \\# 1 00\n').at(-1)
    assert.equal(line, 't.example. example. A RRSIG NSEC CAA TYPE1234 TYPE65280')
  })

  it('RFC6840 §5.1: the next name keeps the case that its owner has', () => {
    assert.equal(nsecs('UPPER A 192.0.2.1\n')[1], 'ns.example. UPPER.example. A RRSIG NSEC')
  })

  it('a name is spelled as where the file has it first', () => {
    assert.equal(nsecs('upper MX 10 ns\nUPPER A 192.0.2.1\n')[1], 'ns.example. upper.example. A RRSIG NSEC')
  })

  it("RFC9077 §3.1: the TTL of NSEC is the lower of the SOA's TTL and its MINIMUM", () => {
    for (const [ttl, minimum, expected] of [
      [3600, 600, '600'],
      [600, 3600, '600'],
      [0, 600, '0'],
    ]) {
      const text = `$TTL 60\n@ ${ttl} SOA ns host 1 2 3 4 ${minimum}\n@ NS ns\n`
      const signed = signText(text)
      assert.deepEqual(
        linesOfType(signed, 'NSEC').map((line) => line.split(' ')[1]),
        [expected],
      )
      const rrsig = linesOfType(signed, 'RRSIG')
        .find((line) => line.split(' ')[4] === 'NSEC')
        ?.split(' ')
      assert.deepEqual([rrsig?.[1], rrsig?.[7]], [expected, expected])
    }
  })

  it('a zone of the apex alone points to itself', () => {
    const signed = signText('@ 60 SOA a. b. 1 2 3 4 5\n@ 60 NS a.\n')
    assert.deepEqual(linesOfType(signed, 'NSEC'), ['example. 5 IN NSEC example. NS SOA RRSIG NSEC DNSKEY'])
  })
})

describe('NSEC3', () => {
  it('RFC5155 §7.1: a record for every name and every empty non-terminal', () => {
    const names = ['example.', 'ns.example.', 'c.example.', 'b.c.example.', 'a.b.c.example.']
    assert.deepEqual(nsec3s('a.b.c A 192.0.2.1\n', names), {
      'example.': 'NS SOA RRSIG DNSKEY NSEC3PARAM',
      'ns.example.': 'A RRSIG',
      'c.example.': '',
      'b.c.example.': '',
      'a.b.c.example.': 'A RRSIG',
    })
  })

  it('RFC5155 §7.1: a delegation without DS has NS alone in its bitmap, one with DS has NS, DS and RRSIG', () => {
    const text = `a NS ns.other.\na A 192.0.2.1\nb NS ns.other.\nb DS ${DS}\n`
    const found = nsec3s(text, ['example.', 'ns.example.', 'a.example.', 'b.example.'])
    assert.equal(found['a.example.'], 'NS')
    assert.equal(found['b.example.'], 'NS DS RRSIG')
  })

  it('RFC5155 §7.1: no record for glue and what is occluded', () => {
    const text = 'sub NS ns.sub\nns.sub A 192.0.2.1\na.b.sub TXT "x"\nd DNAME other.\ny.d A 192.0.2.1\n'
    const found = nsec3s(text, ['example.', 'ns.example.', 'sub.example.', 'd.example.'])
    assert.deepEqual(Object.keys(found).sort(), ['d.example.', 'example.', 'ns.example.', 'sub.example.'])
  })

  it('RFC5155 §7.1: with opt-out, delegations without DS are left out', () => {
    const text = `a NS ns.other.\nb NS ns.other.\nb DS ${DS}\n`
    const found = nsec3s(text, ['example.', 'ns.example.', 'b.example.'], OPT_OUT)
    assert.deepEqual(Object.keys(found).sort(), ['b.example.', 'example.', 'ns.example.'])
  })

  it('RFC5155 §7.1: with opt-out, an empty non-terminal that leads to delegations without DS only is left out', () => {
    const text = `a.ent1 NS ns.other.\na.ent2 NS ns.other.\nb.ent2 NS ns.other.\nb.ent2 DS ${DS}\nx.y.ent3 NS ns.other.\nz.ent3 A 192.0.2.1\n`
    const kept = ['example.', 'ns.example.', 'ent2.example.', 'b.ent2.example.', 'ent3.example.', 'z.ent3.example.']
    assert.deepEqual(Object.keys(nsec3s(text, kept, OPT_OUT)).sort(), [...kept].sort())
    const all = [...kept, 'ent1.example.', 'a.ent1.example.', 'a.ent2.example.', 'y.ent3.example.', 'x.y.ent3.example.']
    assert.deepEqual(Object.keys(nsec3s(text, all)).sort(), [...all].sort())
  })

  it('RFC5155 §3.1.2.1: the opt-out flag is in every NSEC3 record, and not in NSEC3PARAM', () => {
    const signed = signText(`${HEAD}a A 192.0.2.1\n`, { denial: OPT_OUT })
    for (const line of linesOfType(signed, 'NSEC3')) assert.equal(line.split(' ')[5], '1')
    assert.deepEqual(linesOfType(signed, 'NSEC3PARAM'), ['example. 0 IN NSEC3PARAM 1 0 0 -'])
  })

  it('RFC5155 §4: NSEC3PARAM has the parameters of the chain and stands in its bitmap', () => {
    const denial = {
      kind: 'nsec3',
      iterations: 12,
      salt: Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd),
      optOut: false,
    } as const
    const signed = signText(HEAD, { denial })
    assert.deepEqual(linesOfType(signed, 'NSEC3PARAM'), ['example. 0 IN NSEC3PARAM 1 0 12 AABBCCDD'])
    for (const line of linesOfType(signed, 'NSEC3')) assert.match(line, / NSEC3 1 0 12 AABBCCDD /)
    assert.match(nsec3s('', ['example.', 'ns.example.'], denial)['example.'] ?? '', /NSEC3PARAM/)
  })

  it('RFC5155 §5: names are hashed in lower case', () => {
    const found = nsec3s('UPPER.Sub A 192.0.2.1\n', ['example.', 'ns.example.', 'sub.example.', 'upper.sub.example.'])
    assert.equal(found['upper.sub.example.'], 'A RRSIG')
  })

  it('RFC4592 §2.2.2: the name above a wildcard exists, also as an empty non-terminal', () => {
    const found = nsec3s('*.w A 192.0.2.1\n', ['example.', 'ns.example.', 'w.example.', '*.w.example.'])
    assert.equal(found['w.example.'], '')
  })

  it("RFC9077 §3.3: the TTL of NSEC3 is the lower of the SOA's TTL and its MINIMUM", () => {
    for (const [ttl, minimum] of [
      [3600, 600],
      [600, 3600],
    ]) {
      const signed = signText(`$TTL 60\n@ ${ttl} SOA ns host 1 2 3 4 ${minimum}\n@ NS ns\n`, { denial: NSEC3 })
      for (const line of linesOfType(signed, 'NSEC3')) assert.equal(line.split(' ')[1], '600')
    }
  })

  it('RFC5155 §7.1: a zone never has NSEC and NSEC3 together, whatever it came with', () => {
    const nsec = signText(`${HEAD}a A 192.0.2.1\n`)
    const nsec3 = signText(nsec.text, { denial: NSEC3 })
    assert.equal(linesOfType(nsec3, 'NSEC').length, 0)
    const back = signText(nsec3.text, { denial: { kind: 'nsec' } })
    assert.equal(linesOfType(back, 'NSEC3').length + linesOfType(back, 'NSEC3PARAM').length, 0)
    assert.equal(back.text, nsec.text)
  })

  it('RFC5155 §3: a zone whose name leaves no room for a hash is refused', () => {
    const label = 'a'.repeat(54)
    const zone = [label, label, label, `${label}bb`].join('.')
    const text = '@ 60 SOA a. b. 1 2 3 4 5\n@ 60 NS a.\n'
    assert.equal(Name.parse(zone).octets.length, 223)
    assert.throws(() => signText(text, { zone, denial: NSEC3 }), {
      code: 'signing-refused',
      message: /too long for NSEC3/,
    })
    assert.equal(linesOfType(signText(text, { zone: zone.slice(1), denial: NSEC3 }), 'NSEC3').length, 1)
    assert.equal(linesOfType(signText(text, { zone }), 'NSEC').length, 1)
  })

  it('RFC9276 §3.1: iterations above zero are warned of, whether they are asked for or the zone has them', () => {
    const warning = /^12 additional NSEC3 iterations .*RFC 9276/
    const asked = { kind: 'nsec3', iterations: 12, salt: new Uint8Array(0), optOut: false } as const
    assert.match(signText(HEAD, { denial: asked }).plan.warnings.join(), warning)
    assert.match(signText(`${HEAD}@ NSEC3PARAM 1 0 12 -\n`).plan.warnings.join(), warning)
    assert.deepEqual(signText(HEAD, { denial: NSEC3 }).plan.warnings, [])
  })

  it('RFC5155 §2: algorithm 5 does not go with NSEC3; the message names 7', async () => {
    const key = await newKey(5)
    assert.throws(() => signText(HEAD, { signWith: [key], denial: NSEC3 }), {
      code: 'signing-refused',
      message: /algorithm 5 .* use 7 \(RSASHA1-NSEC3-SHA1\)/,
    })
    assert.ok(linesOfType(signText(HEAD, { signWith: [key], denial: { kind: 'nsec' } }), 'NSEC').length > 0)
    const other = await newKey(7)
    assert.ok(linesOfType(signText(HEAD, { signWith: [other], denial: NSEC3 }), 'NSEC3').length > 0)
  })
})
