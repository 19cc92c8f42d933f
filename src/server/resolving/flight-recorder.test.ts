/** The last failures, bounded whatever strangers ask for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Name } from '../../dns/name/index.ts'
import { RCODE_NOERROR, RCODE_SERVFAIL } from '../../dns/wire/index.ts'
import { Attempt, decodeFailure, type Resolution } from '../../resolver/index.ts'
import type { Reason, Verdict } from '../../validator/index.ts'
import { FlightRecorder } from './flight-recorder.ts'

const MEBI = 1 << 20
const QUERY = Uint8Array.fromHex('000000100001000000000001000006000100002904d0000080000000')
const SERVER = { address: Uint8Array.of(192, 0, 2, 1), port: 53 }
const RESOLVER = { zoneInCharge: (name: Name) => name.parent, chainTowards: () => undefined }

type Failing = {
  readonly name: string
  readonly type?: number
  readonly reason?: Reason
  /** Of the reply; none: nothing was asked. */
  readonly octets?: number
  readonly target?: string
  readonly zone?: string
}

function resolutionOf(
  recorder: FlightRecorder,
  { name, reason, octets = 300, target = name, zone }: Failing,
): Resolution {
  const exchanges = new Attempt(recorder.ring)
  const reply = { kind: 'message', octets: new Uint8Array(octets).fill(7), milliseconds: 3 } as const
  if (octets > 0) exchanges.add(SERVER, 'udp', QUERY, reply, 3)
  const where = Name.parse(zone ?? name.slice(name.indexOf('.') + 1))
  const failed = Name.parse(target)
  const link = { kind: 'answer', name: failed, type: 1, status: 'bogus', detail: `${failed}: bad` } as const
  const verdict: Verdict | undefined = reason && { status: 'bogus', reason, zone: where, evidence: [link] }
  return {
    rcode: RCODE_SERVFAIL,
    answer: [],
    authority: [],
    additional: [],
    security: verdict?.status ?? 'indeterminate',
    ...(verdict !== undefined && { verdict }),
    remarks: [{ code: 22, text: `no server of ${where} gives a usable answer` }],
    ...(verdict === undefined && { failure: { zone: where, isSilence: true } }),
    attempt: { aliases: [], name: failed, exchanges, exhausted: undefined, milliseconds: 5 },
    expires: 0,
    isStale: false,
  }
}

function fail(recorder: FlightRecorder, failing: Failing, at = 1000): void {
  const question = { name: Name.parse(failing.name), type: failing.type ?? 1, dnssecOk: false, checkingDisabled: false }
  recorder.saw(question, resolutionOf(recorder, failing), RESOLVER, at)
}

function found(recorder: FlightRecorder, name: string, type?: number) {
  const text = recorder.find(Name.parse(name), type)
  return text === undefined ? undefined : decodeFailure(text, 'recorded')
}

test('what fails is kept with its zone, its cause and its messages; what does not fail is not', () => {
  const recorder = new FlightRecorder(MEBI)
  const { attempt, ...resolution } = resolutionOf(recorder, { name: 'a.one.example.' })
  const question = { name: Name.parse('a.one.example.'), type: 1, dnssecOk: false, checkingDisabled: false }
  recorder.saw(question, resolution, RESOLVER, 1000)
  assert.ok(attempt)
  recorder.saw(question, { ...resolution, rcode: RCODE_NOERROR, attempt }, RESOLVER, 1000)
  assert.deepEqual([recorder.counts.entries, recorder.list(10)], [0, []])
  fail(recorder, { name: 'a.one.example.' })
  fail(recorder, { name: 'b.one.example.', reason: 'signature-expired' }, 1001)
  const one = found(recorder, 'A.one.Example.')
  assert.deepEqual(
    [one?.zone.toString(), one?.cause, one?.status, one?.questions, one?.exchanges.length],
    ['one.example.', 'no-reply', 'indeterminate', 1, 1],
  )
  assert.deepEqual(one?.exchanges[0]?.reply, { kind: 'message', octets: new Uint8Array(300).fill(7), milliseconds: 3 })
  assert.deepEqual(
    recorder.list(10).map(({ zone, cause, kept }) => [zone, cause, kept[0]?.name, kept[0]?.type]),
    [
      ['one.example.', 'signature-expired', 'b.one.example.', 'A'],
      ['one.example.', 'no-reply', 'a.one.example.', 'A'],
    ],
  )
})

test('of one zone and cause, the last four are kept, and all are counted', () => {
  const recorder = new FlightRecorder(MEBI)
  for (let i = 0; i < 1000; i++) fail(recorder, { name: `n${i}.one.example.` }, 1000 + i)
  fail(recorder, { name: 'n998.one.example.', octets: 0 }, 2500)
  const [summary, ...others] = recorder.list(10)
  assert.deepEqual(others, [])
  assert.deepEqual([summary?.questions, summary?.first, summary?.last], [1001, 1000, 2500])
  assert.deepEqual(
    summary?.kept.map(({ name, at }) => [name, at]),
    [999, 998, 997, 996].map((i) => [`n${i}.one.example.`, 1000 + i]),
  )
  assert.equal(found(recorder, 'n998.one.example.')?.exchanges.length, 1, 'what is remembered shows less than it did')
  assert.equal(found(recorder, 'n998.one.example.')?.questions, 1001)
  fail(recorder, { name: 'n997.one.example.', octets: 20 }, 2600)
  assert.equal(found(recorder, 'n997.one.example.')?.at, 2600, 'the newest of a name replaces the one before')
  assert.equal(recorder.counts.entries, 4)
})

