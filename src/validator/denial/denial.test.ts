import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { OctetWriter } from '../../dns/octets.ts'
import { NSEC, NSEC3, typeNumber, writeTypeBitmap } from '../../dns/rr/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import { NSEC3 as NSEC3_DENIAL, OPT_OUT } from '../../signer/signing.fixture.ts'
import { AT, CountedBudget, SETTINGS, SignedZone } from '../signed-zone.fixture.ts'
import {
  type DenialProof,
  type DenialRecords,
  hashName,
  Nsec3Record,
  NsecRecord,
  proveNoData,
  proveNoDs,
  proveNoName,
  proveWildcard,
  readDenial,
} from './index.ts'

const TEXT = `
example. 3600 SOA ns.example. host.example. 1 7200 3600 1209600 600
example. 3600 NS ns.example.
alias.example. 300 CNAME ns.example.
deep.ent.example. 300 A 192.0.2.1
insecure.example. 300 NS ns.other.
insecure.example. 300 A 192.0.2.1
ns.example. 300 A 192.0.2.1
old.example. 300 DNAME other.
old.example. 300 TXT "dname"
secure.example. 300 NS ns.other.
secure.example. 300 DS 1 13 99 00
*.w.example. 300 TXT "wild"
zz.example. 300 A 192.0.2.1
`
const EXAMPLE = Name.parse('example.')
const byNsec = new SignedZone(TEXT)
const byNsec3 = new SignedZone(TEXT, { denial: NSEC3_DENIAL })
const byOptOut = new SignedZone(TEXT, { denial: OPT_OUT })

const name = (text: string): Name => Name.parse(text, EXAMPLE)
const type = (word: string): number => typeNumber(word)

function records(sets: readonly RRset[], budget = new CountedBudget(), maxNsec3Iterations = 50): DenialRecords {
  return readDenial(EXAMPLE, sets, { ...SETTINGS, maxNsec3Iterations }, budget)
}

/** `outcome`, then the owners of what was used, `H(x)` for the hash of a name of the zones above. */
function told(proof: DenialProof<string>): string {
  return [proof.outcome, ...proof.used.map(({ owner }) => ownerText(owner)).sort()].join(' ')
}

const HASHED = ['example.', 'alias', 'deep.ent', 'ent', 'insecure', 'ns', 'old', 'secure', 'w', '*.w', 'zz']
const hashes = new Map(
  HASHED.map((each) => [hashLabel(hashName(name(each), { iterations: 0, salt: new Uint8Array(0) })), each]),
)

function hashLabel(hash: Uint8Array): string {
  return BigInt(`0x${hash.toHex()}`).toString(32).padStart(32, '0')
}

function ownerText(owner: Name): string {
  const text = owner.toString().replace(/\.?example\.$/, '') || '@'
  const hashed = hashes.get(text)
  return hashed === undefined ? text : `H(${hashed})`
}

/** An NSEC RRset that nobody signed. */
function nsecOf(owner: string, next: string, types: string): RRset {
  const out = new OctetWriter()
  out.bytes(name(next).octets)
  writeTypeBitmap(types.split(' ').filter(Boolean).map(type), out)
  return setOf(name(owner), NSEC.number, out.copy())
}

function nsec3Of(
  owner: Uint8Array,
  next: Uint8Array,
  types: string,
  head: { algorithm?: number; flags?: number; iterations?: number; salt?: number[] } = {},
): RRset {
  const { algorithm = 1, flags = 0, iterations = 0, salt = [] } = head
  const out = new OctetWriter()
  for (const octet of [algorithm, flags]) out.u8(octet)
  out.u16(iterations)
  for (const octet of [salt.length, ...salt, next.length]) out.u8(octet)
  out.bytes(next)
  writeTypeBitmap(types.split(' ').filter(Boolean).map(type), out)
  return setOf(EXAMPLE.child(hashLabel(owner)), NSEC3.number, out.copy())
}

function setOf(owner: Name, number: number, ...rdatas: Uint8Array[]): RRset {
  const rest = { class: 1, ttl: 300, expires: AT + 300, signatures: [], security: 'unchecked' as const }
  return { owner, type: number, rdatas, ...rest }
}

