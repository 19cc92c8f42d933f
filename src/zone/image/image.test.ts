/** Names, flags and summaries of zones in the image, and what changes and transactions do to them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { encodeBase32Hex } from '../../dns/presentation/index.ts'
import { A, NSEC3, SOA, TXT } from '../../dns/rr/index.ts'
import { nsec3Hash } from '../../dnssec/index.ts'
import { changeOf, EXAMPLE, Image, SERVING, SOA_LINE } from './image.fixture.ts'
import { LEAF_CUT, LEAF_DNAME, LEAF_HAS_WILDCARD } from './trie.ts'
import {
  DENIAL_NONE,
  DENIAL_NSEC,
  DENIAL_NSEC3,
  STATE_UNAVAILABLE,
  ZONE_DENIAL,
  ZONE_ITERATIONS,
  ZONE_NEGATIVE_TTL,
} from './zone-entry.ts'

const EMPTY = { flags: 0, types: [] }
const isMismatch = (error: unknown): boolean => error instanceof DnsError && error.code === 'transfer-failed'

test('RFC4592 §2.2.2: names between a name and the apex come and go with it', () => {
  const image = new Image(['a.b.c A 192.0.2.1'])
  assert.deepEqual([image.find('a.b.c')?.types, image.find('b.c'), image.find('c')], [[A.number], EMPTY, EMPTY])
  image.change([], ['x.c A 192.0.2.1', 'b.c TXT "b"'])
  image.change(['a.b.c A 192.0.2.1'], [])
  assert.deepEqual([image.find('a.b.c'), image.find('b.c')?.types, image.find('c')], [undefined, [TXT.number], EMPTY])
  image.change(['b.c TXT "b"'], [])
  assert.deepEqual([image.find('b.c'), image.find('c')], [undefined, EMPTY])
  image.change(['x.c A 192.0.2.1'], [])
  assert.deepEqual([image.find('c'), image.find('@')?.types], [undefined, [SOA.number]])
})

test('a name that loses its records stays as long as something is below it', () => {
  const image = new Image(['a A 192.0.2.1', 'b.a A 192.0.2.1'])
  image.change(['a A 192.0.2.1'], [])
  assert.deepEqual(image.find('a'), EMPTY)
  image.change(['b.a A 192.0.2.1'], [])
  assert.equal(image.find('a'), undefined)
})

test('RFC4592 §2.1.1: the name above a wildcard knows of it', () => {
  const image = new Image()
  const flags = (name: string): number | undefined => image.find(name)?.flags
  const steps: [string[], string[], number | undefined, number | undefined][] = [
    [[], ['*.w A 192.0.2.1'], LEAF_HAS_WILDCARD, 0],
    [[], ['w TXT "w"', 'a.*.w A 192.0.2.1'], LEAF_HAS_WILDCARD, 0],
    [['*.w A 192.0.2.1'], [], LEAF_HAS_WILDCARD, 0],
    [['a.*.w A 192.0.2.1'], [], 0, undefined],
    [[], ['a.*.w A 192.0.2.1', 'w NS ns'], LEAF_HAS_WILDCARD | LEAF_CUT, 0],
    [['a.*.w A 192.0.2.1'], ['*.w A 192.0.2.1'], LEAF_HAS_WILDCARD | LEAF_CUT, 0],
    [['w NS ns', 'w TXT "w"'], [], LEAF_HAS_WILDCARD, 0],
    [['*.w A 192.0.2.1'], [], undefined, undefined],
  ]
  steps.forEach(([removed, added, above, wildcard], i) => {
    image.change(removed, added)
    assert.deepEqual([flags('w'), flags('*.w')], [above, wildcard], `step ${i}`)
  })
})

test('a wildcard at the apex', () => {
  const image = new Image(['* A 192.0.2.1'])
  assert.equal(image.find('@')?.flags, LEAF_HAS_WILDCARD)
  image.change([SOA_LINE], [SOA_LINE.replace(' 1 ', ' 2 ')])
  assert.equal(image.find('@')?.flags, LEAF_HAS_WILDCARD)
  image.change(['* A 192.0.2.1'], [])
  assert.equal(image.find('@')?.flags, 0)
})

test('RFC1034 §4.2.1: zone cuts and DNAMEs appear and disappear; NS at the apex is none', () => {
  const image = new Image(['@ NS ns', 'sub A 192.0.2.1'])
  const flags = (name: string): number | undefined => image.find(name)?.flags
  assert.deepEqual([flags('@'), flags('sub')], [0, 0])
  image.change([], ['sub NS ns.sub', 'ns.sub A 192.0.2.2'])
  assert.deepEqual([flags('sub'), flags('ns.sub')], [LEAF_CUT, 0])
  image.change(['sub NS ns.sub'], [])
  assert.equal(flags('sub'), 0)
  image.change(['sub A 192.0.2.1'], ['sub DNAME other.'])
  assert.equal(flags('sub'), LEAF_DNAME)
  image.change(['sub DNAME other.'], [])
  assert.deepEqual(image.find('sub'), EMPTY)
})

const HASH = '2t7b4g4vsa5smi47k61mv5bv1a22bojr'

/** H(example) without salt. */
function apexHash(iterations: number): string {
  const hash = new Uint8Array(20)
  nsec3Hash(EXAMPLE.octets, 0, EXAMPLE.octets.length, new Uint8Array(0), iterations, hash, 0)
  const text = new Uint8Array(32)
  encodeBase32Hex(hash, 0, 20, text, 0)
  return new TextDecoder().decode(text)
}

