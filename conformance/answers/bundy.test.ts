/**
 * Bundy's scenarios of an authoritative server (material/bundy): the answers of RFC 5155 appendix B from its presigned zone, and
 * plain queries. `SIGNET_ANSWERS_SERVER=nsd|knot|bind` asks a peer instead.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { EDNS_DO } from '../../src/dns/wire/index.ts'
import { findMaterial } from '../material.ts'
import { type AnswerText, answerText, differences, parseRecordLine, recordLine } from './answer-text.fixture.ts'
import { readScenarios, type ScenarioQuery } from './bundy-scenarios.fixture.ts'
import { query, readAnswer } from './query.fixture.ts'
import { Serving, serverLacking } from './serving.fixture.ts'

const folder = findMaterial('bundy', 'tests', 'lettuce')
const skip = folder === undefined ? 'material/bundy is not there' : serverLacking()
const HIDING = { signatures: false }
const NSEC3 = 'nsec3/nsec3_auth.config'
const PLAIN = 'example.org.inmem.config'

/** Scenarios that speak of something else than answers from a zone, or of a choice of Bundy's. */
const SKIPPED: ReadonlyMap<string, string> = new Map([
  ['RRSIG query', 'Bundy refuses QTYPE RRSIG; NSD, Knot and BIND answer'],
  ['ANY query', 'a full answer to ANY is not given (RFC 8482)'],
])

function plainZone(): ScenarioQuery[] {
  return scenarios('queries').filter(({ configuration }) => configuration === PLAIN)
}

function scenarios(feature: string): ScenarioQuery[] {
  return readScenarios(`${folder}/features/${feature}.feature`)
}

function nsec3Zone(): ScenarioQuery[] {
  return [...scenarios('nsec3_auth'), ...scenarios('queries').filter(({ configuration }) => configuration === NSEC3)]
}

/** What the scenario does not tell is taken from the answer. */
function expectation(asked: ScenarioQuery, got: AnswerText): AnswerText {
  const { rcode, flags = got.flags, sections } = asked
  const section = (key: 'answer' | 'authority' | 'additional'): readonly string[] =>
    sections.get(key)?.map((line) => recordLine(parseRecordLine(line), HIDING)) ?? got[key]
  let authority = section('authority')
  // Bundy adds the zone's NS records to an answer; minimal responses leave them out.
  if (section('answer').length > 0) authority = authority.filter((line) => !/ (ns|rrsig ns) /.test(line))
  return { rcode, flags, answer: section('answer'), authority, additional: section('additional') }
}

function suite(title: string, name: string, file: string, queries: () => ScenarioQuery[]): void {
  describe(title, { skip }, () => {
    let serving: Serving
    before(async () => {
      serving = await Serving.start([{ name, file: `${folder}/${file}` }])
    })
    after(async () => serving?.stop())
    for (const asked of skip === false ? queries() : []) {
      const words = `${asked.title}: ${asked.name} ${asked.class === 'IN' ? '' : `${asked.class} `}${asked.type}`
      const reason = SKIPPED.get(asked.title)
      test(words, { skip: reason ?? false }, async () => {
        const edns = asked.dnssec ? { edns: { flags: EDNS_DO, udpSize: 4096 } } : {}
        const rrClass = asked.class === 'CH' ? 3 : 1
        const message = query({ name: asked.name, type: asked.type, class: rrClass, ...edns })
        const got = answerText(readAnswer(message, await serving.udp(message)), HIDING)
        assert.deepEqual(differences(got, expectation(asked, got)), [])
      })
    }
  })
}

suite(
  'RFC5155 §B: answers from the zone of appendix A',
  'example.',
  'configurations/nsec3/rfc5155-example.zone.signed',
  nsec3Zone,
)
suite('RFC1034 §4.3.2: answers from example.org', 'example.org.', 'data/example.org', plainZone)
