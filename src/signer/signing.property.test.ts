/**
 * Signing of random small zones against a model: names as strings, cuts and chains by the words of the RFCs. Names come from
 * a small alphabet, so that delegations, DNAMEs, wildcards, empty non-terminals and occlusion meet.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { encodeBase32Hex } from '../dns/presentation/index.ts'
import { textSource } from '../dns/text/index.ts'
import { NSEC3_HASH_LENGTH, nsec3Hash } from '../dnssec/index.ts'
import {
  checkStructure,
  concludeVerification,
  createVerifiers,
  loadRecords,
  planVerification,
  verifyJobs,
  Zone,
} from '../zone/index.ts'
import { fixedPair } from './fixed-keys.fixture.ts'
import type { Denial } from './index.ts'
import { INCEPTION, linesOfType, NSEC, NSEC3, OPT_OUT, signText } from './signing.fixture.ts'

const APEX = 'example.'
const DS = 'DS 12345 8 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0102'
const RDATA: Readonly<Record<string, readonly string[]>> = {
  A: ['A 192.0.2.1', 'A 192.0.2.2'],
  TXT: ['TXT "t"'],
  NS: ['NS ns.other.', 'NS a.example.'],
  DS: [DS],
  DNAME: ['DNAME other.'],
  CAA: ['CAA 0 issue "x"'],
}

const label = fc.constantFrom('a', 'b', '*', 'ns', '\\000', 'x-y')
const owner = fc.array(label, { maxLength: 4 }).map((labels) => [...labels, APEX].join('.'))
const type = fc.constantFrom('A', 'A', 'A', 'TXT', 'NS', 'NS', 'DS', 'DNAME', 'CAA')
const ttl = fc.constantFrom(60, 300)
const record = fc.tuple(owner, type, ttl, fc.nat(1)).map(([name, kind, seconds, pick]) => {
  const choices = RDATA[kind] ?? []
  return { name, type: kind, text: `${name} ${seconds} ${choices[pick % choices.length]}` }
})
const HEAD = [
  { name: APEX, type: 'SOA', text: `${APEX} 3600 SOA ns.example. host.example. 1 7200 3600 1209600 600` },
  { name: APEX, type: 'NS', text: `${APEX} 3600 NS ns.other.` },
]
const zones = fc.array(record, { maxLength: 14 }).map((records) => [...HEAD, ...records.filter(mayStand)])

/** Whether a record can stand where it does, beside the others: what cannot is not signed. */
function mayStand({ name, type }: { name: string; type: string }, _: number, all: Records): boolean {
  if (type === 'DS') return name !== APEX
  if (type !== 'NS' || name === APEX) return true
  return !name.startsWith('*') && !all.some((other) => other.name === name && other.type === 'DNAME')
}

const denials = fc.constantFrom<Denial>(NSEC, NSEC3, OPT_OUT)

type Records = readonly { readonly name: string; readonly type: string; readonly text: string }[]
const textOf = (records: Records): string => records.map(({ text }) => `${text}\n`).join('')

/** What the RFCs say of a zone, computed slowly. */
class Model {
  readonly types = new Map<string, Set<string>>()
  readonly names: string[]

  constructor(records: Records) {
    for (const { name, type } of records) this.types.set(name, (this.types.get(name) ?? new Set()).add(type))
    this.types.get(APEX)?.add('DNSKEY')
    this.names = [...this.types.keys()].sort((a, b) => Name.parse(a).compareTo(Name.parse(b)))
  }

  has(name: string, type: string): boolean {
    return this.types.get(name)?.has(type) === true
  }

  isDelegation(name: string): boolean {
    return name !== APEX && this.has(name, 'NS')
  }

  /** Names above, from the parent up to the apex. */
  ancestors(name: string): string[] {
    const found: string[] = []
    for (let rest = name; rest !== APEX; ) {
      rest = rest.slice(rest.indexOf('.') + 1)
      found.push(rest)
    }
    return found
  }

  isOccluded(name: string): boolean {
    return this.ancestors(name).some((above) => this.isDelegation(above) || this.has(above, 'DNAME'))
  }

  get chain(): string[] {
    return this.names.filter((name) => !this.isOccluded(name))
  }

  /** Types that are ours at a name of the chain. */
  own(name: string): string[] {
    const all = [...(this.types.get(name) ?? [])]
    return this.isDelegation(name) ? all.filter((one) => one === 'NS' || one === 'DS') : all
  }

  signed(name: string): string[] {
    return this.own(name).filter((one) => !(this.isDelegation(name) && one === 'NS'))
  }

  /** Names that NSEC3 covers, empty non-terminals among them. */
  hashed(optOut: boolean): string[] {
    const kept = this.chain.filter((name) => !optOut || !this.isDelegation(name) || this.has(name, 'DS'))
    return [...new Set(kept.flatMap((name) => [name, ...this.ancestors(name)]))]
  }
}

function hashLabel(name: string): string {
  const { octets } = Name.parse(name).toCanonical()
  const hash = new Uint8Array(NSEC3_HASH_LENGTH)
  nsec3Hash(octets, 0, octets.length, new Uint8Array(0), 0, hash, 0)
  const text = new Uint8Array(32)
  encodeBase32Hex(hash, 0, hash.length, text, 0)
  return new TextDecoder().decode(text)
}

