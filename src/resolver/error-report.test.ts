/** DNS error reporting, by the sections of its RFC. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { encodeMessage, headerOf } from '../dns/wire/index.ts'
import { ErrorReports, reportName } from './error-report.ts'
import { readReply } from './reply.ts'
import type { Resolution } from './resolution.ts'

const zone = Name.parse('broken.test.')
const agent = Name.parse('a01.agent-domain.example.')
const NOW = 1_000_000

function resolution(more: Partial<Resolution> = {}): Resolution {
  return {
    rcode: 2,
    answer: [],
    authority: [],
    additional: [],
    security: 'bogus',
    verdict: { status: 'bogus', zone, evidence: [] },
    remarks: [{ code: 7, text: 'expired' }],
    expires: NOW + 60,
    isStale: false,
    ...more,
  }
}

function opened() {
  const reports = new ErrorReports()
  reports.heard(zone, agent)
  const saw = (name: string, more: Partial<Resolution> = {}, now = NOW, type = 1): string | undefined =>
    reports.saw(Name.parse(name), type, resolution(more), () => zone, now)?.toString()
  return { reports, saw }
}

test('RFC9567 §6.1.1: the name of a report has the type, the name, the error and the agent, between two marks', () => {
  const name = reportName({ name: Name.parse('broken.test.'), type: 1, code: 7, agent })
  assert.equal(name?.toString(), '_er.1.broken.test.7._er.a01.agent-domain.example.')
  assert.equal(
    reportName({ name: Name.root, type: 48, code: 9, agent })?.toString(),
    '_er.48.9._er.a01.agent-domain.example.',
  )
})

test('RFC9567 §6.1.1: a name of more than 255 octets is not sent', () => {
  const of = (length: number) => {
    const label = 'x'.repeat(49)
    const head = length - 4 * 50 - 1 - 1
    const name = Name.parse(`${'y'.repeat(head)}.${`${label}.`.repeat(4)}`)
    assert.equal(name.octets.length, length)
    return reportName({ name, type: 1, code: 7, agent: Name.parse('agent.') })
  }
  // Two marks of 4 octets, type and code of 2 each, the agent of 7, of which the last is the end of the whole name.
  assert.equal(of(255 - 12 - 6)?.octets.length, 255)
  assert.equal(of(255 - 12 - 5), undefined)
})

test('RFC9567 §6.1: reports are not reported, nor what the agent itself fails in', () => {
  const of = (name: string, to: Name = agent) => reportName({ name: Name.parse(name), type: 1, code: 7, agent: to })
  assert.equal(of('_er.1.broken.test.7._er.a01.agent-domain.example.'), undefined)
  assert.equal(of('x._ER.other.'), undefined)
  assert.equal(of('www.a01.agent-domain.example.'), undefined)
  assert.equal(of('www.agent-domain.example.')?.isAtOrBelow(agent), true)
  assert.equal(of('www.other.', Name.parse('_er.example.')), undefined)
})

test('RFC9567 §6.1: without an agent, or with an empty one, nothing is reported', () => {
  const { reports, saw } = opened()
  reports.heard(zone, Name.root)
  assert.equal(saw('www.broken.test.'), undefined)
  reports.heard(zone, agent)
  reports.heard(zone, undefined)
  assert.equal(saw('www.broken.test.'), undefined)
})

test('RFC9567 §4: the zone that failed has the agent; what did not fail just now is not told', () => {
  const { saw } = opened()
  assert.equal(saw('www.broken.test.'), '_er.1.www.broken.test.7._er.a01.agent-domain.example.')
  assert.equal(saw('alias.elsewhere.'), undefined, 'an alias of another zone')
  assert.equal(saw('b.broken.test.', { rcode: 0 }), undefined)
  assert.equal(saw('b.broken.test.', { rcode: 3 }), undefined)
  const remembered = [...resolution().remarks, { code: 13, text: '' }]
  assert.equal(saw('b.broken.test.', { remarks: remembered }), undefined)
  const other = { status: 'bogus', zone: Name.parse('test.'), evidence: [] } as const
  assert.equal(saw('b.broken.test.', { verdict: other }), undefined)
})

test('RFC9567 §6.1: what does not resolve is reported to the agent of the zone in charge', () => {
  const { reports } = opened()
  const failed = { ...resolution({ security: 'indeterminate', remarks: [{ code: 22, text: '' }] }), verdict: undefined }
  const { verdict: _, ...unjudged } = failed
  const saw = (inCharge: string) =>
    reports.saw(Name.parse('www.broken.test.'), 28, unjudged, () => Name.parse(inCharge), NOW)?.toString()
  assert.equal(saw('test.'), undefined)
  assert.equal(saw('broken.test.'), '_er.28.www.broken.test.22._er.a01.agent-domain.example.')
})

test('RFC9567 §9: the same is reported once in ten minutes, and a flood of names is cut off', () => {
  const { saw } = opened()
  assert.notEqual(saw('www.broken.test.'), undefined)
  assert.equal(saw('www.broken.test.', {}, NOW + 599), undefined)
  assert.notEqual(saw('www.broken.test.', {}, NOW + 600), undefined)
  let sent = 0
  for (let i = 0; i < 500; i++) if (saw(`n${i}.broken.test.`, {}, NOW + 1200) !== undefined) sent++
  assert.equal(sent, 60)
  assert.notEqual(saw('more.broken.test.', {}, NOW + 1260), undefined)
})

test('agents of very many zones do not fill the memory', () => {
  const { reports, saw } = opened()
  for (let i = 0; i < 5000; i++) reports.heard(Name.parse(`z${i}.`), agent)
  assert.equal(saw('www.broken.test.'), undefined)
})

test('RFC9567 §5: a reply names the agent in its option', () => {
  const question = Name.parse('www.broken.test.')
  const message = encodeMessage({
    header: { ...headerOf(1, 2), qr: true },
    questions: [{ name: question, type: 1, class: 1 }],
    answer: [],
    authority: [],
    additional: [],
    edns: { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options: [{ kind: 'report-channel', agent }] },
  })
  assert.equal(readReply(message, NOW, question)?.agent?.toString(), agent.toString())
})