test('RFC5155 §4: the chain that NSEC3PARAM announces proves absence, once it is there', () => {
  const image = new Image()
  const zone = (word: number): number => {
    image.reader.enter()
    image.reader.setName(EXAMPLE.octets, 0)
    const value = image.reader.memory.words[image.reader.findZone(EXAMPLE.octets, 0) * 2 + word] ?? 0
    image.reader.leave()
    return value
  }
  assert.deepEqual([zone(ZONE_DENIAL), zone(ZONE_NEGATIVE_TTL)], [DENIAL_NONE, 600])
  image.change([], ['@ NSEC a SOA NSEC RRSIG'])
  assert.equal(zone(ZONE_DENIAL), DENIAL_NSEC)
  // Another salt, flags that are not to be used, another algorithm; then one whose chain comes later.
  image.change([], ['@ NSEC3PARAM 1 0 5 aabb', '@ NSEC3PARAM 1 1 3 -', '@ NSEC3PARAM 2 0 3 -', '@ NSEC3PARAM 1 0 3 -'])
  assert.equal(zone(ZONE_DENIAL), DENIAL_NSEC)
  const chain = [`${apexHash(3)} NSEC3 1 0 3 - ${HASH} SOA`]
  image.change([], chain)
  assert.deepEqual([zone(ZONE_DENIAL), zone(ZONE_ITERATIONS)], [DENIAL_NSEC3, 3])
  image.change(chain, [])
  assert.equal(zone(ZONE_DENIAL), DENIAL_NSEC)
})

test('RFC5155 §7.2.8: NSEC3 records are no names of the zone', () => {
  const image = new Image([
    `${HASH} NSEC3 1 0 0 - ${HASH} A`,
    `${HASH} RRSIG NSEC3 13 2 300 20300101000000 20290101000000 1 example. AAAA`,
  ])
  assert.equal(image.find(HASH), undefined)
  assert.equal(image.writer.zone(EXAMPLE)?.records, 3)
  image.change([`${HASH} NSEC3 1 0 0 - ${HASH} A`], [`${HASH} NSEC3 1 0 0 - ${HASH} A TXT`, `${HASH} A 192.0.2.1`])
  assert.deepEqual(image.find(HASH)?.types, [A.number])
  image.change([`${HASH} A 192.0.2.1`], [])
  assert.equal(image.find(HASH), undefined)
  assert.equal(image.writer.zone(EXAMPLE)?.records, 3)
})

test('NSEC3 records that are not one label below the apex do not displace each other', () => {
  const image = new Image()
  const lines = [`${HASH}.a NSEC3 1 0 0 - ${HASH} A`, `${HASH}.b NSEC3 1 0 0 - ${HASH} A`, `@ NSEC3 1 0 0 - ${HASH} A`]
  image.change([], lines)
  assert.equal(image.writer.zone(EXAMPLE)?.records, 4)
  assert.deepEqual(image.find(`${HASH}.a`)?.types, [NSEC3.number])
  image.change(lines, [])
  assert.equal(image.writer.zone(EXAMPLE)?.records, 1)
})