/** The hash one below or above. */
function beside(hash: Uint8Array, step: 1 | -1): Uint8Array {
  const value = (BigInt(`0x${hash.toHex()}`) + BigInt(step)) & ((1n << 160n) - 1n)
  return Uint8Array.fromHex(value.toString(16).padStart(40, '0'))
}

const nsec = records(byNsec.denial)
const nsec3 = records(byNsec3.denial)
const optOut = records(byOptOut.denial)

describe('RFC4035 §5.4: NSEC', () => {
  it('no name: the name and the wildcard that would stand in for it are covered', () => {
    assert.equal(told(proveNoName(nsec, name('q'))), 'proved @ old')
    assert.equal(told(proveNoName(nsec, name('zzz'))), 'proved @ zz')
    assert.equal(proveNoName(nsec, name('q.q.ent')).closestEncloser?.toString(), 'ent.example.')
    const half = byNsec.denial.filter(({ owner }) => !owner.equals(EXAMPLE))
    assert.equal(told(proveNoName(records(half), name('q'))), 'unproved', 'without the wildcard')
    assert.equal(told(proveNoName(records([]), name('q'))), 'unproved')
  })

  it('a name that is there, by records, by names below it, or by a wildcard', () => {
    assert.equal(told(proveNoName(nsec, name('ns'))), 'contradicted ns')
    assert.equal(told(proveNoName(nsec, name('ent'))), 'contradicted alias')
    assert.equal(told(proveNoName(nsec, name('q.w'))), 'contradicted *.w')
  })

  it('no data: the type and CNAME are not at the name', () => {
    assert.equal(told(proveNoData(nsec, name('ns'), type('MX'))), 'proved ns')
    assert.equal(told(proveNoData(nsec, name('ns'), type('A'))), 'contradicted ns')
    assert.equal(told(proveNoData(nsec, name('alias'), type('A'))), 'contradicted alias')
    assert.equal(told(proveNoData(nsec, name('q'), type('A'))), 'unproved', 'no such name')
    assert.equal(told(proveNoData(nsec, name('ns'), 255)), 'contradicted ns', 'ANY')
  })

  it('no data at an empty non-terminal', () => {
    assert.equal(told(proveNoData(nsec, name('ent'), type('A'))), 'proved alias')
    assert.equal(told(proveNoData(nsec, name('w'), type('TXT'))), 'proved secure')
  })

  it('no data at a wildcard', () => {
    const proof = proveNoData(nsec, name('q.w'), type('A'))
    assert.equal(told(proof), 'proved *.w')
    assert.equal(proof.closestEncloser?.toString(), 'w.example.')
    assert.equal(told(proveNoData(nsec, name('q.w'), type('TXT'))), 'contradicted *.w')
  })

  it('the last record points back to the apex, and covers no further than the zone', () => {
    const [last] = NsecRecord.read(byNsec.find('zz', 'NSEC'), EXAMPLE)
    assert.ok(last)
    assert.equal(last.covers(name('zzz')), true)
    assert.equal(last.covers(name('a')), false)
    assert.equal(last.covers(Name.parse('zzz.')), false)
    assert.equal(last.covers(EXAMPLE), false)
  })

  it('a record that points back to anything but the apex covers nothing', () => {
    const [odd] = NsecRecord.read(nsecOf('m', 'b', 'A RRSIG NSEC'), EXAMPLE)
    assert.ok(odd)
    for (const each of ['a', 'c', 'n', 'm', 'b']) assert.equal(odd.covers(name(each)), false, each)
  })

  it('the one record of a zone that has but its apex covers all else', () => {
    const alone = records([nsecOf('example.', 'example.', 'NS SOA RRSIG NSEC')])
    assert.equal(told(proveNoName(alone, name('a.b'))), 'proved @')
    assert.equal(told(proveNoName(alone, EXAMPLE)), 'contradicted @')
  })

  it('names outside the zone: nothing is told', () => {
    const other = Name.parse('other.')
    assert.equal(told(proveNoName(nsec, other)), 'unproved')
    assert.equal(told(proveNoData(nsec, other, 1)), 'unproved')
    assert.equal(told(proveNoDs(nsec, other)), 'unproved')
    assert.equal(told(proveWildcard(nsec, name('q'), other)), 'unproved')
  })

  it('records that begin or end outside the zone, and malformed ones, tell nothing', () => {
    const foreign = { ...nsecOf('a', 'z', 'A'), owner: Name.parse('a.other.') }
    const outward = nsecOf('a', 'b.foo.', 'A')
    const broken = setOf(name('a'), NSEC.number, new Uint8Array(0), Uint8Array.of(1, 0x61, 0, 0, 0))
    const { nsec: read } = records([foreign, outward, broken])
    assert.equal(read.length, 0)
  })
})

