/** What happens at the apex: serial, DNSKEY, NSEC3PARAM, ZONEMD, CDS; and input that was signed before. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { fixedKey, fixedPair } from './fixed-keys.fixture.ts'
import { linesOfType, NSEC, NSEC3, OPT_OUT, type SignTextOptions, signText } from './signing.fixture.ts'

const HEAD = '$TTL 3600\n@ 1800 SOA ns host 7 7200 3600 1209600 600\n@ NS ns\nns A 192.0.2.53\n'
const EXAMPLE = Name.parse('example.')

/** Records of the apex of a type. */
function atApex(text: string, type: string, options: SignTextOptions = {}): string[] {
  return linesOfType(signText(text, options), type).filter((line) => line.startsWith('example. '))
}

describe('the SOA record', () => {
  it('comes first, then the rest of the apex in canonical order', () => {
    const types = signText(`@ 60 A 192.0.2.1\n${HEAD}`).lines.map((line) => line.split(' '))
    const apex = types
      .filter(([owner, , , type]) => owner === 'example.' && type !== 'RRSIG')
      .map((fields) => fields[3])
    assert.deepEqual(apex, ['SOA', 'A', 'NS', 'DNSKEY', 'DNSKEY', 'NSEC'])
    assert.equal(types[1]?.[3], 'RRSIG')
  })

  it('that stands twice alike, as at the end of a transfer, counts once', () => {
    const twice = signText(`${HEAD}@ 1800 SOA NS.example. host 7 7200 3600 1209600 600\n`, { serial: 'increment' })
    assert.equal(linesOfType(twice, 'SOA').length, 1)
    assert.equal(twice.text, signText(HEAD, { serial: 'increment' }).text)
  })

  it('that is missing, elsewhere or there with two contents is an error', () => {
    assert.throws(() => signText('@ 60 NS ns\n'), { code: 'zone-invalid', message: /no SOA record/ })
    assert.throws(() => signText('sub 60 SOA a. b. 1 2 3 4 5\n@ 60 NS ns\n'), { code: 'zone-invalid' })
    const two = `${HEAD}@ SOA ns host 8 7200 3600 1209600 600\n`
    assert.throws(() => signText(two), { code: 'zone-invalid', message: /2 different SOA records/ })
  })

  it('RFC1982 §3.1: has the serial that the policy makes', () => {
    assert.equal(signText(HEAD).serial, 7)
    assert.equal(signText(HEAD, { serial: 'increment' }).serial, 8)
    assert.match(atApex(HEAD, 'SOA', { serial: 'unixtime' })[0] ?? '', / SOA ns\.example\. host\.example\. 1767225600 /)
    assert.match(atApex(HEAD, 'SOA', { serial: 'date' })[0] ?? '', / 2026010100 /)
  })
})

describe('DNSKEY records', () => {
  it('have the TTL of the SOA, or that of DNSKEYs that are there', () => {
    assert.deepEqual(
      atApex(HEAD, 'DNSKEY').map((line) => line.split(' ')[1]),
      ['1800', '1800'],
    )
    const other = fixedKey(8, 'ksk').dnskeyText().replace('. IN', '@ 99 IN')
    assert.deepEqual(
      atApex(`${HEAD}${other}\n`, 'DNSKEY').map((line) => line.split(' ')[1]),
      ['99', '99', '99'],
    )
  })

  it('RFC8901 §2.1: of somebody else, unsigned, stay; one of ours that is there already is not doubled', () => {
    const others = [fixedKey(8, 'ksk'), fixedKey(15, 'ksk')].map((key) => key.dnskeyText().replace('. IN', '@ IN'))
    assert.equal(atApex(`${HEAD}${others.join('\n')}\n`, 'DNSKEY').length, 3)
  })

  it('RFC4035 §2.2: of somebody else with an algorithm that does not sign are warned of', () => {
    const other = fixedKey(8, 'ksk').dnskeyText().replace('. IN', '@ IN')
    assert.match(
      signText(`${HEAD}${other}\n`).plan.warnings.join(),
      /DNSKEY of algorithm 8 \(RSASHA256\) .*no key of it signs/,
    )
    const same = fixedKey(15, 'ksk').dnskeyText().replace('. IN', '@ IN')
    assert.deepEqual(signText(`${HEAD}${same}\n`).plan.warnings, [])
  })

  it('of an earlier signing go', () => {
    const before = signText(HEAD, { signWith: fixedPair(8, EXAMPLE) })
    const after = signText(before.text)
    assert.equal(after.text, signText(HEAD).text)
  })

  it('that are published only are in the RRset and sign nothing', () => {
    const publish = [fixedKey(15, 'zsk', EXAMPLE)]
    const signed = signText(HEAD, { signWith: [fixedKey(15, 'ksk', EXAMPLE)], publish })
    assert.equal(linesOfType(signed, 'DNSKEY').length, 2)
    const tags = new Set(linesOfType(signed, 'RRSIG').map((line) => line.split(' ')[10]))
    assert.deepEqual([...tags], [String(fixedKey(15, 'ksk').tag)])
  })
})