test('a change that does not fit is refused, and what was published stays', () => {
  const image = new Image(['a A 192.0.2.1', 'w TXT "x"'])
  const before = image.usedOctets
  const refused: [string[], string[]][] = [
    [['a A 192.0.2.2'], []],
    [['a 1 A 192.0.2.1'], []],
    [['none A 192.0.2.1'], []],
    [[], ['a A 192.0.2.1']],
    [['w TXT "x"'], ['b A 192.0.2.1', 'a A 192.0.2.1']],
  ]
  for (const [removed, added] of refused) {
    assert.throws(() => image.change(removed, added), isMismatch)
    image.writer.abandon()
    assert.equal(image.usedOctets, before)
  }
  assert.deepEqual(
    [image.find('a')?.types, image.find('w')?.types, image.find('b')],
    [[A.number], [TXT.number], undefined],
  )
})

test('a record outside the zone is refused', () => {
  const image = new Image()
  for (const owner of ['www.other.', '.', 'ample.']) {
    const { removed, added, ...serials } = changeOf([], [])
    added.add(Name.parse(owner).octets, A.number, 60, Uint8Array.of(192, 0, 2, 1))
    assert.throws(() => image.writer.changeZone(EXAMPLE, { removed, added, ...serials }), isMismatch)
    image.writer.abandon()
  }
})

test('a zone without a SOA is refused', () => {
  const image = new Image()
  assert.throws(
    () => image.change([SOA_LINE], []),
    (error) => error instanceof DnsError && error.code === 'zone-invalid',
  )
  image.writer.abandon()
  assert.equal(image.writer.zone(EXAMPLE)?.serial, 1)
})

test('TTLs count: a record with another TTL is another record', () => {
  const image = new Image(['a 60 A 192.0.2.1'])
  image.change(['a 60 A 192.0.2.1'], ['a 90 A 192.0.2.1'])
  assert.throws(() => image.change(['a 60 A 192.0.2.1'], []), isMismatch)
})

test('RFC4034 §6.2: names in RDATA are compared without regard to case', () => {
  const image = new Image(['a MX 10 Mail'])
  assert.throws(() => image.change([], ['a MX 10 mAIL']), isMismatch)
  image.writer.abandon()
  image.change(['a MX 10 mail'], [])
  assert.equal(image.find('a'), undefined)
})

test('nothing of a transaction is seen before it is published, and nothing of one that is abandoned', () => {
  const image = new Image(['a A 192.0.2.1'])
  const before = image.usedOctets
  image.writer.changeZone(EXAMPLE, changeOf(['a A 192.0.2.1'], ['b.c A 192.0.2.2']))
  image.writer.removeZone(Name.parse('none.'))
  image.writer.setZone(Name.parse('new.'), SERVING)
  assert.deepEqual(
    [image.find('a')?.types, image.find('b.c'), image.zoneOf('x.new.')],
    [[A.number], undefined, undefined],
  )
  image.writer.abandon()
  assert.deepEqual([image.usedOctets, image.find('a')?.types], [before, [A.number]])
  image.change(['a A 192.0.2.1'], ['b.c A 192.0.2.2'])
  assert.deepEqual([image.find('a'), image.find('b.c')?.types], [undefined, [A.number]])
})

test('memory that past readings held is not counted wrong by a transaction that is abandoned', () => {
  const image = new Image(['a A 192.0.2.1'])
  const before = image.usedOctets
  image.reader.enter()
  image.change(['a A 192.0.2.1'], ['b A 192.0.2.1'])
  image.writer.changeZone(EXAMPLE, changeOf(['b A 192.0.2.1'], []))
  image.reader.leave()
  image.writer.reclaim()
  image.writer.abandon()
  image.writer.reclaim()
  assert.equal(image.usedOctets, before)
})

test('the nearest of nested zones is found; a zone that goes leaves its memory', () => {
  const image = new Image(['sub NS ns.sub', 'x.sub A 192.0.2.1'])
  const before = image.usedOctets
  const sub = Name.parse('sub.example.')
  image.put(['x TXT "t"'], sub)
  assert.deepEqual([image.zoneOf('x.sub.example.'), image.find('x.sub')?.types], ['sub.example.', [TXT.number]])
  assert.deepEqual([image.zoneOf('subx.example.'), image.zoneOf('elsewhere.')], ['example.', undefined])
  image.writer.removeZone(sub)
  image.writer.publish()
  assert.deepEqual([image.zoneOf('x.sub.example.'), image.find('x.sub')?.types], ['example.', [A.number]])
  assert.deepEqual([image.usedOctets, image.writer.zone(sub)], [before, undefined])
})