describe('RFC6840 §4.1: records of a cut or a DNAME', () => {
  it('never tell of names below', () => {
    for (const each of ['q.insecure', 'q.secure', 'q.old']) {
      assert.equal(told(proveNoName(nsec, name(each))), 'unproved', each)
      assert.equal(told(proveNoData(nsec, name(each), type('A'))), 'unproved', each)
      assert.equal(told(proveNoDs(nsec, name(each))), 'unproved', each)
      assert.equal(told(proveNoName(nsec3, name(each))), 'unproved', each)
      assert.equal(told(proveNoData(nsec3, name(each), type('A'))), 'unproved', each)
      assert.equal(told(proveNoDs(nsec3, name(each))), 'unproved', each)
    }
  })

  it('a cut tells of nothing there but the DS', () => {
    for (const all of [nsec, nsec3]) {
      assert.equal(proveNoData(all, name('insecure'), type('MX')).outcome, 'unproved')
      assert.equal(proveNoData(all, name('insecure'), type('A')).outcome, 'unproved')
      assert.equal(proveNoData(all, name('insecure'), type('DS')).outcome, 'proved')
      assert.equal(proveNoData(all, name('secure'), type('DS')).outcome, 'contradicted')
    }
  })

  it('a DNAME tells of its own name', () => {
    assert.equal(told(proveNoData(nsec, name('old'), type('A'))), 'proved old')
    assert.equal(told(proveNoData(nsec3, name('old'), type('A'))), 'proved H(old)')
  })

  it('the record of a child for its apex does not tell of the DS', () => {
    const child = nsecOf('insecure', 'a.insecure', 'NS SOA RRSIG NSEC')
    assert.equal(told(proveNoData(records([child]), name('insecure'), type('DS'))), 'unproved')
    assert.equal(told(proveNoDs(records([child]), name('insecure'))), 'unproved')
    assert.equal(told(proveNoDs(nsec, EXAMPLE)), 'unproved', 'nor does the zone itself')
    assert.equal(told(proveNoData(nsec, EXAMPLE, type('DS'))), 'unproved')
  })

  it('the root denies its own DS', () => {
    const apex = { ...nsecOf('a', 'a', ''), owner: Name.root, rdatas: [Uint8Array.of(0, 0, 1, 0x22)] }
    const root = readDenial(Name.root, [apex], SETTINGS, new CountedBudget())
    assert.equal(told(proveNoData(root, Name.root, type('DS'))).split(' ')[0], 'proved')
  })
})

describe('RFC4035 §5.2 and RFC5155 §8.9: no DS', () => {
  it('a delegation without one', () => {
    assert.equal(told(proveNoDs(nsec, name('insecure'))), 'no-ds insecure')
    assert.equal(told(proveNoDs(nsec3, name('insecure'))), 'no-ds H(insecure)')
  })

  it('a delegation with one', () => {
    assert.equal(told(proveNoDs(nsec, name('secure'))), 'contradicted secure')
    assert.equal(told(proveNoDs(nsec3, name('secure'))), 'contradicted H(secure)')
    assert.equal(told(proveNoDs(optOut, name('secure'))), 'contradicted H(secure)')
  })

  it('no delegation (RFC6840 §4.4): other data, an empty non-terminal, no name', () => {
    for (const each of ['ns', 'alias', 'old', 'ent', 'q', 'q.ent', 'deep.ent']) {
      assert.equal(proveNoDs(nsec, name(each)).outcome, 'not-a-cut', each)
      assert.equal(proveNoDs(nsec3, name(each)).outcome, 'not-a-cut', each)
    }
  })

  it('RFC5155 §6: in an opt-out span', () => {
    const proof = proveNoDs(optOut, name('insecure'))
    assert.equal(proof.outcome, 'opt-out')
    assert.equal(proof.closestEncloser?.toString(), 'example.')
    assert.equal(proveNoDs(optOut, name('q.insecure')).outcome, 'opt-out')
    assert.equal(proveNoDs(optOut, name('q.secure')).outcome, 'unproved')
  })
})

