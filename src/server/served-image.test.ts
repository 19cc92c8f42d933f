/** Who may read the image, how many at a time, and for how long. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { answerAxfr } from '../transfer/index.ts'
import { axfrQuery } from '../transfer/transfer.fixture.ts'
import { RecordTable, type RecordWalk, Zone } from '../zone/index.ts'
import { zoneOf } from '../zone/zone.fixture.ts'
import { ServedImage } from './served-image.ts'

const EXAMPLE = Name.parse('example.')
const OPTIONS = { restricted: false, rotates: false, expires: 0 }
const MEGABYTE = 1 << 20
const TXT = 16
const isLimit = (error: unknown): boolean => error instanceof DnsError && error.code === 'limit-exceeded'

function imageOf(...names: string[]): ServedImage {
  const image = new ServedImage()
  for (const name of names) image.put(zoneOf('@ 3600 SOA ns host 1 7200 3600 1209600 600\na NS b\n', name), OPTIONS)
  return image
}

/** A zone of about so many megabytes, of few large records. */
function largeZone(megabytes: number): Zone {
  const small = zoneOf('@ 3600 SOA ns host 1 7200 3600 1209600 600\n', 'example.')
  const table = new RecordTable({ records: 16, octets: 1024 })
  table.add(EXAMPLE.octets, 6, 3600, small.table.rdataOf(small.soa))
  const rdata = new Uint8Array(256 * 200).map((_, i) => (i % 256 === 0 ? 255 : i))
  for (let i = 0; i < megabytes * 20; i++) table.add(Name.parse(`n${i}.example.`).octets, TXT, 60, rdata)
  return Zone.arrange(EXAMPLE, table)
}

function takeAll(take: () => RecordWalk | undefined): RecordWalk[] {
  const walks: RecordWalk[] = []
  try {
    for (let walk = take(); walk !== undefined; walk = take()) walks.push(walk)
    assert.fail('there is no limit')
  } catch (error) {
    assert.ok(isLimit(error), String(error))
  }
  return walks
}

test('reader slots of workers: each is given to one, and when all are taken that is an error', () => {
  const image = new ServedImage()
  const slots = new Set<number>()
  const takeOne = (): number => {
    const slot = image.takeWorkerSlot()
    assert.ok(!slots.has(slot), `slot ${slot} was given to two`)
    slots.add(slot)
    return slot
  }
  assert.throws(() => {
    for (;;) takeOne()
  }, isLimit)
  // Two workers for each of the most threads: a change of settings starts them before it ends the others.
  assert.ok(slots.size >= 512, `${slots.size} slots`)
  const [first = -1] = slots
  slots.delete(first)
  image.leaveWorkerSlot(first)
  assert.equal(takeOne(), first)
})

test('a walk over no zone is none; one too many is an error, and no zone that is not there', () => {
  const image = imageOf('example.')
  assert.equal(image.walk(Name.parse('other.')), undefined)
  const walks = takeAll(() => image.walk(EXAMPLE))
  assert.equal(image.openWalks, walks.length)
  assert.throws(() => image.walk(Name.parse('other.')), isLimit)
  for (const walk of walks) walk.close()
  assert.equal(image.openWalks, 0)
  image.walk(EXAMPLE)?.close()
})

test('walks for clients leave some to the server itself', () => {
  const image = imageOf('example.')
  const walks = takeAll(() => image.walkForClient(EXAMPLE))
  assert.ok(walks.length >= 900, `${walks.length} clients`)
  const own = image.walk(EXAMPLE)
  assert.equal(own?.step(), true)
})

test('a reading that lasts does not keep old versions without bound: it is broken off, and says so', () => {
  const image = imageOf()
  let brokenOff = 0
  image.brokeOff = (walks) => {
    brokenOff += walks
  }
  const versions = [largeZone(8), largeZone(8)]
  const put = (i: number): void => {
    const version = versions[i % 2]
    if (version !== undefined) image.put(version, OPTIONS)
  }
  put(0)
  const slow = image.walkForClient(EXAMPLE)
  const other = image.walkForClient(EXAMPLE)
  assert.ok(slow !== undefined && other !== undefined)
  const transfer = answerAxfr(axfrQuery(), other)
  assert.equal(transfer.next().done, false)
  for (let i = 0; i < 3; i++) assert.equal(slow.step(), true)
  for (let i = 1; i < 30; i++) put(i)
  const { retiredOctets, reachedOctets } = image.usage
  assert.ok(retiredOctets <= 64 * MEGABYTE, `${retiredOctets} octets are held`)
  assert.ok(reachedOctets < 128 * MEGABYTE, `${reachedOctets} octets were needed`)
  assert.deepEqual([brokenOff, image.openWalks], [2, 0])
  assert.throws(() => slow.step(), isLimit)
  assert.throws(() => slow.octets, isLimit)
  // It must not end as if it were whole: the client would take a part of the zone for all of it.
  assert.throws(() => [...transfer], isLimit)
  slow.close()
  const next = image.walkForClient(EXAMPLE)
  assert.equal(next?.step(), true)
  for (let i = 0; i < 4; i++) put(i)
  assert.equal(next?.step(), true, 'one that is short of the limit goes on')
})

test('readings that hold the newest version are not broken off for those of others', () => {
  const image = imageOf()
  const version = largeZone(8)
  image.put(version, OPTIONS)
  // A worker that hangs in the middle of a reading.
  const slot = image.takeWorkerSlot()
  image.reader.memory.enter(slot)
  image.put(version, OPTIONS)
  const walk = image.walkForClient(EXAMPLE)
  for (let i = 0; i < 20; i++) image.put(version, OPTIONS)
  assert.equal(walk?.step(), true)
  image.leaveWorkerSlot(slot)
  image.reclaim()
  assert.throws(() => walk?.step(), isLimit)
})
