import assert from 'node:assert/strict'
import test from 'node:test'
import { AnswerCacheWriter } from '../../authority/index.ts'
import { Name } from '../../dns/name/index.ts'
import { decodeMessage } from '../../dns/wire/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import type { Resolution } from '../../resolver/index.ts'
import { FailureLog } from './failure-log.ts'
import { Outstanding } from './outstanding.ts'
import { makeReady } from './ready-answer.ts'

const NOW = 1_700_000_000
const QUESTION = { name: Name.parse('WWW.example.'), type: 1, dnssecOk: false, checkingDisabled: false }
const SET: RRset = {
  owner: Name.parse('www.example.'),
  type: 1,
  class: 1,
  ttl: 300,
  expires: NOW + 200,
  rdatas: [Uint8Array.of(192, 0, 2, 1)],
  signatures: [],
  security: 'secure',
}
const FOUND: Resolution = {
  rcode: 0,
  answer: [SET],
  authority: [],
  additional: [],
  security: 'secure',
  remarks: [],
  expires: NOW + 200,
  isStale: false,
}

test('a ready answer is as for a client that knows of AD, without OPT, and fit for the cache', () => {
  const ready = makeReady(QUESTION, FOUND, NOW, { isRefreshed: true })
  const { header, answer, edns } = decodeMessage(ready.octets)
  assert.deepEqual([header.ad, header.aa, answer[0]?.ttl, edns], [true, false, 200, undefined])
  assert.equal(ready.refreshFrom, NOW + 180)
  const random = { bytes: (length: number) => new Uint8Array(length).fill(3) }
  assert.equal(AnswerCacheWriter.create(1 << 16, random).put(ready, NOW), true)
})

test('extended errors come as options; their texts give way in long answers', () => {
  const remarks = [{ code: 1, text: 'only unknown algorithms sign the zone' }]
  const short = makeReady(QUESTION, { ...FOUND, remarks }, NOW)
  assert.equal(short.options?.length, 6 + 37)
  const rdatas = Array.from({ length: 80 }, (_, i) => Uint8Array.of(192, 0, 2, i))
  const long = makeReady(QUESTION, { ...FOUND, remarks, answer: [{ ...SET, rdatas }] }, NOW)
  assert.equal(long.options?.length, 6)
})

test('what lives shortly is not fetched anew before its end', () => {
  assert.equal(makeReady(QUESTION, { ...FOUND, expires: NOW + 10 }, NOW, { isRefreshed: true }).refreshFrom, undefined)
})

/** The question has a server that replies. */
const REPLYING = (): boolean => false

test('questions at once are bounded, in all and for each client; IPv6 by its /64', () => {
  const outstanding = new Outstanding(4, 2)
  const [a, b] = [Uint8Array.of(10, 0, 0, 1), Uint8Array.of(10, 0, 0, 2)]
  const ends = [outstanding.begin(a, REPLYING), outstanding.begin(a, REPLYING)]
  assert.ok(ends.every((end) => end !== undefined))
  assert.equal(outstanding.begin(a, REPLYING), undefined)
  ends[0]?.()
  ends[0]?.()
  assert.equal(outstanding.count, 1, 'an end counts once')
  assert.ok(outstanding.begin(a, REPLYING))
  const v6 = (last: number) => new Uint8Array(16).fill(1, 0, 8).fill(last, 8)
  assert.ok(outstanding.begin(v6(1), REPLYING))
  assert.ok(outstanding.begin(v6(2), REPLYING))
  assert.equal(outstanding.begin(b, REPLYING), undefined, 'four are worked on')
  outstanding.configure(10, 2)
  assert.equal(outstanding.begin(v6(3), REPLYING), undefined)
  assert.ok(outstanding.begin(b, REPLYING))
})

/** A log whose lines can be looked at, by level. */
function watchedLog(): { readonly lines: string[]; readonly log: FailureLog } {
  const lines: string[] = []
  const at = (level: string) => (_fields: object, message: string) => {
    lines.push(`${level} ${message}`)
  }
  return { lines, log: new FailureLog({ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }) }
}

const EXPIRED = { status: 'bogus', reason: 'signature-expired', detail: 'expired yesterday', evidence: [] } as const
const EXAMPLE = Name.parse('example.')

