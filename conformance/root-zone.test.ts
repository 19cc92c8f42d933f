/**
 * The root zone of 2020-10-19: good at its time against the anchors of its time, expired a month later, and bad with any one
 * octet changed of what its signatures cover. `SIGNET_SEED` repeats a run of random places.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Name, nameEnd, skipName } from '../src/dns/name/index.ts'
import { OctetWriter, readU16, readU32 } from '../src/dns/octets.ts'
import { recordType } from '../src/dns/rr/index.ts'
import { textSource } from '../src/dns/text/index.ts'
import { lowerName } from '../src/dnssec/index.ts'
import { readAnchorFile } from '../src/store/index.ts'
import {
  BOGUS,
  checkStructure,
  concludeVerification,
  createVerifiers,
  GOOD,
  loadRecords,
  planVerification,
  type RecordTable,
  type VerifyReport,
  verifyJobs,
  verifyZone,
  writeCanonicalTail,
  Zone,
} from '../src/zone/index.ts'
import { findMaterial } from './material.ts'

const DAY = 86400
/** 2020-10-20. */
const AT = 1603152000
const PLACES = 2000
const RRSIG = 46
const NSEC = 47
/** Type, class, TTL and length, between owner and RDATA. */
const FIXED = 10

const zonePath = findMaterial('root-zone', '2020-10-19-signed', 'root.zone.gz')
const anchorPath = findMaterial('root-zone', 'anchors', '2020-root-anchors.xml')
const skip = zonePath === undefined || anchorPath === undefined ? 'material/root-zone is not there' : false

/** Codes of what is more than a note. */
function codesOf(report: VerifyReport): string[] {
  return report.counts.filter(({ severity }) => severity !== 'note').map(({ code }) => code)
}

/** Numbers from 0 to below `bound`, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed >>> 0
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * bound)
  }
}

describe('the root zone of 2020', { skip }, () => {
  let table: RecordTable
  let zone: Zone

  before(() => {
    const text = gunzipSync(readFileSync(zonePath ?? ''))
    table = loadRecords(textSource(text), Name.root, { textLength: text.length }).table
    zone = Zone.arrange(Name.root, table)
  })

  test('RFC4035 §5: it verifies against the anchors of its time', () => {
    const report = verifyZone(zone, { at: AT, anchors: readAnchorFile(anchorPath ?? '') })
    assert.deepEqual([report.verdict, report.serial], ['good', 2020101902])
    assert.ok(report.signatures > 2700)
    assert.deepEqual(codesOf(report), [])
  })

  test('RFC7958 §2: anchors that ended, or are of later keys, do not serve', () => {
    const all = readAnchorFile(findMaterial('root-zone', 'anchors', '2026-root-anchors.xml') ?? '')
    assert.deepEqual(
      all.map(({ rdata }) => readU16(rdata, 0)),
      [19036, 20326, 38696],
    )
    const verdictWith = (tag: number): string[] =>
      codesOf(verifyZone(zone, { at: AT, anchors: all.filter(({ rdata }) => readU16(rdata, 0) === tag) }))
    assert.deepEqual(verdictWith(20326), [])
    assert.deepEqual(verdictWith(19036), ['anchor-mismatch'])
    assert.deepEqual(verdictWith(38696), ['anchor-mismatch'])
  })

  test('RFC4034 §3.1.5: a month later its signatures have expired', () => {
    const report = verifyZone(zone, { at: AT + 31 * DAY })
    assert.equal(report.verdict, 'bad')
    assert.deepEqual(codesOf(report), ['signature-expired'])
    assert.match(report.faults[0]?.message ?? '', /expired at 202011/)
  })

  test('RFC4034 §3.1.5: a month before, its signatures are not yet valid', () => {
    const report = verifyZone(zone, { at: AT - 31 * DAY })
    assert.deepEqual(codesOf(report), ['signature-not-yet-valid'])
  })

  test(`RFC4035 §5.3: ${PLACES} random octets of what signatures cover, each changed alone, make it bad`, () => {
    const seed = Number(process.env.SIGNET_SEED ?? Date.now() % 0x100000000)
    console.log(`seed of the random places: ${seed}`)
    const random = randomNumbers(seed)
    const bench = new ChangeBench(zone)
    const tally = { bad: 0, unreadable: 0 }
    while (tally.bad < PLACES) {
      const change = bench.draw(random)
      if (change === undefined) continue
      if (change.verdict === 'unreadable') tally.unreadable++
      else tally.bad++
      assert.notEqual(change.verdict, 'good', `seed ${seed}: ${change.what}`)
    }
    console.log(`${tally.bad} changed zones are bad, ${tally.unreadable} more are no zone at all`)
  })

  test('RFC4035 §2.2: changed glue and delegations are not noticed by signatures', () => {
    const random = randomNumbers(1)
    const bench = new ChangeBench(zone)
    for (let i = 0; i < 100; i++) assert.deepEqual(bench.changeUnsigned(random), [])
  })
})

type Change = { readonly what: string; readonly verdict: 'bad' | 'good' | 'unreadable' }

/** Changes one octet of one record, verifies, and puts it back. Only the signatures that the change touches are checked anew. */
class ChangeBench {
  readonly #table: RecordTable
  /** Records of signed RRsets; RRSIG records; NSEC records: places are drawn from each in turn. */
  readonly #kinds: readonly (readonly number[])[]
  readonly #unsigned: readonly number[]
  /** How many records each signature covers, by the index of its record. */
  readonly #covered: Uint32Array
  readonly #form = new OctetWriter(4096)
  readonly #before = new OctetWriter(4096)
  readonly #after = new OctetWriter(4096)
  readonly #verifiers: ReturnType<typeof createVerifiers>
  #turn = 0