describe('what the input says of its signing', () => {
  it('an NSEC3PARAM at the apex asks for NSEC3 with its parameters', () => {
    const signed = signText(`${HEAD}@ NSEC3PARAM 1 0 3 ABCD\n`)
    assert.deepEqual(linesOfType(signed, 'NSEC3PARAM'), ['example. 0 IN NSEC3PARAM 1 0 3 ABCD'])
    for (const line of linesOfType(signed, 'NSEC3')) assert.match(line, / NSEC3 1 0 3 ABCD /)
  })

  it('RFC5155 §4.1.1: an NSEC3PARAM of an unknown hash asks for nothing and goes', () => {
    const signed = signText(`${HEAD}@ NSEC3PARAM 9 0 3 ABCD\n`)
    assert.equal(linesOfType(signed, 'NSEC3PARAM').length, 0)
    assert.ok(linesOfType(signed, 'NSEC').length > 0)
  })

  it('opt-out of an earlier signing is kept, since NSEC3PARAM does not tell of it', () => {
    const before = signText(`${HEAD}sub NS ns.other.\n`, { denial: OPT_OUT })
    assert.equal(signText(before.text).text, before.text)
  })

  it('signing again gives the same, for NSEC, NSEC3 and opt-out', () => {
    for (const denial of [NSEC, NSEC3, OPT_OUT]) {
      const once = signText(`${HEAD}a.b A 192.0.2.1\nsub NS ns.sub\nns.sub A 192.0.2.2\n`, { denial })
      assert.equal(signText(once.text, { denial }).text, once.text)
    }
  })

  it('RRSIG, NSEC and NSEC3 records go wherever they are, also at names that have nothing else', () => {
    const signed = signText(HEAD)
    const stray = signed.text.replaceAll('ns.example.\t', 'gone.example.\t').split('\n')
    const strayDenial = stray.filter((line) => /^gone\.example\.\t\d+\tIN\t(RRSIG|NSEC)\t/.test(line)).join('\n')
    assert.equal(signText(`${HEAD}${strayDenial}\n`).text, signed.text)
  })

  it('CDS and CDNSKEY stay as they are; NSEC3PARAM below the apex goes with the signing', () => {
    const text = `${HEAD}@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==\n`
    assert.deepEqual(atApex(text, 'CDS'), ['example. 3600 IN CDS 0 0 0 00'])
    assert.deepEqual(atApex(text, 'CDNSKEY'), ['example. 3600 IN CDNSKEY 0 3 0 AA=='])
    assert.equal(
      signText(`${HEAD}a NSEC3PARAM 1 0 0 -\na A 192.0.2.1\n`).lines.filter((line) => line.includes('NSEC3')).length,
      0,
    )
  })

  it('WINS records are signed, and a warning says what their lookups are worth', () => {
    const { plan, lines } = signText(`${HEAD}@ WINS L2 C900 ( 192.0.2.9 )\n`)
    assert.match(plan.warnings.join(), /WINS/)
    assert.ok(lines.some((line) => line.startsWith('example. 3600 IN RRSIG WINS 15 1 ')))
  })
})