test('the newest of a name, of any type or of one; an alias is found by its target where the target itself did not fail', () => {
  const recorder = new FlightRecorder(MEBI)
  fail(recorder, { name: 'www.one.example.', type: 1 }, 1000)
  fail(recorder, { name: 'www.one.example.', type: 28 }, 1001)
  fail(recorder, { name: 'alias.two.example.', target: 'www.one.example.', zone: 'one.example.' }, 1002)
  fail(
    recorder,
    { name: 'alias.two.example.', target: 'deep.one.example.', reason: 'denial-missing', zone: 'one.example.' },
    1002,
  )
  assert.equal(found(recorder, 'www.one.example.')?.type, 28)
  assert.equal(found(recorder, 'www.one.example.', 1)?.type, 1)
  assert.equal(found(recorder, 'www.one.example.', 16), undefined)
  assert.equal(found(recorder, 'deep.one.example.')?.name.toString(), 'alias.two.example.')
  assert.equal(found(recorder, 'alias.two.example.')?.cause, 'denial-missing')
  const nearest = (name: string) => recorder.nearest(Name.parse(name)).map(({ zone, cause }) => `${zone} ${cause}`)
  assert.deepEqual(nearest('www.one.example.'), ['one.example. no-reply'])
  assert.deepEqual(nearest('other.one.example.'), ['one.example. denial-missing', 'one.example. no-reply'])
  assert.deepEqual(nearest('other.example.'), [])
})

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

async function memory(): Promise<number> {
  // Memory of arrays is given back a moment after they are collected.
  for (let i = 0; i < 3; i++) {
    gc()
    await sleep(50)
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function flood(recorder: FlightRecorder, count: number, octets: number): void {
  for (let i = 0; i < count; i++) {
    const reason: Reason | undefined = i % 2 === 0 ? 'signature-expired' : undefined
    fail(recorder, { name: `www.zone${i}.example.`, octets, ...(reason && { reason }) }, 1000 + i)
    assert.ok(recorder.counts.octets <= recorder.maxOctets)
  }
}

for (const [count, octets] of [
  [100_000, 700],
  [20_000, 60],
  [20_000, 20_000],
] as const) {
  test(`${count} failing names, each in a zone of its own, replies of ${octets} octets: the memory is bounded, the newest are there`, async () => {
    const max = 8 * MEBI
    flood(new FlightRecorder(max), 10_000, octets)
    const before = await memory()
    const recorder = new FlightRecorder(max)
    flood(recorder, count, octets)
    const taken = (await memory()) - before
    assert.ok(taken <= max, `${taken} octets are taken, ${recorder.counts.octets} are counted, at most ${max} may be`)
    assert.ok(recorder.counts.octets > max / 2, 'it is used')
    const names = recorder.list(10_000).map(({ kept }) => kept[0]?.name)
    assert.deepEqual(
      names,
      Array.from(names, (_, i) => `www.zone${count - 1 - i}.example.`),
    )
    assert.equal(found(recorder, `www.zone${count - 2}.example.`)?.cause, 'signature-expired')
    assert.equal(found(recorder, 'www.zone0.example.'), undefined)
  })
}

test('zones and causes that fail on are kept beside a flood of names of one other zone', () => {
  const recorder = new FlightRecorder(MEBI)
  fail(recorder, { name: 'www.mine.example.', reason: 'dnskey-missing' })
  // A thousand a second: of each second, the first four are recorded.
  for (let i = 0; i < 100_000; i++) {
    fail(recorder, { name: `n${i}.flood.example.`, octets: 1400 }, 1000 + Math.floor(i / 1000))
  }
  const [flooded, mine] = recorder.list(10)
  assert.equal(found(recorder, 'www.mine.example.')?.cause, 'dnskey-missing')
  assert.equal(mine?.questions, 1)
  assert.equal(flooded?.questions, 100_000)
  assert.deepEqual(
    flooded.kept.map(({ name, at }) => [name, at]),
    [3, 2, 1, 0].map((i) => [`n${99_000 + i}.flood.example.`, 1099]),
  )
})

test('in a second a hundred are recorded: a flood of failing zones costs little, and what was there before stays for long', () => {
  const recorder = new FlightRecorder(8 * MEBI)
  fail(recorder, { name: 'www.mine.example.', reason: 'dnskey-missing' })
  for (let i = 0; i < 20_000; i++) {
    fail(recorder, { name: `www.zone${i}.example.`, octets: 1400 }, 1001 + Math.floor(i / 2000))
  }
  assert.deepEqual([recorder.size, recorder.counts.entries], [1001, 1001])
  fail(recorder, { name: 'www.mine.example.', reason: 'dnskey-missing' }, 1010)
  assert.equal(found(recorder, 'www.mine.example.')?.questions, 2, 'what is known is counted')
  assert.equal(found(recorder, 'www.zone18099.example.')?.at, 1010)
  assert.equal(found(recorder, 'www.zone18100.example.'), undefined)
})

test('the smallest memory holds the longest failures', () => {
  const recorder = new FlightRecorder(MEBI)
  for (let i = 0; i < 50; i++) {
    fail(recorder, { name: `n${i}.one.example.`, octets: 65_535 }, 1000 + i)
    assert.ok(recorder.counts.octets <= MEBI, `${recorder.counts.octets}`)
  }
  assert.equal(recorder.counts.entries, 4)
  assert.equal(found(recorder, 'n49.one.example.')?.exchanges.length, 1)
})