describe('RFC4035 §5.3.4: an answer from a wildcard', () => {
  it('is good when no closer name exists', () => {
    assert.equal(told(proveWildcard(nsec, name('a.b.w'), name('w'))), 'proved *.w')
    assert.equal(proveWildcard(nsec3, name('a.b.w'), name('w')).outcome, 'proved')
    assert.equal(proveWildcard(optOut, name('a.b.w'), name('w')).outcome, 'opt-out')
  })

  it('is not when one does', () => {
    assert.equal(told(proveWildcard(nsec, name('q.ent'), EXAMPLE)), 'contradicted alias')
    assert.equal(told(proveWildcard(nsec, name('ns'), EXAMPLE)), 'contradicted ns')
    assert.equal(told(proveWildcard(nsec3, name('q.ent'), EXAMPLE)), 'contradicted H(ent)')
  })

  it('needs the proof', () => {
    assert.equal(told(proveWildcard(records([]), name('a.b.w'), name('w'))), 'unproved')
    assert.equal(told(proveWildcard(nsec, name('w'), name('w'))), 'unproved', 'the encloser itself')
  })
})

describe('RFC5155 §8: NSEC3', () => {
  it('§8.3 and §8.4: no name: closest encloser, next closer name, wildcard', () => {
    const proof = proveNoName(nsec3, name('x.q.ent'))
    assert.equal(proof.outcome, 'proved')
    assert.equal(proof.closestEncloser?.toString(), 'ent.example.')
    assert.ok(told(proof).includes('H(ent)'))
    for (const set of proof.used) {
      const rest = byNsec3.denial.filter((each) => each !== set)
      assert.notEqual(proveNoName(records(rest), name('x.q.ent')).outcome, 'proved')
    }
  })

  it('§8.4: a name or a wildcard that is there', () => {
    assert.equal(told(proveNoName(nsec3, name('ns'))), 'contradicted H(ns)')
    assert.equal(told(proveNoName(nsec3, name('ent'))), 'contradicted H(ent)')
    assert.equal(proveNoName(nsec3, name('q.w')).outcome, 'contradicted')
  })

  it('§8.5: no data', () => {
    assert.equal(told(proveNoData(nsec3, name('ns'), type('MX'))), 'proved H(ns)')
    assert.equal(told(proveNoData(nsec3, name('ns'), type('A'))), 'contradicted H(ns)')
    assert.equal(told(proveNoData(nsec3, name('alias'), type('A'))), 'contradicted H(alias)')
    assert.equal(told(proveNoData(nsec3, name('ent'), type('A'))), 'proved H(ent)')
  })

  it('§8.6: no DS, by opt-out', () => {
    assert.equal(proveNoData(optOut, name('insecure'), type('DS')).outcome, 'opt-out')
    assert.equal(proveNoData(nsec3, name('q'), type('DS')).outcome, 'unproved')
  })

  it('§8.7: no data at a wildcard', () => {
    const proof = proveNoData(nsec3, name('q.w'), type('A'))
    assert.equal(proof.outcome, 'proved')
    assert.equal(proof.closestEncloser?.toString(), 'w.example.')
    assert.equal(proveNoData(nsec3, name('q.w'), type('TXT')).outcome, 'contradicted')
    assert.equal(proveNoData(optOut, name('q.w'), type('A')).outcome, 'opt-out')
    assert.equal(proveNoData(optOut, name('q.w'), type('TXT')).outcome, 'contradicted')
    const half = byOptOut.denial.filter(({ owner }) => ownerText(owner) !== 'H(*.w)')
    assert.equal(proveNoData(records(half), name('q.w'), type('TXT')).outcome, 'opt-out')
  })

  it('§9.2: no name in an opt-out span is never secure', () => {
    assert.equal(proveNoName(optOut, name('q')).outcome, 'opt-out')
  })

  it('§9.2: opt-out counts at the next closer name; the record of the wildcard has no say', () => {
    const hash = (each: string): Uint8Array => hashName(name(each), { iterations: 0, salt: new Uint8Array(0) })
    const around = (each: string, flags: number): RRset =>
      nsec3Of(beside(hash(each), -1), beside(hash(each), 1), 'A', { flags })
    const apex = nsec3Of(hash('example.'), beside(hash('example.'), 1), 'NS SOA')
    const outcome = (...sets: RRset[]): string => proveNoName(records([apex, ...sets]), name('q')).outcome
    assert.equal(outcome(around('q', 0), around('*', 0)), 'proved')
    assert.equal(outcome(around('q', 0), around('*', 1)), 'proved')
    assert.equal(outcome(around('q', 1), around('*', 0)), 'opt-out')
    assert.equal(outcome(around('q', 1), around('*', 1)), 'opt-out')
    assert.equal(outcome(around('q', 1)), 'unproved')
  })

  it('§8.2: records of unknown flags, hash algorithms and lengths are passed over', () => {
    const hash = hashName(name('q'), { iterations: 0, salt: new Uint8Array(0) })
    const good = nsec3Of(hash, beside(hash, 1), 'A')
    assert.equal(told(proveNoData(records([good]), name('q'), type('MX'))).split(' ')[0], 'proved')
    for (const head of [{ algorithm: 2 }, { flags: 2 }, { flags: 0x81 }]) {
      const odd = nsec3Of(hash, beside(hash, 1), 'A', head)
      assert.equal(told(proveNoData(records([odd]), name('q'), type('MX'))), 'unproved', JSON.stringify(head))
    }
    const short = nsec3Of(hash, new Uint8Array(19), 'A')
    const elsewhere = { ...good, owner: Name.parse('a.example.').child(hashLabel(hash)) }
    const noHash = { ...good, owner: name('zzzz') }
    assert.equal(records([short, elsewhere, noHash]).chains.length, 0)
  })

  it('§8.2: records of different salts and counts are not used together', () => {
    const other = new SignedZone(TEXT, {
      denial: { kind: 'nsec3', iterations: 0, salt: Uint8Array.of(1), optOut: false },
    })
    const mixed = records([...byNsec3.denial, ...other.denial])
    assert.equal(mixed.chains.length, 2)
    assert.equal(proveNoName(mixed, name('q')).outcome, 'proved')
    const used = proveNoName(nsec3, name('q')).used
    const [, ...two] = used
    assert.notEqual(proveNoName(records([...two, ...other.denial.slice(0, 1)]), name('q')).outcome, 'proved')
  })

  it('the last record wraps round; a lone one covers all but itself', () => {
    const low = new Uint8Array(20).fill(1)
    const high = new Uint8Array(20).fill(0xf0)
    const read = (owner: Uint8Array, next: Uint8Array): Nsec3Record => {
      const [record] = Nsec3Record.read(nsec3Of(owner, next, ''), EXAMPLE)
      assert.ok(record)
      return record
    }
    const last = read(high, low)
    assert.equal(last.covers(beside(high, 1)), true)
    assert.equal(last.covers(beside(low, -1)), true)
    assert.equal(last.covers(low), false)
    assert.equal(last.covers(high), false)
    assert.equal(last.covers(beside(low, 1)), false)
    const lone = read(low, low)
    assert.equal(lone.covers(low), false)
    assert.equal(lone.covers(high), true)
    assert.equal(lone.covers(new Uint8Array(20)), true)
  })
})