test('the root zone is above all others', () => {
  const image = new Image([], Name.root)
  image.put(['a A 192.0.2.1'])
  assert.deepEqual(
    ['a.example.', 'other.', '.'].map((name) => image.zoneOf(name)),
    ['example.', '.', '.'],
  )
})

test('a zone that is put again takes the place of the old one', () => {
  const image = new Image(['a.b A 192.0.2.1', '*.c A 192.0.2.1', 'd NS ns'])
  const before = image.usedOctets
  image.put(['e A 192.0.2.1'])
  assert.deepEqual([image.find('a.b'), image.find('b'), image.find('e')?.types], [undefined, undefined, [A.number]])
  assert.deepEqual([image.writer.zone(EXAMPLE)?.records, image.writer.zone(EXAMPLE)?.names], [2, 2])
  image.put(['a.b A 192.0.2.1', '*.c A 192.0.2.1', 'd NS ns'])
  assert.equal(image.usedOctets, before)
})

test('settings change without the records, and are there for a zone that was never loaded', () => {
  const image = new Image(['a A 192.0.2.1'])
  image.writer.setZone(EXAMPLE, { ...SERVING, state: STATE_UNAVAILABLE, expires: 4_000_000_000 })
  image.writer.setZone(Name.parse('lost.'), { ...SERVING, state: STATE_UNAVAILABLE })
  image.writer.publish()
  assert.deepEqual(image.writer.zone(EXAMPLE), {
    serial: 1,
    names: 2,
    records: 2,
    state: STATE_UNAVAILABLE,
    expires: 4_000_000_000,
  })
  assert.equal(image.writer.zone(Name.parse('lost.'))?.records, 0)
  assert.deepEqual(image.find('a')?.types, [A.number])
})

test('a version that is read stays as it was, whatever is published', () => {
  const image = new Image(['a A 192.0.2.1'])
  const { reader } = image
  const name = Name.parse('a.example.').octets
  reader.enter()
  const { edition } = reader
  for (let i = 0; i < 50; i++) {
    image.writer.changeZone(EXAMPLE, i % 2 === 0 ? changeOf(['a A 192.0.2.1'], []) : changeOf([], ['a A 192.0.2.1']))
    image.writer.publish()
    reader.setName(name, 0)
    assert.ok(reader.findName(reader.findZone(name, 0), name, 0))
  }
  reader.leave()
  reader.enter()
  assert.notEqual(reader.edition, edition)
})

test('versions are told apart, even when their roots share a place', () => {
  const image = new Image()
  const editions = new Set<number>()
  for (let i = 0; i < 20; i++) {
    image.put([`a${i} A 192.0.2.1`])
    image.reader.enter()
    editions.add(image.reader.edition)
    image.reader.leave()
    image.reader.enter()
    editions.add(image.reader.edition)
    image.reader.leave()
  }
  assert.equal(editions.size, 20)
})

const owner = fc
  .array(fc.constantFrom('a', 'b', '*', 'c', '\\255', 'ns'), { maxLength: 3 })
  .map((labels) => labels.join('.') || '@')
const data = fc.constantFrom(
  'A 192.0.2.1',
  'A 192.0.2.2',
  'TXT "t"',
  'NS ns',
  'DNAME other.',
  `NSEC3 1 0 0 - ${HASH} A`,
)
const line = fc.tuple(owner, data).map(([name, rdata]) => `${name} ${rdata}`)

test('after any changes an image is like one made afresh, and takes as much memory', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uniqueArray(line, { maxLength: 12 }), { minLength: 2, maxLength: 6 }),
      owner,
      (versions, asked) => {
        const image = new Image(versions[0])
        for (let i = 1; i < versions.length; i++) {
          const [from = [], to = []] = [versions[i - 1], versions[i]]
          image.change(
            from.filter((each) => !to.includes(each)),
            to.filter((each) => !from.includes(each)),
          )
        }
        const fresh = new Image(versions.at(-1))
        const names = [asked, ...versions.flat().map((each) => each.split(' ')[0] ?? '')]
        for (const name of names) {
          for (let at = name; ; at = at.slice(at.indexOf('.') + 1)) {
            assert.deepEqual(image.find(at), fresh.find(at), at)
            if (!at.includes('.')) break
          }
        }
        assert.deepEqual(image.writer.zone(EXAMPLE), fresh.writer.zone(EXAMPLE))
        assert.equal(image.usedOctets, fresh.usedOctets)
      },
    ),
    { numRuns: 200 },
  )
})