  constructor(zone: Zone) {
    this.#table = zone.table
    const plan = planVerification(zone, { at: AT })
    this.#verifiers = createVerifiers(plan.verifierKeys)
    const signed = new Set<number>()
    this.#covered = new Uint32Array(zone.table.count)
    for (let job = 0; job < plan.jobs.count; job++) {
      const from = plan.jobs.from[job] ?? 0
      const to = plan.jobs.to[job] ?? 0
      this.#covered[plan.jobs.rrsig[job] ?? 0] = to - from
      for (const index of zone.records.subarray(from, to)) signed.add(index)
    }
    const all = Array.from({ length: zone.table.count }, (_, index) => index)
    const ofType = (type: number): number[] => all.filter((index) => zone.table.type[index] === type)
    this.#kinds = [[...signed].filter((index) => zone.table.type[index] !== NSEC), ofType(RRSIG), ofType(NSEC)]
    this.#unsigned = all.filter((index) => !signed.has(index) && zone.table.type[index] !== RRSIG)
  }

  /** Undefined when the drawn change is none in canonical form. */
  draw(random: (bound: number) => number): Change | undefined {
    const kind = this.#kinds[this.#turn++ % 3] ?? []
    const index = kind[random(kind.length)] ?? 0
    const table = this.#table
    const form = this.#form
    writeForm(table, index, form)
    // Of an RRSIG record, its RDATA; of others all that is signed: owner, type, class, TTL, length, RDATA.
    const least = table.type[index] === RRSIG ? skipName(form.octets, 0) + FIXED : 0
    const at = least + random(form.length - least)
    const old = form.octets[at] ?? 0
    form.octets[at] = old ^ (1 + random(255))
    const what = `octet ${at} of record ${index} (type ${table.type[index]}), ${old} to ${form.octets[at]}`
    return this.#verdict(index, what)
  }

