/** What views answer: a table, a published version in the image and a staged one say the same. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { decodeBase32Hex, encodeBase32Hex } from '../dns/presentation/index.ts'
import { A, NS, NSEC, NSEC3, RRSIG, rdataText, SOA, TXT, typeMnemonic, typeNumber } from '../dns/rr/index.ts'
import { NSEC as BY_NSEC, NSEC3 as BY_NSEC3, OPT_OUT, signText } from '../signer/signing.fixture.ts'
import { EXAMPLE, SERVING } from './image/image.fixture.ts'
import { diffZones, ImageView, ImageWriter, TableView, type ViewRrset, type Zone, type ZoneView } from './index.ts'
import { zoneOf } from './zone.fixture.ts'
import { recordLines } from './zone-changes.fixture.ts'
import { soaLine } from './zone-versions.fixture.ts'

const name = (text: string): Name => Name.parse(text, EXAMPLE)
const zoneOfLines = (lines: readonly string[]): Zone =>
  zoneOf([soaLine(1), ...lines].map((line) => `${line}\n`).join(''))

/** The same zone in all views. The staged version is made of another that is published, by a change. */
function viewsOf(zone: Zone, before: Zone = zoneOfLines(['old TXT "to be removed"'])): Record<string, ZoneView> {
  const published = new ImageWriter()
  published.putZone(zone, SERVING)
  published.publish()
  const unit = published.findZone(published.memory, published.memory.root, zone.apex)
  const writer = new ImageWriter()
  writer.putZone(before, SERVING)
  writer.publish()
  const staged = writer.stage(zone.apex)
  const change = diffZones(before, zone)
  if (change !== undefined) staged.apply(change)
  return {
    table: new TableView(zone),
    published: new ImageView(published.memory, unit),
    staged: new ImageView(writer.memory, staged.unit),
  }
}

function textOf(rrset: ViewRrset | undefined): string {
  if (rrset === undefined) return 'none'
  const records = rrset.records.map(({ ttl, rdata }) => `${ttl} ${rdataText(rrset.type, rdata)}`)
  const signatures = rrset.signatures.map(({ ttl, rdata }) => `${ttl} ${rdataText(RRSIG.number, rdata)}`)
  return `${typeMnemonic(rrset.type)}: ${records.join(', ')}${signatures.length === 0 ? '' : ` signed ${signatures}`}`
}

function nodeText(view: ZoneView, at: Name): string {
  const node = view.node(at)
  return node === undefined ? 'none' : [node.owner, ...node.rrsets.map(textOf)].join('; ')
}

function hashOf(label: string): Uint8Array {
  const hash = new Uint8Array(20)
  decodeBase32Hex(new TextEncoder().encode(label), 0, label.length, hash, 0)
  return hash
}

function labelOf(hash: Uint8Array): string {
  const label = new Uint8Array(32)
  encodeBase32Hex(hash, 0, hash.length, label, 0)
  return new TextDecoder().decode(label)
}

const H = ['0p9mhaveqvm6t7vbl5lop2u3t2rp3tom', '2t7b4g4vsa5smi47k61mv5bv1a22bojr', 'q04jkcevqvmu85r014c7dkba38o0ji5r']
const ABSENT = 'k8udemvp1j2f7eg6jebps17vp3n8i58h'
/** A label that begins as a hash. */
const LONG = 'u'.repeat(40)
/** A hash with signatures alone. */
const LONE = 't'.repeat(32)

