import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { anyName } from '../dns/name/name.fixture.ts'
import { walkZone, Zone } from '../zone/index.ts'
import { planCatalogChanges, type ZoneOwner } from './catalog-changes.ts'
import { type Catalog, type CatalogMember, readCatalog } from './catalog-reader.ts'
import { makeCatalog, memberId, type ProducedMember } from './catalog-writer.ts'
import { soaLine, sortedLines, tableOf } from './transfer.fixture.ts'
import { walkTable } from './walks.ts'

const CATALOG = Name.parse('catalog.invalid.')
const BASE = `${soaLine(1)}@ NS invalid.\nversion TXT "2"\n`

function read(lines: string, base = BASE): Catalog {
  return readCatalog(CATALOG, walkTable(tableOf(base + lines, CATALOG)))
}

function membersOf(catalog: Catalog): readonly CatalogMember[] {
  if (catalog.kind !== 'catalog') assert.fail(catalog.faults.map((fault) => fault.text).join())
  return catalog.members
}

const codes = (catalog: Catalog): string[] =>
  catalog.kind === 'broken' ? catalog.faults.map((fault) => fault.code) : []
const words = (members: readonly CatalogMember[]): string[] => members.map(({ id, name }) => `${id} ${name}`)

test('RFC9432 §4.1: members are PTR records below zones', () => {
  const catalog = read(
    'b.zones PTR example.net.\nA.ZONES PTR Example.com.\nzones PTR no.\nx.y.zones PTR no.\nc.other PTR no.\n',
  )
  assert.deepEqual(words(membersOf(catalog)), ['a Example.com.', 'b example.net.'])
})

test('RFC9432 §4.1: records that mean nothing are ignored', () => {
  const lines =
    'a.zones PTR example.com.\na.zones TXT "x"\n@ PTR x.\nserial.a.zones TXT "7"\nmore.ext.a.zones TXT "x"\n'
  assert.deepEqual(words(membersOf(read(lines))), ['a example.com.'])
})

test('RFC9432 §4.2.1: the version is needed, once, and known', () => {
  const base = `${soaLine(1)}@ NS invalid.\na.zones PTR example.com.\n`
  assert.deepEqual(codes(read('', base)), ['catalog-version'])
  assert.deepEqual(codes(read('version TXT "1"\n', base)), ['catalog-version'])
  assert.deepEqual(codes(read('version TXT "2" ""\n', base)), ['catalog-version'])
  assert.deepEqual(codes(read('version TXT "2"\nversion TXT "3"\n', base)), ['catalog-version'])
  assert.deepEqual(codes(read('Version TXT "2"\n', base)), [])
})

test('RFC9432 §4.1: two PTR records at a member node break the catalog', () => {
  assert.deepEqual(codes(read('a.zones PTR x.\na.zones PTR y.\nb.zones PTR z.\n')), ['catalog-member-records'])
})

test('RFC9432 §4.1: one zone at two member nodes breaks the catalog', () => {
  assert.deepEqual(codes(read('a.zones PTR x.example.\nb.zones PTR X.Example.\n')), ['catalog-member-twice'])
})

test('RFC9432 §4.3.1: the coo property, once', () => {
  const [member] = membersOf(read('a.zones PTR x.\ncoo.a.zones PTR new.catalog.\ncoo.b.zones PTR nobody.\n'))
  assert.equal(member?.coo?.toString(), 'new.catalog.')
  assert.deepEqual(codes(read('a.zones PTR x.\ncoo.a.zones PTR p.\ncoo.a.zones PTR q.\n')), ['catalog-coo-records'])
})

test('RFC9432 §4.3.2: groups, several of them', () => {
  const [member] = membersOf(
    read('a.zones PTR x.\ngroup.a.zones TXT two\ngroup.a.zones TXT One\ngroup.a.zones TXT a b\n'),
  )
  assert.deepEqual(member?.groups, ['One', 'two'])
})

const member = (name: string, id = name[0] ?? '', rest: Partial<CatalogMember> = {}): CatalogMember => ({
  id,
  name: Name.parse(name),
  groups: [],
  ...rest,
})

/** A plan in short; `owners` by name. */
function plan(before: CatalogMember[], after: CatalogMember[], owners: Record<string, ZoneOwner> = {}): unknown {
  const mine = (zone: Name): ZoneOwner | undefined => {
    const found = before.find((each) => each.name.equals(zone))
    return found && { kind: 'catalog', catalog: CATALOG, member: found }
  }
  const made = planCatalogChanges(CATALOG, before, after, (zone) => owners[zone.toString()] ?? mine(zone))
  const short = {
    ...made,
    migrated: made.migrated.map(({ member: { name }, keepState }) => `${name} ${keepState}`),
    clashes: made.clashes.map(({ member: { name } }) => name.toString()),
  }
  return Object.fromEntries(
    Object.entries(short).flatMap(([key, list]) =>
      list.length === 0 ? [] : [[key, list.map((each) => (typeof each === 'string' ? each : each.name.toString()))]],
    ),
  )
}