  /** Reads the changed form as a record, puts it into the table, verifies, and puts the old one back. */
  #verdict(index: number, what: string): Change | undefined {
    const { octets, length } = this.#form
    const table = this.#table
    const unreadable: Change = { what, verdict: 'unreadable' }
    const end = nameEnd(octets, 0, length)
    if (end < 0 || end + 10 > length) return unreadable
    const type = readU16(octets, end)
    const rdata = octets.subarray(end + 10, length)
    const declared = recordType(type)
    if (readU16(octets, end + 2) !== 1 || readU16(octets, end + 8) !== rdata.length) return unreadable
    if (declared?.declaration.only !== undefined || declared?.check(rdata, 0, rdata.length) === false) return unreadable
    const ttl = readU32(octets, end + 4)
    if (ttl > 0x7fffffff) return unreadable
    const old = snapshot(table, index)
    const ownerAt = table.addOctets(octets.subarray(0, end))
    writeForm(table, index, this.#before)
    restore(table, index, { owner: ownerAt, type, ttl, rdata: table.addOctets(rdata), length: rdata.length })
    try {
      writeForm(table, index, this.#after)
      // Another case of letters is the same record.
      if (Buffer.compare(this.#before.copy(), this.#after.copy()) === 0) return undefined
      return { what, verdict: this.#verify(index).verdict }
    } finally {
      restore(table, index, old)
      table.out.length = ownerAt
    }
  }

  #verify(index: number): VerifyReport {
    const owners = this.#table.owner.slice()
    const zone = Zone.arrange(Name.root, this.#table)
    const plan = planVerification(zone, { at: AT })
    const { jobs } = plan
    const results = new Uint8Array(jobs.count).fill(GOOD)
    for (let job = 0; job < jobs.count; job++) {
      const from = jobs.from[job] ?? 0
      const to = jobs.to[job] ?? 0
      const rrsig = jobs.rrsig[job] ?? 0
      const touched =
        rrsig === index || this.#covered[rrsig] !== to - from || zone.records.subarray(from, to).includes(index)
      if (!touched) continue
      results[job] = BOGUS
      verifyJobs(this.#table, zone.records, jobs, job, job + 1, this.#verifiers, results)
    }
    checkStructure(plan)
    const report = concludeVerification(plan, results)
    // Arranging gives all records of a name the same spelling of it, also that of the changed record.
    this.#table.owner.set(owners)
    return report
  }

  /** Changes an octet of an address or of a server's name that no signature covers. */
  changeUnsigned(random: (bound: number) => number): string[] {
    const table = this.#table
    const index = this.#unsigned[random(this.#unsigned.length)] ?? 0
    const old = snapshot(table, index)
    const rdata = table.rdataOf(index)
    // The first octet of a name is a length; one within its first label is a letter, and stays one.
    const at = table.type[index] === 2 ? 1 : random(rdata.length)
    rdata[at] = table.type[index] === 2 ? 0x61 + random(26) : random(256)
    restore(table, index, { ...old, rdata: table.addOctets(rdata) })
    const codes = codesOf(this.#verify(index))
    restore(table, index, old)
    table.out.length -= rdata.length
    return codes
  }
}

type Row = { owner: number; type: number; ttl: number; rdata: number; length: number }

function snapshot(table: RecordTable, index: number): Row {
  const { owner, type, ttl, rdata, rdataLength } = table
  return {
    owner: owner[index] ?? 0,
    type: type[index] ?? 0,
    ttl: ttl[index] ?? 0,
    rdata: rdata[index] ?? 0,
    length: rdataLength[index] ?? 0,
  }
}

function restore(table: RecordTable, index: number, row: Row): void {
  table.owner[index] = row.owner
  table.type[index] = row.type
  table.ttl[index] = row.ttl
  table.rdata[index] = row.rdata
  table.rdataLength[index] = row.length
}

/** The canonical form of a record (RFC 4034 §6.2). */
function writeForm(table: RecordTable, index: number, out: OctetWriter): void {
  const { octets, owner, ttl } = table
  const at = owner[index] ?? 0
  out.clear()
  lowerName(octets, at, skipName(octets, at), out)
  writeCanonicalTail(table, index, ttl[index] ?? 0, out)
}

const hashedPath = findMaterial('zonemd', 'zones', '44-root-zone', 'root.zone.hashed')

test('RFC8976 §1.2: what signatures do not cover, the digest of the zone does', {
  skip: hashedPath === undefined ? 'material/zonemd is not there' : false,
}, () => {
  const text = readFileSync(hashedPath ?? '')
  const { table } = loadRecords(textSource(text), Name.root, { textLength: text.length })
  const zone = Zone.arrange(Name.root, table)
  // Some hours after its signatures begin.
  const at = 1611100000
  const codes = (): string[] =>
    verifyZone(zone, { at })
      .counts.filter(({ severity }) => severity === 'error')
      .map(({ code }) => code)
  assert.deepEqual(codes(), [])
  const random = randomNumbers(2)
  const addresses: number[] = []
  for (let i = 0; i < table.count; i++) if (table.type[i] === 1 || table.type[i] === 2) addresses.push(i)
  let changed = 0
  while (changed < 5) {
    const index = addresses[random(addresses.length)] ?? 0
    // The servers of the root itself are signed.
    if (table.octets[table.owner[index] ?? 0] === 0) continue
    const place = (table.rdata[index] ?? 0) + (table.type[index] === 1 ? random(4) : 1)
    const old = table.octets[place] ?? 0
    table.octets[place] = table.type[index] === 1 ? old ^ 1 : old === 0x61 ? 0x62 : 0x61
    assert.deepEqual(codes(), ['zonemd-digest'])
    table.octets[place] = old
    changed++
  }
  assert.deepEqual(codes(), [])
})