test('bogus answers are logged with their sentence, a zone and cause seldom, all of them slowly', () => {
  const { lines, log } = watchedLog()
  const bogus = (zone: string): Resolution => {
    return { ...FOUND, rcode: 2, security: 'bogus', verdict: { ...EXPIRED, zone: Name.parse(zone) } }
  }
  log.saw(QUESTION, FOUND, NOW)
  // Names that clients make up do not fill the log.
  for (let i = 0; i < 100; i++) log.saw({ ...QUESTION, name: Name.parse(`a${i}.example.`) }, bogus('example.'), NOW + i)
  assert.deepEqual(lines, ['warn a0.example. A does not validate: expired yesterday'])
  log.endMinute()
  log.saw(QUESTION, bogus('example.'), NOW + 300)
  assert.equal(lines.length, 2)
  log.endMinute()
  for (let i = 0; i < 100; i++) log.saw(QUESTION, bogus(`z${i}.`), NOW + 600)
  assert.equal(lines.length, 62)
  log.endMinute()
  assert.match(lines[62] ?? '', /^info 40 more lines about failures of resolution are left out$/)
  // What was left out is logged when it fails again.
  log.saw(QUESTION, bogus('z99.'), NOW + 660)
  log.saw(QUESTION, bogus('z0.'), NOW + 660)
  assert.equal(lines.length, 64)
})

test('names that cannot be resolved are logged at info by zone, and that the zone is back', () => {
  const { lines, log } = watchedLog()
  const text = 'no server of example. gives a usable answer: 192.0.2.1 did not reply'
  const failed: Resolution = {
    ...FOUND,
    rcode: 2,
    security: 'indeterminate',
    remarks: [{ code: 22, text }],
    failure: { zone: EXAMPLE, isSilence: true },
  }
  assert.equal(log.isWatching(QUESTION.name), false)
  for (let i = 0; i < 50; i++) log.saw({ ...QUESTION, name: Name.parse(`a${i}.example.`) }, failed, NOW + i)
  assert.deepEqual(lines, [`info a0.example. A cannot be resolved: ${text}`])
  const [shown, more] = log.failing(NOW + 60)
  assert.equal(more, undefined)
  const cause = `a49.example. A cannot be resolved: ${text}`
  assert.deepEqual(shown, { zone: 'example.', cause, firstAgo: 60, lastAgo: 11, questions: 50 })
  assert.equal(log.isWatching(QUESTION.name), true)
  assert.equal(log.isWatching(Name.parse('other.')), false)
  log.recovered(QUESTION.name, NOW + 70)
  assert.equal(lines[1], 'info names in example. are resolved again, after 70 s; 50 questions failed')
  assert.deepEqual(log.failing(NOW + 70), [])
})

test('what is remembered of failures is bounded, whatever zones strangers make up', () => {
  const { log } = watchedLog()
  for (let i = 0; i < 3000; i++) {
    const failure = { zone: Name.parse(`z${i}.`), isSilence: true }
    log.saw(QUESTION, { ...FOUND, rcode: 2, security: 'indeterminate', failure }, NOW)
  }
  assert.equal(log.isWatching(Name.parse('z0.')), false)
  assert.equal(log.isWatching(Name.parse('z2999.')), true)
  assert.ok(log.failing(NOW).length <= 20)
})

test('questions whose servers are silent take half of the room at most', () => {
  const outstanding = new Outstanding(100, 10)
  const client = Uint8Array.of(10, 0, 0, 1)
  const silent = () => true
  for (let n = 0; n < 5; n++) assert.ok(outstanding.begin(client, () => assert.fail('nobody need know yet')))
  assert.equal(outstanding.begin(client, silent), undefined)
  for (let n = 5; n < 10; n++) assert.ok(outstanding.begin(client, REPLYING), `${n}`)
  assert.equal(outstanding.begin(client, REPLYING), undefined)
  // Of all clients together, too.
  for (let n = 0; n < 40; n++) assert.ok(outstanding.begin(Uint8Array.of(10, 1, 0, n), REPLYING))
  assert.equal(outstanding.begin(Uint8Array.of(10, 2, 0, 1), silent), undefined)
  assert.ok(outstanding.begin(Uint8Array.of(10, 2, 0, 1), REPLYING))
})
