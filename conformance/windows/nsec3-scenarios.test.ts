/**
 * NSEC3 between Windows Server 2008 R2 and others: the four scenarios that its documentation names as supported, and the four that it
 * names as not supported ("Understanding DNSSEC in Windows"). All of them work here; where 2008 R2 calls data of NSEC3 zones insecure,
 * it is secure, and a negative trust anchor brings the old behaviour back.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import { textSource } from '../../src/dns/text/index.ts'
import { MessageView } from '../../src/dns/wire/index.ts'
import { NSEC3, OPT_OUT } from '../../src/signer/signing.fixture.ts'
import { answerAxfr, makeSecondaryQuery, TransferReader } from '../../src/transfer/index.ts'
import { loadRecords, printRecords, walkZone, Zone } from '../../src/zone/index.ts'
import { refusing } from '../internet/host.ts'
import { Internet } from '../internet/internet.ts'
import type { SimulatedResolver } from '../internet/simulated-resolver.ts'
import type { ZoneOptions } from '../internet/zones.ts'

const DATA = 'www A 192.0.2.10\n*.wild A 192.0.2.11'
/** `contoso.test.` is signed with NSEC; three zones below it with NSEC3, one of those as 2012 does it by default, one with opt-out. */
const ZONES: Record<string, ZoneOptions> = {
  '.': {},
  'contoso.test.': { text: DATA },
  'child.contoso.test.': { text: DATA, signing: { denial: NSEC3 } },
  'windows.contoso.test.': {
    text: DATA,
    signing: { denial: { kind: 'nsec3', iterations: 50, salt: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), optOut: false } },
  },
  'opt-out.contoso.test.': { text: `${DATA}\nunsigned NS ns.other.`, signing: { denial: OPT_OUT } },
}
const CHILDREN = ['child', 'windows', 'opt-out'].map((label) => `${label}.contoso.test.`)

/** What a client hears, in short. */
function told(resolver: SimulatedResolver, name: string, type = 'A'): string {
  const { header, answer } = resolver.ask(name, type, { dnssecOk: true })
  const signed = answer.some((record) => record.type === 46) ? ' signed' : ''
  return `${header.rcode}${header.ad ? ' AD' : ''} ${answer.filter((record) => record.type !== 46).length}${signed}`
}

/** That data and all denials of the zone are secure. */
function isWhollySecure(resolver: SimulatedResolver, zone: string): void {
  assert.equal(told(resolver, `www.${zone}`), '0 AD 1 signed')
  assert.equal(told(resolver, `www.${zone}`, 'TXT'), '0 AD 0')
  assert.equal(told(resolver, `x.wild.${zone}`), zone.startsWith('opt-out') ? '0 1 signed' : '0 AD 1 signed')
  // RFC 5155 §9.2: an opt-out span denies nothing for sure.
  assert.equal(told(resolver, `nothing.${zone}`), zone.startsWith('opt-out') ? '3 0' : '3 AD 0')
}

describe('supported by Windows Server 2008 R2', () => {
  it('1: a zone signed with NSEC is hosted here, with delegations to zones signed with NSEC3', () => {
    const internet = new Internet(ZONES)
    const resolver = internet.resolver()
    assert.equal(told(resolver, 'www.contoso.test.'), '0 AD 1 signed')
    for (const child of CHILDREN) {
      const { answer, security } = resolver.resolve(child, 'DS')
      assert.deepEqual([answer.length, security], [1, 'secure'])
      assert.equal(told(resolver, `www.${child}`), '0 AD 1 signed')
    }
  })

  it('2: a trust anchor for a zone signed with NSEC; data of its NSEC3 children is secure, there it was insecure', () => {
    const internet = new Internet(ZONES)
    const resolver = internet.resolver({ anchors: ['contoso.test.'] })
    assert.equal(told(resolver, 'www.contoso.test.'), '0 AD 1 signed')
    assert.equal(told(resolver, 'nothing.contoso.test.'), '3 AD 0')
    for (const child of CHILDREN) isWhollySecure(resolver, child)
    // As it was there: the parent is validated, what lies below is not.
    const old = internet.resolver({ anchors: ['contoso.test.'], negativeAnchors: CHILDREN })
    assert.equal(told(old, 'www.contoso.test.'), '0 AD 1 signed')
    for (const child of CHILDREN) {
      const { security, verdict } = old.resolve(`www.${child}`, 'A')
      assert.deepEqual([security, verdict?.reason], ['insecure', 'negative-anchor'])
      assert.equal(told(old, `www.${child}`), '0 1 signed')
      assert.equal(told(old, `nothing.${child}`), '3 0')
    }
  })

  it('3: clients that require AD ask a server that knows NSEC3', () => {
    const internet = new Internet(ZONES)
    const resolver = internet.resolver()
    for (const child of CHILDREN) {
      // DO=1 and CD=0 is what a client with such a rule sends.
      const { header } = resolver.ask(`www.${child}`, 'A', { dnssecOk: true, cd: false })
      assert.deepEqual([header.ad, header.cd, header.rcode], [true, false, 0])
    }
  })

  it('4: a rule that requires no validation: the answer comes with AD clear, whatever its signatures are like', () => {
    const internet = new Internet({
      ...ZONES,
      'child.contoso.test.': { ...ZONES['child.contoso.test.'], ds: [WRONG_DS] },
    })
    assert.equal(told(internet.resolver(), 'www.child.contoso.test.'), '2 0')
    const resolver = internet.resolver({ negativeAnchors: ['child.contoso.test.'] })
    assert.equal(told(resolver, 'www.child.contoso.test.'), '0 1 signed')
    assert.equal(told(resolver, 'www.windows.contoso.test.'), '0 AD 1 signed')
    // Nothing is validated at all without an anchor.
    assert.equal(told(internet.resolver({ anchors: [] }), 'www.child.contoso.test.'), '0 1 signed')
  })
})