const ZONE = zoneOfLines([
  'a.ent.example. 60 A 192.0.2.1',
  'b.ent.example. 60 A 192.0.2.1',
  'B.ent.example. 60 A 192.0.2.2',
  'b.ent.example. 60 RRSIG A 13 3 60 20300101000000 20290101000000 4711 example. AAAA',
  'b.ent.example. 60 NSEC cut.example. A RRSIG NSEC',
  'only-nsec.example. 60 NSEC z.example. NSEC RRSIG',
  'nsec.only.example. 60 NSEC z.example. NSEC RRSIG',
  'only-rrsig.example. 60 RRSIG TXT 13 2 60 20300101000000 20290101000000 4711 example. AAAA',
  'cut.example. 60 NS ns.cut.example.',
  'ns.cut.example. 60 A 192.0.2.3',
  '*.cut.example. 60 TXT "x"',
  'Z.example. 60 TXT "z"',
  `${H[0]}.example. 60 NSEC3 1 0 0 - ${H[1]} A`,
  `${H[0]}.example. 60 RRSIG NSEC3 13 2 60 20300101000000 20290101000000 4711 example. AAAA`,
  `${H[1]?.toUpperCase()}.example. 60 NSEC3 1 0 0 - ${H[2]} A`,
  `${H[1]}.example. 60 TXT "a name that is a hash as well"`,
  `${H[2]}.example. 60 NSEC3 1 0 0 - ${H[0]}`,
  `short.example. 60 NSEC3 1 0 0 - ${H[0]}`,
  `${LONG}.example. 60 NSEC3 1 0 0 - ${H[0]}`,
  `${LONE}.example. 60 RRSIG NSEC3 13 2 60 20300101000000 20290101000000 4711 example. AAAA`,
  `${H[2]}.ent.example. 60 NSEC3 1 0 0 - ${H[0]}`,
])

describe('a view', () => {
  const questions: readonly [what: string, ask: (view: ZoneView) => unknown, expected: string][] = [
    ['the apex', (view) => view.apex, 'example.'],
    [
      'the records of a name, with their signatures and the spelling that it has',
      (view) => nodeText(view, name('B.ENT')),
      'b.ent.example.; A: 60 192.0.2.1, 60 192.0.2.2 signed 60 A 13 3 60 20300101000000 20290101000000 4711 example. AAAA; NSEC: 60 cut.example. A RRSIG NSEC',
    ],
    ['an absent name has no records', (view) => nodeText(view, name('absent')), 'none'],
    ['an empty non-terminal has none', (view) => nodeText(view, name('ent')), 'none'],
    ['has: a type', (view) => view.has(name('cut'), NS.number), 'true'],
    ['has: a type that is not there', (view) => view.has(name('cut'), A.number), 'false'],
    ['has: signatures alone are no records', (view) => view.has(name('only-rrsig'), TXT.number), 'false'],
    ['has: at no name', (view) => view.has(name('ent'), A.number), 'false'],
    ['has: NSEC3 at a hash is not of the name', (view) => view.has(name(H[1] ?? ''), NSEC3.number), 'false'],
    ['has: NSEC3 elsewhere is', (view) => view.has(name(`${H[2]}.ent`), NSEC3.number), 'true'],
    ['exists: a name', (view) => view.exists(name('z')), 'true'],
    ['exists: glue', (view) => view.exists(name('ns.cut')), 'true'],
    ['exists: an empty non-terminal does not by itself', (view) => view.exists(name('ent')), 'false'],
    ['exists: not by NSEC alone', (view) => view.exists(name('only-nsec')), 'false'],
    ['exists: not by RRSIG alone', (view) => view.exists(name('only-rrsig')), 'false'],
    ['exists: not as the owner of NSEC3', (view) => view.exists(name(H[0] ?? '')), 'false'],
    ['exists: beside an NSEC3 record', (view) => view.exists(name(H[1] ?? '')), 'true'],
    ['below: an empty non-terminal has names below it', (view) => view.hasBelow(name('ent')), 'true'],
    ['below: a name with records', (view) => view.hasBelow(name('cut')), 'true'],
    ['below: the last name has none', (view) => view.hasBelow(name('z')), 'false'],
    ['below: not a name that only ends alike', (view) => view.hasBelow(name('nt')), 'false'],
    ['below: NSEC alone makes no name there', (view) => view.hasBelow(name('only')), 'false'],
    ['the name after the apex', (view) => view.nameAfter(name('@')), `${H[1]?.toUpperCase()}.example.`],
    ['after a name: what is below it', (view) => view.nameAfter(name('cut')), '*.cut.example.'],
    ['after an empty non-terminal', (view) => view.nameAfter(name('ent')), 'a.ent.example.'],
    ['after: past names without records of their own', (view) => view.nameAfter(name(`${H[2]}.ent`)), 'Z.example.'],
    ['after an absent name', (view) => view.nameAfter(name('a.cut')), 'ns.cut.example.'],
    ['after the last', (view) => view.nameAfter(name('z')), 'undefined'],
    ['behind a name: not what is below it', (view) => view.nameBehind(name('cut')), 'a.ent.example.'],
    ['behind an empty non-terminal', (view) => view.nameBehind(name('ent')), 'Z.example.'],
    ['behind an absent name', (view) => view.nameBehind(name('d')), 'a.ent.example.'],
    ['behind the apex', (view) => view.nameBehind(name('@')), 'undefined'],
    ['before a name', (view) => view.nameBefore(name('z')), `${H[2]}.ent.example.`],
    ['before an empty non-terminal', (view) => view.nameBefore(name('ent')), 'ns.cut.example.'],
    ['before an absent name', (view) => view.nameBefore(name('x.z')), 'Z.example.'],
    ['before the first', (view) => view.nameBefore(name('@')), 'undefined'],
    [
      'NSEC3 by its hash',
      (view) => textOf(view.nsec3(hashOf(H[0] ?? ''))),
      `NSEC3: 60 1 0 0 - ${H[1]} A signed 60 NSEC3 13 2 60 20300101000000 20290101000000 4711 example. AAAA`,
    ],
    ['NSEC3 beside other records', (view) => textOf(view.nsec3(hashOf(H[1] ?? ''))), `NSEC3: 60 1 0 0 - ${H[2]} A`],
    ['NSEC3 of no such hash', (view) => textOf(view.nsec3(hashOf(ABSENT))), 'none'],
    ['NSEC3 of signatures alone', (view) => textOf(view.nsec3(hashOf(LONE))), 'none'],
    ['NSEC3 whose owner is longer than a hash', (view) => textOf(view.nsec3(hashOf(LONG.slice(0, 32)))), 'none'],
    ['the hash before', (view) => hashBefore(view, H[1] ?? ''), H[0] ?? ''],
    ['the hash before one that is absent', (view) => hashBefore(view, ABSENT), H[1] ?? ''],
    ['the hash before the first is the last', (view) => hashBefore(view, H[0] ?? ''), H[2] ?? ''],
    ['the hash before: past what is no hash', (view) => hashBefore(view, 'v'.repeat(32)), H[2] ?? ''],
  ]
  for (const [what, ask, expected] of questions) {
    it(what, () => {
      for (const [kind, view] of Object.entries(viewsOf(ZONE))) {
        assert.equal(String(ask(view)), expected, kind)
      }
    })
  }

  it('the only NSEC3 record is before itself', () => {
    const zone = zoneOfLines([`${H[0]}.example. 60 NSEC3 1 0 0 - ${H[0]}`, `x.example. 60 NSEC3 1 0 0 - ${H[0]}`])
    for (const view of Object.values(viewsOf(zone))) assert.equal(hashBefore(view, H[0] ?? ''), H[0])
  })

  it('a zone without NSEC3 records has none before any hash', () => {
    for (const view of Object.values(viewsOf(zoneOfLines([])))) assert.equal(hashBefore(view, ABSENT), undefined)
  })
})

