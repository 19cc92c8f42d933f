/** Versions that are staged while others are published, and the whole versions that other threads write. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { A, SOA, TXT } from '../../dns/rr/index.ts'
import { zoneOf } from '../zone.fixture.ts'
import { buildZone } from './build-zone.ts'
import { FreeExtents } from './extents.ts'
import { changeOf, EXAMPLE, Image, SERVING, SOA_LINE } from './image.fixture.ts'
import { ImageMemory } from './memory.ts'

const OTHER = Name.parse('other.')
const isMismatch = (error: unknown): boolean => error instanceof DnsError && error.code === 'transfer-failed'

function linesToZone(lines: readonly string[], apex = 'example.') {
  return zoneOf(['$TTL 3600', SOA_LINE, ...lines].map((line) => `${line}\n`).join(''), apex)
}

test('other zones are published while a version is staged', () => {
  const image = new Image(['a A 192.0.2.1'])
  const before = image.usedOctets
  const staged = image.writer.stage(EXAMPLE)
  staged.apply(changeOf([], ['b A 192.0.2.2']))
  image.put(['x A 192.0.2.3'], OTHER)
  staged.apply(changeOf(['a A 192.0.2.1'], ['c A 192.0.2.2']))
  image.writer.removeZone(OTHER)
  image.writer.publish()
  assert.deepEqual([image.find('a')?.types, image.find('b'), image.find('c')], [[A.number], undefined, undefined])
  image.writer.put(staged, SERVING)
  image.writer.publish()
  assert.deepEqual(
    [image.find('a'), image.find('b')?.types, image.find('c')?.types],
    [undefined, [A.number], [A.number]],
  )
  image.change(['b A 192.0.2.2', 'c A 192.0.2.2'], ['a A 192.0.2.1'])
  assert.equal(image.usedOctets, before)
})

test('settings of the published version may change while another is staged', () => {
  const image = new Image(['a A 192.0.2.1'])
  const staged = image.writer.stage(EXAMPLE)
  staged.apply(changeOf([], ['b A 192.0.2.2']))
  image.writer.setZone(EXAMPLE, { ...SERVING, expires: 7 })
  image.writer.publish()
  assert.equal(image.writer.zone(EXAMPLE)?.expires, 7)
  image.writer.put(staged, { ...SERVING, expires: 9 })
  image.writer.publish()
  assert.deepEqual([image.writer.zone(EXAMPLE)?.expires, image.find('b')?.types], [9, [A.number]])
})

test('a version that was staged over another than the published one is refused', () => {
  const image = new Image(['a A 192.0.2.1'])
  const staged = image.writer.stage(EXAMPLE)
  staged.apply(changeOf([], ['b A 192.0.2.2']))
  image.change([], ['c A 192.0.2.2'])
  image.writer.put(staged, SERVING)
  assert.throws(() => image.writer.publish(), RangeError)
  image.writer.abandon()
  assert.deepEqual([image.find('b'), image.find('c')?.types], [undefined, [A.number]])
})

test('what fails within an attempt leaves the rest of a staged version as it was', () => {
  const image = new Image(['a A 192.0.2.1', 'w.x TXT "t"'])
  const before = image.usedOctets
  const staged = image.writer.stage(EXAMPLE)
  staged.attempt(() => staged.apply(changeOf(['a A 192.0.2.1'], ['b A 192.0.2.2'])))
  assert.throws(() => {
    staged.attempt(() => {
      staged.apply(changeOf(['b A 192.0.2.2', 'w.x TXT "t"'], ['c A 192.0.2.2']))
      staged.apply(changeOf(['none A 192.0.2.2'], []))
    })
  }, isMismatch)
  staged.attempt(() => staged.apply(changeOf([], ['d A 192.0.2.2'])))
  image.writer.put(staged, SERVING)
  image.writer.publish()
  const types = ['a', 'b', 'c', 'd', 'w.x'].map((name) => image.find(name)?.types[0])
  assert.deepEqual(types, [undefined, A.number, undefined, A.number, TXT.number])
  image.change(['b A 192.0.2.2', 'd A 192.0.2.2'], ['a A 192.0.2.1'])
  assert.equal(image.usedOctets, before)
})

const line = fc
  .tuple(fc.constantFrom('a', 'b', 'c.a', '*.a', 'd.c.a', '@'), fc.constantFrom('A 192.0.2.1', 'TXT "t"', 'NS ns'))
  .map(([owner, rdata]) => `${owner} ${rdata}`)

test('attempts that fail among some that do not: the version is as if they had never been made', () => {
  const step = fc.record({ lines: fc.uniqueArray(line, { maxLength: 5 }), fails: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const image = new Image()
      const staged = image.writer.stage(EXAMPLE)
      let there: string[] = []
      for (const { lines, fails } of steps) {
        const gone = there.filter((each) => !lines.includes(each))
        const come = lines.filter((each) => !there.includes(each))
        const attempt = (): void =>
          staged.attempt(() => {
            staged.apply(changeOf(gone, come))
            if (fails) throw new DnsError('transfer-failed', 'this one fails')
          })
        if (fails) assert.throws(attempt, isMismatch)
        else {
          attempt()
          there = lines
        }
      }
      image.writer.put(staged, SERVING)
      image.writer.publish()
      const fresh = new Image(there)
      for (const name of ['a', 'b', 'c.a', '*.a', 'd.c.a', '@']) assert.deepEqual(image.find(name), fresh.find(name))
      assert.equal(image.usedOctets, fresh.usedOctets)
    }),
    { numRuns: 200 },
  )
})

test('versions that are written in steps, by turns and while others are published, are as if each were written in one piece', () => {
  const names = (zone: string, from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `h${from + i}.${zone} A 192.0.2.1`)
  const image = new Image(names('a', 0, 900))
  image.put(names('a', 0, 900), OTHER)
  const changed = image.writer.stage(EXAMPLE)
  const whole = image.writer.stageAfresh(OTHER)
  const change = changeOf(names('a', 0, 700), names('b', 0, 700))
  const works = [
    changed.applySteps(change),
    whole.fillSteps(linesToZone(['x A 192.0.2.9', ...names('c', 0, 900)], 'other.')),
  ]
  let turns = 0
  while (works.length > 0) {
    const work = works.shift()
    if (work?.next().done === false) works.push(work)
    image.put([`t${turns++} A 192.0.2.1`], Name.parse('third.'))
  }
  assert.ok(turns > 10, `${turns} steps`)
  assert.equal(image.find('h0.b'), undefined)
  image.writer.put(changed, SERVING)
  image.writer.put(whole, SERVING)
  image.writer.publish()
  const fresh = new Image([...names('a', 700, 900), ...names('b', 0, 700)])
  fresh.put(['x A 192.0.2.9', ...names('c', 0, 900)], OTHER)
  fresh.put([`t${turns - 1} A 192.0.2.1`], Name.parse('third.'))
  for (const name of ['h0.a', 'h699.a', 'h700.a', 'h0.b', 'h699.b', 'b', 'x.other.', 'h899.c.other.', 'h0.a.other.'])
    assert.deepEqual(image.find(name), fresh.find(name), name)
  assert.equal(image.usedOctets, fresh.usedOctets)
})

test('a version that another thread wrote is published like any other, and its memory comes back', () => {
  const image = new Image(['a A 192.0.2.1'])
  const before = image.usedOctets
  const { writer } = image
  const source = new FreeExtents(new ImageMemory(writer.memory.buffer), writer.takeExtents())
  const names = Array.from({ length: 20_000 }, (_, i) => `h${i} A 192.0.2.1`)
  const built = structuredClone(buildZone(source, linesToZone(names)))
  writer.giveExtents(source.takeAll())
  assert.equal(image.find('h1'), undefined)
  const staged = writer.adopt(EXAMPLE, built)
  writer.put(staged, SERVING)
  writer.publish()
  assert.deepEqual([image.find('a'), image.find('h19999')?.types], [undefined, [A.number]])
  assert.equal(writer.zone(EXAMPLE)?.names, 20_001)
  image.change(['h1 A 192.0.2.1'], ['h1 A 192.0.2.2', 'a A 192.0.2.1'])
  assert.equal(image.find('a')?.types[0], A.number)
  const reached = writer.memory.reachedOctets
  for (let i = 0; i < 4; i++) {
    image.put(names)
    image.put(['a A 192.0.2.1'])
  }
  assert.equal(image.usedOctets, before)
  assert.ok(writer.memory.reachedOctets <= reached * 1.25, `${reached} grew to ${writer.memory.reachedOctets}`)
})

test('a version without a SOA is not built, and takes no memory', () => {
  const memory = ImageMemory.create()
  const source = new FreeExtents(memory)
  const before = memory.reachedOctets
  const zone = zoneOf('a 60 A 192.0.2.1\n', 'example.')
  assert.equal(zone.findRrset(0, SOA.number), -1)
  assert.throws(() => buildZone(source, zone), DnsError)
  assert.equal(memory.reachedOctets, before)
})