describe('RFC9276 §3.2 and CVE-2023-50868: work', () => {
  const costly = new SignedZone(TEXT, {
    denial: { kind: 'nsec3', iterations: 151, salt: new Uint8Array(0), optOut: false },
  })

  it('beyond the accepted iterations nothing is hashed', () => {
    const budget = new CountedBudget()
    const all = records(costly.denial, budget, 150)
    assert.equal(proveNoName(all, name('q')).outcome, 'iterations')
    assert.equal(proveNoData(all, name('ns'), type('MX')).outcome, 'iterations')
    assert.equal(proveNoDs(all, name('insecure')).outcome, 'iterations')
    assert.equal(proveWildcard(all, name('a.w'), name('w')).outcome, 'iterations')
    assert.equal(budget.hashes, 0)
    assert.equal(proveNoName(records(costly.denial, budget, 151), name('q')).outcome, 'proved')
  })

  it('a name is hashed once, however many proofs ask', () => {
    const budget = new CountedBudget()
    const all = records(byNsec3.denial, budget)
    proveNoName(all, name('q'))
    assert.equal(budget.hashes, 3, 'q, the apex, the wildcard')
    proveNoName(all, name('q'))
    proveNoData(all, name('q'), 1)
    proveNoDs(all, name('q'))
    assert.equal(budget.hashes, 3)
  })

  it('a budget that is spent is told', () => {
    for (let hashes = 0; hashes < 3; hashes++) {
      const all = records(byNsec3.denial, new CountedBudget({ hashes }))
      assert.equal(told(proveNoName(all, name('q'))), 'work-exceeded', `${hashes} hashes`)
    }
    assert.equal(told(proveNoDs(records(byNsec3.denial, new CountedBudget({ hashes: 0 })), name('q'))), 'work-exceeded')
  })

  it('a name of 120 labels is given up before all of them are hashed', () => {
    const budget = new CountedBudget()
    const long = name(Array.from({ length: 120 }, () => 'x').join('.'))
    assert.equal(told(proveNoName(records(byNsec3.denial, budget), long)), 'work-exceeded')
    assert.ok(budget.hashes <= 64, String(budget.hashes))
  })
})

