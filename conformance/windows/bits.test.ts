/**
 * What the bits of a query and of the zone make of the bits of the answer, as Windows' documentation has it ("Validate and secure DNS
 * responses using DNSSEC"): a zone is signed well, badly or not at all; the server can validate it or cannot; the client knows DNSSEC
 * or does not; it requires validation or does not. RFC 4035 §3.2, RFC 6840 §5.7 to §5.9 say the same.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { question } from '../../src/authority/served.fixture.ts'
import { decodeMessage, type Message } from '../../src/dns/wire/index.ts'
import { Internet } from '../internet/internet.ts'

const DATA = 'finance A 192.168.0.200'
const ZONES = {
  '.': {},
  'signed.contoso.test.': { text: DATA },
  'unsigned.contoso.test.': { text: DATA, signing: 'unsigned' },
  'badly.contoso.test.': { text: DATA, signing: { inception: 1, expiration: 2 } },
  'contoso.test.': {},
} as const

type Row = readonly [zone: string, anchor: boolean, query: string, answer: string]

/** The query's bits that are set; the answer's RCODE, AD and CD, and whether signatures came. */
const TABLE: readonly Row[] = [
  // Signed well, and validated: AD for those who know of it.
  ['signed', true, '', 'NOERROR'],
  ['signed', true, 'AD', 'NOERROR AD'],
  ['signed', true, 'DO', 'NOERROR AD RRSIG'],
  ['signed', true, 'DO AD', 'NOERROR AD RRSIG'],
  ['signed', true, 'CD', 'NOERROR CD'],
  ['signed', true, 'DO CD', 'NOERROR CD RRSIG'],
  // Signed well, but the server has no trust anchor: data without AD.
  ['signed', false, '', 'NOERROR'],
  ['signed', false, 'AD', 'NOERROR'],
  ['signed', false, 'DO', 'NOERROR RRSIG'],
  ['signed', false, 'DO CD', 'NOERROR CD RRSIG'],
  // Not signed.
  ['unsigned', true, '', 'NOERROR'],
  ['unsigned', true, 'DO', 'NOERROR'],
  ['unsigned', true, 'DO AD', 'NOERROR'],
  ['unsigned', true, 'DO CD', 'NOERROR CD'],
  ['unsigned', false, 'DO', 'NOERROR'],
  // Signed badly: nobody gets it but those who check for themselves, clients that know nothing of DNSSEC least of all.
  ['badly', true, '', 'SERVFAIL'],
  ['badly', true, 'AD', 'SERVFAIL'],
  ['badly', true, 'DO', 'SERVFAIL'],
  ['badly', true, 'CD', 'NOERROR CD'],
  ['badly', true, 'DO CD', 'NOERROR CD RRSIG'],
  // A server without an anchor does not see it.
  ['badly', false, '', 'NOERROR'],
  ['badly', false, 'DO', 'NOERROR RRSIG'],
]

function shortly({ header, answer }: Message): string {
  const words = [header.rcode === 0 ? 'NOERROR' : header.rcode === 2 ? 'SERVFAIL' : `${header.rcode}`]
  if (header.ad) words.push('AD')
  if (header.cd) words.push('CD')
  if (answer.some(({ type }) => type === 46)) words.push('RRSIG')
  return words.join(' ')
}

/** A client that requires validation takes what is authentic, or comes from the zone's own server. */
function isTaken({ header }: Message): boolean {
  return header.rcode === 0 && (header.ad || header.aa)
}

describe('the bits of queries and answers', () => {
  const internet = new Internet(ZONES)
  for (const [zone, anchor, query, expected] of TABLE) {
    it(`${zone}, ${anchor ? 'an anchor' : 'no anchor'}, query with ${query || 'none'}: ${expected}`, () => {
      const resolver = internet.resolver({ anchors: anchor ? ['.'] : [] })
      const flags = { dnssecOk: query.includes('DO'), ad: query.includes('AD'), cd: query.includes('CD') }
      const message = resolver.ask(`finance.${zone}.contoso.test.`, 'A', flags)
      assert.equal(shortly(message), expected)
      assert.deepEqual(
        [message.header.qr, message.header.ra, message.header.rd, message.header.aa],
        [true, true, true, false],
      )
      assert.equal(message.answer.filter(({ type }) => type === 1).length, expected.startsWith('NOERROR') ? 1 : 0)
    })
  }

  it('a client that requires validation asks with DO=1 and CD=0, and takes only what is validated', () => {
    const taken = (zone: string, anchors: string[]): boolean =>
      isTaken(internet.resolver({ anchors }).ask(`finance.${zone}.contoso.test.`, 'A', { dnssecOk: true }))
    assert.equal(taken('signed', ['.']), true)
    assert.equal(taken('signed', []), false)
    assert.equal(taken('unsigned', ['.']), false)
    assert.equal(taken('badly', ['.']), false)
    assert.equal(taken('badly', []), false)
  })

  it('or what the zone’s own server says: AA=1, AD=0, signed or not', () => {
    for (const zone of ['signed', 'unsigned', 'badly']) {
      const name = `finance.${zone}.contoso.test.`
      const sent = internet.host(`${zone}.contoso.test.`).answer(question(name, 'A', { dnssec: true }), 'udp', 0)
      assert.ok(sent !== undefined)
      const message = decodeMessage(sent)
      assert.deepEqual([message.header.aa, message.header.ad, isTaken(message)], [true, false, true])
    }
  })

  it('RFC4035 §3.2.2: whoever checks for himself hears no AD; what he asked for is validated for the next', () => {
    const resolver = internet.resolver()
    const ask = (query: { cd?: boolean }): string =>
      shortly(resolver.ask('finance.signed.contoso.test.', 'A', { dnssecOk: true, ...query }))
    assert.equal(ask({}), 'NOERROR AD RRSIG')
    assert.equal(ask({ cd: true }), 'NOERROR CD RRSIG')
    const unchecked = internet.resolver()
    unchecked.ask('finance.signed.contoso.test.', 'A', { dnssecOk: true, cd: true })
    assert.equal(shortly(unchecked.ask('finance.signed.contoso.test.', 'A', { dnssecOk: true })), 'NOERROR AD RRSIG')
  })

  it('RFC4035 §4.7: what one got with CD is not what another gets without', () => {
    const resolver = internet.resolver()
    const ask = (cd: boolean): string =>
      shortly(resolver.ask('finance.badly.contoso.test.', 'A', { dnssecOk: true, cd }))
    assert.deepEqual(
      [ask(true), ask(false), ask(true), ask(false)],
      ['NOERROR CD RRSIG', 'SERVFAIL', 'NOERROR CD RRSIG', 'SERVFAIL'],
    )
  })
})