function hashBefore(view: ZoneView, label: string): string | undefined {
  const found = view.nsec3Before(hashOf(label))
  return found && labelOf(found.hash)
}

const label = fc.constantFrom('a', 'b', 'A', 'aa', '*', 'ns', '\\000', 'x-y', '\\255', H[0] ?? '')
const probe = fc.array(label, { maxLength: 4 }).map((labels) => name([...labels, 'example.'].join('.')))
const hash = fc.oneof(
  fc.uint8Array({ minLength: 20, maxLength: 20 }),
  fc.constantFrom(...H, ABSENT).map((text) => hashOf(text)),
)
const strayNsec3 = fc
  .tuple(
    fc.constantFrom('', 'a.', 'b.a.'),
    fc.constantFrom(...H, ABSENT, 'short', LONG, 'v'.repeat(32), 'w'.repeat(32)),
  )
  .map(([above, text]) => `${text}.${above}example. 60 NSEC3 1 0 0 - ${H[0]} A`)
const anyZone = fc
  .tuple(recordLines, fc.array(strayNsec3, { maxLength: 6 }))
  .map(([lines, more]) => [soaLine(1), ...lines, ...more])

const signedZone = fc.tuple(recordLines, fc.constantFrom(BY_NSEC, BY_NSEC3, OPT_OUT)).map(([lines, denial]) => {
  const kept = lines.filter((line) => !/ (RRSIG|NSEC) /.test(line))
  return signText([soaLine(1), ...kept].map((line) => `${line}\n`).join(''), { denial }).lines
})
const zones = fc.oneof(anyZone, signedZone)
const read = (lines: readonly string[]): Zone => zoneOf(lines.map((line) => `${line}\n`).join(''))