const WRONG_DS = `1 15 2 ${'00'.repeat(32)}`

describe('not supported by Windows Server 2008 R2', () => {
  it('1: signing and hosting a zone with NSEC3', () => {
    const internet = new Internet(ZONES)
    for (const child of CHILDREN) {
      const text = internet.zones.get(Name.parse(child).key)?.text ?? ''
      assert.match(text, /\tNSEC3\t1 /)
      assert.match(text, /\tNSEC3PARAM\t1 0 /)
      assert.doesNotMatch(text, /\tNSEC\t/)
      isWhollySecure(internet.resolver(), child)
    }
  })

  it('2: whoever asks validates data of NSEC3 zones himself, behind a server that does not', () => {
    const internet = new Internet(ZONES)
    // The server in between is asked with CD, and passes on what it gets.
    const between = internet.resolver({ anchors: [] })
    for (const child of CHILDREN) {
      const { header, authority } = between.ask(`nothing.${child}`, 'A', { dnssecOk: true, cd: true })
      assert.equal(header.ad, false)
      assert.ok(
        authority.some(({ type }) => type === 50),
        'the proof is passed on',
      )
      isWhollySecure(internet.resolver(), child)
    }
  })

  it('3: a trust anchor for a zone signed with NSEC3', () => {
    for (const child of CHILDREN) {
      const internet = new Internet({ ...ZONES, [child]: { ...ZONES[child], ds: [] } })
      isWhollySecure(internet.resolver({ anchors: [child] }), child)
      const { security } = internet.resolver({ anchors: [child] }).resolve('www.contoso.test.', 'A')
      assert.equal(security, 'insecure')
    }
  })

  it('4: a secondary for a zone signed with NSEC3', () => {
    for (const child of CHILDREN) {
      const [primary, secondary] = ['192.0.2.1', '192.0.2.2']
      const internet = new Internet({ ...ZONES, [child]: { ...ZONES[child], at: [primary, secondary] } })
      const zone = internet.zones.get(Name.parse(child).key)
      assert.ok(zone !== undefined)
      internet.at(primary).spoil(refusing(5))
      internet.at(secondary).serve({ ...zone, text: transferred(zone.name, zone.text) })
      isWhollySecure(internet.resolver(), child)
      assert.ok(internet.at(secondary).exchanges > 4)
    }
  })
})

/** The zone as a secondary has it, by AXFR. */
function transferred(apex: Name, text: string): string {
  const zone = Zone.arrange(apex, loadRecords(textSource(text), apex).table)
  const query = makeSecondaryQuery(7, apex, { form: 'axfr' }, { edns: false })
  const view = new MessageView()
  assert.equal(view.parse(query) ?? view.scan(), undefined)
  const reader = new TransferReader({ id: 7, zone: apex, form: 'axfr' })
  for (const message of answerAxfr(view, walkZone(zone))) {
    const step = reader.read(message)
    if (step.kind === 'more') continue
    assert.ok(step.kind === 'done' && step.outcome.kind === 'full')
    const { table } = step.outcome
    const copy = Zone.arrange(apex, table)
    return Buffer.from(printRecords(table, copy.records, 0, copy.records.length)).toString('latin1')
  }
  throw new Error('the transfer does not end')
}
