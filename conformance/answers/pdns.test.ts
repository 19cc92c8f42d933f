/**
 * PowerDNS' regression tests that only ask (material/pdns), with its zones unsigned and signed by us in three ways. The text of
 * its results hides what a signing chooses. `SIGNET_ANSWERS_SERVER=nsd|knot|bind` asks a peer instead.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Workplace } from '../../src/cli/signet.fixture.ts'
import { findMaterial } from '../material.ts'
import { answerText, differences } from './answer-text.fixture.ts'
import {
  type CaseAnswer,
  type CaseQuery,
  caseAnswers,
  caseNames,
  caseQueries,
  isFor,
  MODES,
} from './pdns-cases.fixture.ts'
import { prepareZones } from './pdns-zones.fixture.ts'
import { dnssecQuery, query, readAnswer } from './query.fixture.ts'
import { Serving, serverLacking } from './serving.fixture.ts'

const tests = findMaterial('pdns', 'tests') ?? ''
const zones = findMaterial('pdns', 'zones') ?? ''
const skip = tests === '' || zones === '' ? 'material/pdns is not there' : serverLacking()

const ALIAS = 'ALIAS is a type of PowerDNS alone'
const FULL_ANY = 'a full answer to ANY is not given (RFC 8482)'
const TRANSFER = 'a transfer, not a query; conformance/interop compares those'

/** Tests that are left out, and why. */
const SKIPPED: ReadonlyMap<string, string> = new Map([
  ['alias-address', ALIAS],
  ['alias-mx', ALIAS],
  ['any-query', FULL_ANY],
  ['any-to-tcp-query', FULL_ANY],
  ['any-wildcard', FULL_ANY],
  ['any-wildcard-dnssec', FULL_ANY],
  ['axfr', TRANSFER],
  ['ent-axfr', TRANSFER],
  ['bind-add-zone', 'steers PowerDNS by its control program'],
  ['cname-loop-breakout', 'PowerDNS answers SERVFAIL; RFC 1034 §4.3.2 gives the chain as far as it goes, as NSD does'],
  ['cryptokeys', 'lists keys that were made by hand in the test bed of PowerDNS'],
  ['direct-rrsig', 'PowerDNS refuses QTYPE RRSIG; NSD, Knot and BIND answer'],
])

/** Differences that are a choice, and why: lines of `differences` that are let pass. docs/answers-disputed.md says more. */
const CHOICES: ReadonlyMap<string, { readonly lines: RegExp; readonly reason: string }> = new Map([
  [
    'cross-domain-cname-to-wildcard',
    {
      lines: /^- answer: bla\.something\.wtest\.com\. /,
      reason: 'a CNAME that leads to another zone of the server: NSD follows it, Knot and BIND do not',
    },
  ],
  [
    'cname-to-nxdomain-any',
    { lines: /^\+ answer: \S+ \S+ (rrsig )?nsec /, reason: 'ANY may show the NSEC, as BIND does' },
  ],
  [
    'cname-to-unauth-any',
    { lines: /^\+ answer: \S+ \S+ (rrsig )?nsec /, reason: 'ANY may show the NSEC, as BIND does' },
  ],
])

for (const mode of skip === false ? MODES : []) {
  describe(`zones of PowerDNS, ${mode}`, () => {
    const place = new Workplace()
    let serving: Serving
    before(async () => {
      serving = await Serving.start(await prepareZones(zones, place, mode))
    })
    after(async () => serving?.stop())
    for (const name of caseNames(tests).filter((name) => isFor(tests, name, mode))) {
      test(`${mode}: ${name}`, { skip: SKIPPED.get(name) ?? false }, async (context) => {
        const queries = caseQueries(tests, name)
        const expected = caseAnswers(tests, name, mode, queries)
        assert.ok(queries.length > 0)
        assert.equal(expected.length, queries.length, 'as many results as questions')
        const wrong: string[] = []
        for (const [i, asked] of queries.entries()) wrong.push(...(await compare(serving, asked, expected[i])))
        const choice = CHOICES.get(name)
        const left = wrong.filter((line) => choice?.lines.test(line) !== true)
        assert.deepEqual(left, [])
        if (choice !== undefined && wrong.length > 0) context.diagnostic(choice.reason)
      })
    }
  })
}
if (skip !== false) test('zones of PowerDNS', { skip }, () => {})

async function compare(serving: Serving, asked: CaseQuery, expected: CaseAnswer | undefined): Promise<string[]> {
  if (expected === undefined) return ['no result is told']
  const { name, type } = asked
  const message = asked.dnssec ? dnssecQuery(name, type) : query({ name, type })
  const answer = readAnswer(message, await (asked.tcp ? serving.tcp(message) : serving.udp(message)))
  const got = answerText(answer, asked.hiding)
  if (!expected.denialOnly) {
    const edns = (answer.edns !== undefined) === expected.hasEdns ? [] : ['EDNS is not as expected']
    return [...edns, ...differences(got, expected)]
  }
  const denial = [...got.answer, ...got.authority].filter((line) => /^\S+ \S+ nsec3? /.test(line))
  return differences({ ...expected, authority: denial }, expected)
}
