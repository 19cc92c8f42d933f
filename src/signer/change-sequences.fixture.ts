/**
 * Random sequences of changes of a small zone, for tests of their signing. A step is a list of edits; what they make of the zone
 * is a model of records as text. Names come from a small alphabet, so that cuts, DNAMEs, wildcards, empty non-terminals and
 * occlusion meet.
 */
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'

export const APEX = 'example.'
const DS = '12345 8 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0102'
/** The NSEC3 hash of the apex without salt: the name is one of the zone and owns an NSEC3 record as well. */
const HASH_OF_APEX = '3msev9usmd4br9s97v51r2tdvmr9iqo1'

export type ModelRecord = {
  /** The name as the edit spells it. */
  readonly owner: string
  readonly type: string
  readonly ttl: number
  readonly rdata: string
}

/** An edit; `pick` chooses among what is there. */
export type Edit =
  | { readonly edit: 'add'; readonly record: ModelRecord }
  | { readonly edit: 'delegate'; readonly owner: string; readonly hasDs: boolean; readonly hasGlue: boolean }
  | { readonly edit: 'remove record' | 'remove RRset' | 'remove name' | 'uncover' | 'switch DS'; readonly pick: number }
  | { readonly edit: 'set TTL'; readonly pick: number; readonly ttl: number }
  | { readonly edit: 'set SOA'; readonly ttl: number; readonly minimum: number }
  | { readonly edit: 'remove all' }

export type Step = readonly Edit[]

const label = fc.constantFrom('a', 'b', 'A', '*', 'ns', '\\000', 'x-y')
const owner = fc.oneof(
  { weight: 12, arbitrary: fc.array(label, { maxLength: 4 }).map((labels) => [...labels, APEX].join('.')) },
  { weight: 1, arbitrary: fc.constant(`${HASH_OF_APEX}.${APEX}`) },
)
const ttl = fc.constantFrom(60, 300, 3600)
const DATA: readonly (readonly [type: string, rdata: string])[] = [
  ['A', '192.0.2.1'],
  ['A', '192.0.2.2'],
  ['A', '192.0.2.3'],
  ['TXT', '"t"'],
  ['TXT', '"a longer text" "in two parts"'],
  ['MX', '10 mail.example.'],
  ['NS', 'ns.other.'],
  ['NS', 'a.example.'],
  ['DNAME', 'other.'],
  ['CNAME', 'a.example.'],
  ['DS', DS],
  ['CDS', '0 0 0 00'],
  ['TYPE65280', '\\# 2 0102'],
]
const record = fc
  .tuple(owner, ttl, fc.constantFrom(...DATA))
  .map(([name, seconds, [type, rdata]]) => ({ owner: name, type, ttl: seconds, rdata }))
const pick = fc.nat(40)

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ edit: fc.constant<'add'>('add'), record }) },
  {
    weight: 4,
    arbitrary: fc.record({
      edit: fc.constant<'delegate'>('delegate'),
      owner,
      hasDs: fc.boolean(),
      hasGlue: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      edit: fc.constantFrom<'remove record' | 'remove RRset' | 'remove name' | 'uncover' | 'switch DS'>(
        'remove record',
        'remove RRset',
        'remove name',
        'uncover',
        'switch DS',
      ),
      pick,
    }),
  },
  { weight: 2, arbitrary: fc.record({ edit: fc.constant<'set TTL'>('set TTL'), pick, ttl }) },
  { weight: 1, arbitrary: fc.record({ edit: fc.constant<'set SOA'>('set SOA'), ttl, minimum: ttl }) },
  { weight: 1, arbitrary: fc.record({ edit: fc.constant<'remove all'>('remove all') }) },
)

export type Sequence = { readonly first: readonly ModelRecord[]; readonly steps: readonly Step[] }

