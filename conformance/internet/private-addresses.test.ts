/** Addresses that names must not lead to (`resolver.privateAddresses`), in signed zones, by aliases, wildcards, glue and caches. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import { rdataText, typeMnemonic } from '../../src/dns/rr/index.ts'
import type { Resolution } from '../../src/resolver/index.ts'
import { networks } from '../../src/resolver/private-networks.fixture.ts'
import { NSEC3 } from '../../src/signer/signing.fixture.ts'
import { Internet } from './internet.ts'
import { rawReply, spoilingSignatures } from './odd-replies.fixture.ts'
import type { SimulatedResolver } from './simulated-resolver.ts'

const DATA = `
public A 192.0.2.1
mixed A 192.0.2.1
mixed A 10.0.0.1
only A 10.0.0.1
only A 10.0.0.2
six AAAA fd00::1
six AAAA ::ffff:10.0.0.1
six AAAA 2001:db8::1
*.wild A 10.0.0.1
*.half A 10.0.0.1
*.half A 192.0.2.1
alias CNAME only
chain CNAME alias.plain.test.
toexempt CNAME x.wild.exempt
deep.wild.exempt TXT "not of the wildcard"
*.wild.exempt A 10.0.0.9
host.exempt A 10.0.0.9
hints HTTPS 1 . ipv4hint=10.0.0.1
`

const ZONES = {
  '.': {},
  'test.': {},
  'signed.test.': { text: DATA },
  'hashed.test.': { text: DATA, signing: { denial: NSEC3 } },
  'plain.test.': { text: DATA, signing: 'unsigned' as const },
  'inside.test.': { text: 'www A 192.0.2.1', at: ['10.0.0.53'] },
  'both.test.': { text: 'www A 192.0.2.1', at: ['10.0.0.54', '192.0.2.54'] },
}
const SETTINGS = {
  privateAddresses: networks('10.0.0.0/8', 'fd00::/8'),
  privateDomains: [Name.parse('exempt.signed.test.'), Name.parse('ok.wild.signed.test.')],
}
const SIGNED = ['signed.test.', 'hashed.test.']

function resolverOf(internet = new Internet(ZONES)): SimulatedResolver {
  return internet.resolver({ settings: SETTINGS })
}

function words({ rcode, security, answer }: Resolution): string {
  const records = answer.flatMap(({ type, rdatas }) =>
    rdatas.map((rdata) => `${typeMnemonic(type)} ${rdataText(type, rdata)}`),
  )
  return [rcode, security, ...records].join(' ')
}

for (const zone of SIGNED) {
  test(`privateAddresses: what is left of a signed RRset is validated, and not told as secure (${zone})`, () => {
    const resolver = resolverOf()
    for (const round of ['fetched', 'cached']) {
      const at = (name: string, type = 'A'): string => words(resolver.resolve(`${name}.${zone}`, type))
      assert.equal(at('public'), '0 secure A 192.0.2.1', round)
      assert.equal(at('mixed'), '0 insecure A 192.0.2.1', round)
      assert.equal(at('only'), '0 insecure', round)
      assert.equal(at('six', 'AAAA'), '0 insecure AAAA 2001:db8::1', round)
      assert.equal(at('x.wild'), '0 insecure', round)
      assert.equal(at('y.wild'), '0 insecure', round)
      assert.equal(at('x.half'), '0 insecure A 192.0.2.1', round)
      assert.equal(at('alias'), `0 insecure CNAME only.${zone}`, round)
      assert.match(at('chain'), /^0 insecure CNAME alias\.plain\.test\. CNAME only\.plain\.test\.$/, round)
      assert.match(at('hints', 'HTTPS'), /^0 secure HTTPS/, round)
      assert.match(at('absent'), /^3 secure/, round)
    }
  })

  test(`privateAddresses: forged data beside a private address is bogus (${zone})`, () => {
    const internet = new Internet(ZONES)
    internet.host(zone).spoil(spoilingSignatures)
    for (const name of ['mixed', 'only']) {
      const { rcode, security, verdict, remarks } = resolverOf(internet).resolve(`${name}.${zone}`, 'A')
      assert.deepEqual([rcode, security, verdict?.reason], [2, 'bogus', 'signature-invalid'])
      assert.equal(
        remarks.some(({ code }) => code === 15),
        false,
      )
    }
  })

  test(`privateAddresses: a private address in a forged answer does not spare it from validation (${zone})`, () => {
    const forged = [Uint8Array.of(203, 0, 113, 66), Uint8Array.of(10, 0, 0, 1)].map((rdata) => ({ type: 1, rdata }))
    for (const answer of [forged, forged.slice(1)]) {
      const internet = new Internet(ZONES)
      internet.host(zone).spoil(rawReply({ answer }, ({ message }) => message.questions[0]?.type === 1))
      assert.equal(words(resolverOf(internet).resolve(`mixed.${zone}`, 'A')), '2 bogus')
    }
  })

  test(`privateAddresses: what a client is sent has neither the addresses nor their signatures (${zone})`, () => {
    const resolver = resolverOf()
    for (const flags of [{ dnssecOk: true }, { dnssecOk: true, cd: true }, { dnssecOk: true, ad: true }]) {
      const mixed = resolver.ask(`mixed.${zone}`, 'A', flags)
      assert.deepEqual(
        mixed.answer.map(({ type, rdata }) => rdataText(type, rdata)),
        ['192.0.2.1'],
      )
      assert.equal(mixed.header.ad, false)
      const only = resolver.ask(`only.${zone}`, 'A', flags)
      assert.deepEqual([only.header.rcode, only.answer.length, only.header.ad], [0, 0, false])
    }
    const all = resolver.ask(`mixed.${zone}`, 'ANY')
    assert.deepEqual(
      all.answer.filter(({ type }) => type === 1).map(({ type, rdata }) => rdataText(type, rdata)),
      ['192.0.2.1'],
    )
  })

  test(`privateAddresses: a client that validates first, and one that does not, get the same (${zone})`, () => {
    const resolver = resolverOf()
    assert.equal(words(resolver.resolve(`mixed.${zone}`, 'A', { cd: true })), '0 unchecked A 192.0.2.1')
    assert.equal(words(resolver.resolve(`mixed.${zone}`, 'A')), '0 insecure A 192.0.2.1')
    assert.equal(words(resolver.resolve(`only.${zone}`, 'A', { cd: true })), '0 unchecked')
    assert.equal(words(resolver.resolve(`only.${zone}`, 'A')), '0 insecure')
  })
}

test('privateAddresses: an unsigned zone', () => {
  const resolver = resolverOf()
  const at = (name: string, type = 'A'): string => words(resolver.resolve(`${name}.plain.test.`, type))
  assert.equal(at('public'), '0 insecure A 192.0.2.1')
  assert.equal(at('mixed'), '0 insecure A 192.0.2.1')
  assert.equal(at('only'), '0 insecure')
  assert.equal(at('x.wild'), '0 insecure')
  const { remarks } = resolver.resolve('only.plain.test.', 'A')
  assert.deepEqual(
    remarks.map(({ code }) => code),
    [15],
  )
})

test('privateDomains: at and below them, addresses are secure and all there', () => {
  const resolver = resolverOf()
  const at = (name: string): string => words(resolver.resolve(`${name}.signed.test.`, 'A'))
  assert.equal(at('host.exempt'), '0 secure A 10.0.0.9')
  assert.equal(at('x.wild.exempt'), '0 secure A 10.0.0.9')
  assert.equal(at('toexempt'), '0 secure CNAME x.wild.exempt.signed.test. A 10.0.0.9')
})

test('privateDomains: RFC8198: a wildcard that a name below them was made from gives no address to names beside them', () => {
  const resolver = resolverOf()
  assert.equal(words(resolver.resolve('ok.wild.signed.test.', 'A')), '0 secure A 10.0.0.1')
  for (const name of ['aa', 'ok1', 'zz'])
    assert.equal(words(resolver.resolve(`${name}.wild.signed.test.`, 'A')), '0 insecure')
})

test('privateAddresses: servers at such addresses are not asked', () => {
  const internet = new Internet(ZONES)
  const resolver = resolverOf(internet)
  const { rcode, remarks } = resolver.resolve('www.inside.test.', 'A')
  assert.deepEqual([rcode, remarks[0]?.code], [2, 22])
  assert.equal(internet.at('10.0.0.53').exchanges, 0)
  assert.equal(words(resolver.resolve('www.both.test.', 'A')), '0 secure A 192.0.2.1')
  assert.equal(internet.at('10.0.0.54').exchanges, 0)
  assert.equal(words(internet.resolver().resolve('www.inside.test.', 'A')), '0 secure A 192.0.2.1')
})