/** Errors that our own verifier finds in a signed zone. */
function faultsOf(text: string, at: number): string[] {
  const apex = Name.parse(APEX)
  const zone = Zone.arrange(apex, loadRecords(textSource(text), apex).table)
  const plan = planVerification(zone, { at })
  checkStructure(plan)
  const results = new Uint8Array(plan.jobs.count)
  verifyJobs(zone.table, zone.records, plan.jobs, 0, plan.jobs.count, createVerifiers(plan.verifierKeys), results)
  const { faults } = concludeVerification(plan, results)
  return faults.filter(({ severity }) => severity === 'error').map(({ owner, message }) => `${owner} ${message}`)
}

const sorted = (words: Iterable<string>): string[] => [...words].sort()
function hold<Ts extends [unknown, ...unknown[]]>(property: fc.IProperty<Ts>): void {
  fc.assert(property, { numRuns: 120 })
}

describe('any zone', () => {
  it('RFC4035 §2.3: the NSEC chain is closed, in order, and has exactly the names that are not occluded, with their types', () => {
    hold(
      fc.property(zones, (records) => {
        const model = new Model(records)
        const { chain } = model
        const expected = chain.map(
          (name, i) => `${name} ${chain[i + 1] ?? APEX}: ${sorted([...model.own(name), 'NSEC', 'RRSIG'])}`,
        )
        const found = linesOfType(signText(textOf(records)), 'NSEC').map((line) => {
          const [name, , , , next, ...types] = line.split(' ')
          return `${name} ${next}: ${sorted(types)}`
        })
        assert.deepEqual(found, expected)
      }),
    )
  })

  it('RFC5155 §7.1: the NSEC3 chain is closed, in order, and has exactly the names and empty non-terminals', () => {
    for (const denial of [NSEC3, OPT_OUT]) {
      hold(
        fc.property(zones, (records) => {
          const model = new Model(records)
          model.types.get(APEX)?.add('NSEC3PARAM')
          const expected = model.hashed(denial === OPT_OUT).map((name) => {
            const rrsig = model.chain.includes(name) && model.signed(name).length > 0 ? ['RRSIG'] : []
            return `${hashLabel(name)}.${APEX}: ${sorted([...model.own(name), ...rrsig])}`
          })
          const lines = linesOfType(signText(textOf(records), { denial }), 'NSEC3').map((line) => line.split(' '))
          assert.deepEqual(sorted(lines.map((fields) => `${fields[0]}: ${sorted(fields.slice(9))}`)), sorted(expected))
          const hashes = lines.map((fields) => fields[0]?.split('.')[0])
          assert.deepEqual(hashes, sorted(hashes.map(String)))
          assert.deepEqual(
            lines.map((fields) => fields[8]),
            [...hashes.slice(1), hashes[0]],
          )
        }),
      )
    }
  })

  it('RFC4035 §2.2: every authoritative RRset has one RRSIG of each signing key, and nothing else has one', () => {
    const zone = Name.parse(APEX)
    const signWith = [...fixedPair(15, zone), ...fixedPair(8, zone)]
    hold(
      fc.property(zones, (records) => {
        const model = new Model(records)
        const expected = model.chain.flatMap((name) =>
          [...model.signed(name), 'NSEC'].flatMap((one) => [`${name} ${one} 15`, `${name} ${one} 8`]),
        )
        const found = linesOfType(signText(textOf(records), { signWith }), 'RRSIG').map((line) => {
          const fields = line.split(' ')
          return `${fields[0]} ${fields[4]} ${fields[5]}`
        })
        assert.deepEqual(sorted(found), sorted(expected))
      }),
    )
  })

  it('loses and changes no record: what is not of the signing is the input', () => {
    hold(
      fc.property(zones, denials, (records, denial) => {
        const plain = (lines: readonly string[]): string[] =>
          sorted(
            new Set(
              lines
                .filter((line) => !/ IN (RRSIG|NSEC|NSEC3|NSEC3PARAM|DNSKEY) /.test(line))
                .map((line) => line.replace(/ \d+ IN /, ' ')),
            ),
          )
        const input = records.map(({ text }) => text.replace(/ \d+ /, ' 1 IN '))
        assert.deepEqual(plain(signText(textOf(records), { denial }).lines), plain(input))
      }),
    )
  })

  it('signed again is the same as signed once', () => {
    hold(
      fc.property(zones, denials, (records, denial) => {
        const once = signText(textOf(records), { denial })
        assert.equal(signText(once.text, { denial }).text, once.text)
      }),
    )
  })

  it('is signed the same in whatever order its records come', () => {
    const shuffled = zones.chain((records) =>
      fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length })),
    )
    fc.assert(
      fc.property(shuffled, denials, ([records, others], denial) => {
        assert.equal(signText(textOf(others), { denial }).text, signText(textOf(records), { denial }).text)
      }),
      { numRuns: 120 },
    )
  })

  it('verifies', () => {
    hold(
      fc.property(zones, denials, (records, denial) => {
        const signed = signText(textOf(records), { denial, zonemd: [1] })
        assert.deepEqual(faultsOf(signed.text, INCEPTION + 1), [])
      }),
    )
  })
})