export const sequences: fc.Arbitrary<Sequence> = fc.record({
  first: fc.array(record, { maxLength: 12 }),
  steps: fc.array(fc.array(edit, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
})

/** The records of a zone, each with its TTL. Those of one RRset have the same, but for edits of the last step. */
export class Model {
  readonly #records: ReadonlyMap<string, ModelRecord>

  private constructor(records: ReadonlyMap<string, ModelRecord>) {
    this.#records = records
  }

  /** A zone with a SOA and an NS record at the apex. Records that may not stand beside those before them are left out. */
  static create(records: readonly ModelRecord[]): Model {
    const made = new Map<string, ModelRecord>()
    put(made, { owner: APEX, type: 'SOA', ttl: 3600, rdata: soaData(1, 600) })
    put(made, { owner: APEX, type: 'NS', ttl: 3600, rdata: 'ns.other.' })
    for (const one of records) {
      const tried = new Map(made)
      put(tried, one)
      if (isSound([...tried.values()])) put(made, one)
    }
    return new Model(made).settled()
  }

  get records(): ModelRecord[] {
    return [...this.#records.values()]
  }

  get lines(): string[] {
    return this.records.map(lineOf)
  }

  /** The zone after a step, with the next serial. */
  after(step: Step): Model {
    const records = new Map(this.#records)
    const [soa] = this.records.filter(({ type }) => type === 'SOA')
    if (soa !== undefined) {
      const [, , serial, , , , minimum] = soa.rdata.split(' ')
      records.delete(keyOf(soa))
      put(records, { ...soa, rdata: soaData(Number(serial) + 1, Number(minimum)) })
    }
    for (const one of step) applyEdit(records, one)
    return new Model(records)
  }

  /** The zone as it is once it is signed: the records of an RRset have the lowest TTL of them. */
  settled(): Model {
    const lowest = new Map<string, number>()
    for (const one of this.records) lowest.set(setOf(one), Math.min(one.ttl, lowest.get(setOf(one)) ?? one.ttl))
    return new Model(
      new Map(Array.from(this.#records, ([key, one]) => [key, { ...one, ttl: lowest.get(setOf(one)) ?? one.ttl }])),
    )
  }

  /** Lines of the records that are removed and added between two models, their SOA records among them. */
  changeTo(next: Model): { readonly removed: string[]; readonly added: string[] } {
    const lacks = (one: ModelRecord, { records }: Model): boolean =>
      one.type === 'SOA' || !records.some((other) => keyOf(other) === keyOf(one) && other.ttl === one.ttl)
    return {
      removed: this.records.filter((one) => lacks(one, next)).map(lineOf),
      added: next.records.filter((one) => lacks(one, this)).map(lineOf),
    }
  }
}

function applyEdit(records: Map<string, ModelRecord>, one: Edit): void {
  const all = [...records.values()].filter(({ owner, type }) => type !== 'SOA' && !(owner === APEX && type === 'NS'))
  const removeAll = (gone: (one: ModelRecord) => boolean): void => {
    for (const record of all) if (gone(record)) records.delete(keyOf(record))
  }
  const chosen = (from: readonly ModelRecord[]): ModelRecord | undefined =>
    'pick' in one && from.length > 0 ? from[one.pick % from.length] : undefined
  switch (one.edit) {
    case 'add':
      put(records, one.record)
      break
    case 'delegate':
      put(records, { owner: one.owner, type: 'NS', ttl: 300, rdata: 'ns.other.' })
      if (one.hasDs) put(records, { owner: one.owner, type: 'DS', ttl: 300, rdata: DS })
      if (one.hasGlue) put(records, { owner: `ns.${one.owner}`, type: 'A', ttl: 300, rdata: '192.0.2.53' })
      break
    case 'remove record': {
      const record = chosen(all)
      removeAll((other) => other === record)
      break
    }
    case 'remove RRset': {
      const record = chosen(all)
      removeAll((other) => record !== undefined && setOf(other) === setOf(record))
      break
    }
    case 'remove name': {
      const record = chosen(all)
      removeAll((other) => other.owner.toLowerCase() === record?.owner.toLowerCase())
      break
    }
    case 'uncover': {
      const record = chosen(all.filter(({ type }) => type === 'NS' || type === 'DNAME'))
      removeAll((other) => record !== undefined && setOf(other) === setOf(record))
      break
    }
    case 'switch DS': {
      const record = chosen(all.filter(({ type }) => type === 'NS'))
      if (record === undefined) break
      const ds = { owner: record.owner, type: 'DS', ttl: 300, rdata: DS }
      if (!records.delete(keyOf(ds))) put(records, ds)
      break
    }
    case 'set TTL': {
      const record = chosen(all)
      for (const other of all) {
        if (record !== undefined && setOf(other) === setOf(record)) put(records, { ...other, ttl: one.ttl })
      }
      break
    }
    case 'set SOA': {
      const [soa] = [...records.values()].filter(({ type }) => type === 'SOA')
      if (soa === undefined) break
      records.delete(keyOf(soa))
      put(records, { ...soa, ttl: one.ttl, rdata: soaData(Number(soa.rdata.split(' ')[2]), one.minimum) })
      break
    }
    case 'remove all':
      removeAll(() => true)
      break
  }
}

/** Whether the records can be signed: what stands beside what (`zone/checks/structure.ts`). */
function isSound(records: readonly ModelRecord[]): boolean {
  const of = (name: string): ModelRecord[] => records.filter(({ owner }) => owner.toLowerCase() === name)
  return records.every(({ owner, type }) => {
    const beside = of(owner.toLowerCase())
    if (type === 'CNAME') return beside.length === 1
    if (type === 'DNAME') return beside.filter((other) => other.type === 'DNAME').length === 1
    return type !== 'DS' || owner !== APEX
  })
}

/** Puts a record in, in the place of one that is equal. */
function put(records: Map<string, ModelRecord>, one: ModelRecord): void {
  const old = records.get(keyOf(one))
  records.set(keyOf(one), old === undefined ? one : { ...old, ttl: one.ttl })
}

function keyOf({ owner, type, rdata }: ModelRecord): string {
  return `${owner.toLowerCase()} ${type} ${rdata}`
}

function setOf({ owner, type }: ModelRecord): string {
  return `${owner.toLowerCase()} ${type}`
}

function lineOf({ owner, type, ttl, rdata }: ModelRecord): string {
  return `${owner} ${ttl} ${type} ${rdata}`
}

function soaData(serial: number, minimum: number): string {
  return `ns.example. host.example. ${serial} 7200 3600 1209600 ${minimum}`
}

/** The zone's name as a value. */
export const APEX_NAME: Name = Name.parse(APEX)