describe('RFC9824 §3: compact denial', () => {
  const next = '\\000.q'

  it('NXNAME: the name does not exist, of whatever type one asks', () => {
    const compact = records([nsecOf('q', next, 'RRSIG NSEC NXNAME')])
    const noName = proveNoName(compact, name('q'))
    assert.deepEqual([noName.outcome, noName.isCompact], ['proved', true])
    for (const each of ['A', 'DS', 'CNAME', 'NS']) {
      const noData = proveNoData(compact, name('q'), type(each))
      assert.deepEqual([noData.outcome, noData.isCompact], ['proved', true], each)
    }
    assert.equal(proveNoDs(compact, name('q')).outcome, 'not-a-cut')
  })

  it('without it, the name is there without data', () => {
    const empty = records([nsecOf('q', next, 'RRSIG NSEC')])
    assert.equal(proveNoName(empty, name('q')).outcome, 'contradicted')
    assert.equal(proveNoData(empty, name('q'), 1).outcome, 'proved')
    assert.equal(proveNoData(empty, name('q'), 255).outcome, 'proved')
    assert.equal(proveNoData(empty, name('q'), 1).isCompact, undefined)
  })

  it('beside other types it says nothing', () => {
    const both = records([nsecOf('q', next, 'A RRSIG NSEC NXNAME')])
    assert.equal(proveNoName(both, name('q')).outcome, 'contradicted')
    assert.equal(proveNoData(both, name('q'), 1).outcome, 'contradicted')
  })

  it('NSEC3 the same', () => {
    const hash = hashName(name('q'), { iterations: 0, salt: new Uint8Array(0) })
    const compact = records([nsec3Of(hash, beside(hash, 1), 'NXNAME')])
    assert.deepEqual(proveNoName(compact, name('q')).isCompact, true)
  })
})

describe('records expanded from a wildcard', () => {
  it('tell nothing, of whatever owner they seem to be', () => {
    const [wild] = byNsec.denial.filter(({ owner }) => owner.equals(name('*.w')))
    assert.ok(wild)
    assert.equal(NsecRecord.read(wild, EXAMPLE).length, 1)
    assert.equal(NsecRecord.read({ ...wild, owner: name('a.w') }, EXAMPLE).length, 0)
    const [hashed] = byNsec3.denial
    assert.ok(hashed)
    const signatures = hashed.signatures.map((rrsig) => rrsig.with(3, 1))
    assert.equal(Nsec3Record.read({ ...hashed, signatures }, EXAMPLE).length, 0)
  })
})

describe('RFC4470: minimally covering records', () => {
  it('prove what they cover', () => {
    const lies = records([nsecOf('p\\255', 'q\\000', 'RRSIG NSEC'), nsecOf('\\)\\255', '+', 'RRSIG NSEC')])
    assert.equal(proveNoName(lies, name('q')).outcome, 'proved')
    assert.equal(proveNoName(lies, name('q\\000\\000')).outcome, 'unproved')
  })
})