/** Everything that a view answers of a name and a hash. */
function answers(view: ZoneView, at: Name, hash: Uint8Array): string[] {
  const before = view.nsec3Before(hash)
  return [
    nodeText(view, at),
    ...[A, NS, SOA, NSEC].map(({ number }) => `${view.has(at, number)}`),
    `${view.has(at, typeNumber('NSEC3'))}`,
    `${view.exists(at)} ${view.hasBelow(at)}`,
    `after ${view.nameAfter(at)}`,
    `behind ${view.nameBehind(at)}`,
    `before ${view.nameBefore(at)}`,
    textOf(view.nsec3(hash)),
    before === undefined ? 'none' : `${labelOf(before.hash)} ${textOf(before.rrset)}`,
  ]
}

describe('any zone', () => {
  it('is the same in every view; where a change was made, names may be spelled as in it', () => {
    const probes = fc.array(probe, { minLength: 1, maxLength: 8 })
    const property = fc.property(zones, zones, probes, hash, (lines, old, more, hash) => {
      const zone = read(lines)
      const { table, published, staged } = viewsOf(zone, read(old))
      assert.ok(table && published && staged)
      const lower = (texts: string[]): string[] => texts.map((text) => text.toLowerCase())
      for (const at of [...more, ...namesOf(zone)]) {
        const expected = answers(table, at, hash)
        assert.deepEqual(answers(published, at, hash), expected, `published ${at}`)
        assert.deepEqual(lower(answers(staged, at, hash)), lower(expected), `staged ${at}`)
      }
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('is the same in every view below the root too', () => {
    const texts = fc.array(
      fc.constantFrom('a. NS b.', 'b.a. A 192.0.2.1', 'A.B.a. TXT "t"', '*. TXT "t"', 'z. A 192.0.2.1'),
    )
    const rootOf = (lines: readonly string[]): Zone =>
      zoneOf(['. SOA a. b. 1 2 3 4 5', ...lines].map((line) => `$TTL 60\n${line}\n`).join(''), '.')
    const property = fc.property(texts, fc.array(probe), (lines, probes) => {
      const zone = rootOf(lines)
      const { table, published } = viewsOf(zone, rootOf([]))
      assert.ok(table && published)
      for (const at of [...probes, ...namesOf(zone), Name.root]) {
        assert.deepEqual(answers(published, at, hashOf(ABSENT)), answers(table, at, hashOf(ABSENT)), `${at}`)
      }
    })
    fc.assert(property, { numRuns: 100 })
  })

  it('has its names in canonical order in every view', () => {
    const property = fc.property(zones, probe, (lines, at) => {
      const zone = read(lines)
      const [table] = Object.values(viewsOf(zone))
      const names = namesOf(zone).filter((one) => table?.exists(one))
      for (const view of Object.values(viewsOf(zone))) {
        const show = (found: Name | undefined): string => `${found?.toCanonical()}`
        const after = names.filter((one) => one.compareTo(at) > 0)
        assert.equal(show(view.nameAfter(at)), show(after[0]))
        assert.equal(show(view.nameBehind(at)), show(after.find((one) => !one.isAtOrBelow(at))))
        assert.equal(show(view.nameBefore(at)), show(names.filter((one) => one.compareTo(at) < 0).at(-1)))
      }
    })
    fc.assert(property, { numRuns: 300 })
  })
})

/** The owners of all records, in canonical order. */
function namesOf(zone: Zone): Name[] {
  return Array.from({ length: zone.nodeCount }, (_, node) => Name.fromOctets(zone.table.octets, zone.ownerOf(node)))
}