const OTHER = Name.parse('other.catalog.')

test('RFC9432 §5.3: additions and removals', () => {
  assert.deepEqual(plan([], [member('a.'), member('b.')]), { added: ['a.', 'b.'] })
  assert.deepEqual(plan([member('a.'), member('b.')], [member('b.')]), { removed: ['a.'] })
  assert.deepEqual(plan([member('a.')], [member('A.', 'a')]), {})
})

test('RFC9432 §5.4: a member with another label begins anew', () => {
  assert.deepEqual(plan([member('a.', 'x')], [member('a.', 'y')]), { reset: ['a.'] })
})

test('RFC9432 §4.3: changed properties change no state', () => {
  assert.deepEqual(plan([member('a.')], [member('a.', 'a', { groups: ['g'] })]), { changed: ['a.'] })
  assert.deepEqual(plan([member('a.')], [member('a.', 'a', { coo: OTHER })]), { changed: ['a.'] })
})

test('RFC9432 §5.2: a zone of somebody else stays his', () => {
  const others = { kind: 'catalog', catalog: OTHER, member: member('a.') } as const
  assert.deepEqual(plan([], [member('a.')], { 'a.': others }), { clashes: ['a.'] })
  assert.deepEqual(plan([], [member('a.')], { 'a.': { kind: 'configured' } }), { clashes: ['a.'] })
})

test('RFC9432 §4.3.1: a zone migrates when its owner has a coo property for us', () => {
  const owner = (id: string, coo: Name): Record<string, ZoneOwner> => ({
    'a.': { kind: 'catalog', catalog: OTHER, member: member('a.', id, { coo }) },
  })
  assert.deepEqual(plan([], [member('a.', 'x')], owner('x', CATALOG)), { migrated: ['a. true'] })
  assert.deepEqual(plan([], [member('a.', 'x')], owner('y', CATALOG)), { migrated: ['a. false'] })
  assert.deepEqual(plan([], [member('a.', 'x')], owner('x', OTHER)), { clashes: ['a.'] })
})

test('RFC9432 §5.3: a zone that went to another catalog is not removed', () => {
  const owners: Record<string, ZoneOwner> = { 'a.': { kind: 'catalog', catalog: OTHER, member: member('a.') } }
  assert.deepEqual(plan([member('a.')], [], owners), {})
})

test('RFC9432 §4: the zone that a producer makes', () => {
  const members: ProducedMember[] = [{ name: Name.parse('Example.com.'), groups: ['g1', 'g2'], coo: OTHER }]
  const id = memberId(Name.parse('example.com.'))
  assert.match(id, /^[0-9a-f]{40}$/)
  assert.deepEqual(sortedLines(makeCatalog(CATALOG, members, { serial: 5 }), CATALOG), [
    'catalog.invalid. 0 IN NS invalid.',
    'catalog.invalid. 0 IN SOA invalid. invalid. 5 3600 600 2147483646 0',
    'version.catalog.invalid. 0 IN TXT "2"',
    `${id}.zones.catalog.invalid. 0 IN PTR Example.com.`,
    `coo.${id}.zones.catalog.invalid. 0 IN PTR other.catalog.`,
    `group.${id}.zones.catalog.invalid. 0 IN TXT "g1"`,
    `group.${id}.zones.catalog.invalid. 0 IN TXT "g2"`,
  ])
})

test('RFC9432 §5.6: labels are the same each time, and others after a reset', () => {
  const zone = Name.parse('a.example.')
  assert.equal(memberId(zone), memberId(Name.parse('A.EXAMPLE.')))
  assert.equal(new Set([0, 1, 2, 256].map((generation) => memberId(zone, generation))).size, 4)
})

test('property: what a producer makes a consumer reads, through a zone', () => {
  const names = fc.uniqueArray(anyName, { maxLength: 8, selector: (name) => name.key })
  const group = fc.stringMatching(/^[a-zA-Z0-9 .-]{1,20}$/)
  const produced = names.chain((list) =>
    fc.tuple(
      ...list.map((name) =>
        fc
          .record({ groups: fc.uniqueArray(group, { maxLength: 3 }), coo: fc.option(anyName, { nil: undefined }) })
          .map(({ groups, coo }): ProducedMember => ({ name, groups, ...(coo === undefined ? {} : { coo }) })),
      ),
    ),
  )
  fc.assert(
    fc.property(produced, (members) => {
      const zone = Zone.arrange(CATALOG, makeCatalog(CATALOG, members, { serial: 1 }))
      const found = membersOf(readCatalog(CATALOG, walkZone(zone)))
      const content = (list: readonly (ProducedMember | CatalogMember)[]): unknown =>
        list.map(({ name, groups = [], coo }) => [name.key, [...groups].sort(), coo?.key]).sort()
      assert.deepEqual(content(found), content(members))
      assert.deepEqual(
        plan([], [...found]),
        found.length === 0 ? {} : { added: found.map(({ name }) => name.toString()) },
      )
    }),
    { numRuns: 100 },
  )
})
