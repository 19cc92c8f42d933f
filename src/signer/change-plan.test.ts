/** What the signing of single changes removes and adds, what it costs, and what it refuses. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { OctetWriter, readU32 } from '../dns/octets.ts'
import { RRSIG } from '../dns/rr/index.ts'
import { RRSIG_EXPIRATION } from '../dnssec/index.ts'
import { TableView, type ViewNsec3, type ViewRrset, type ZoneView } from '../zone/index.ts'
import { linesOf, zoneOf } from '../zone/zone.fixture.ts'
import { Nsec3Writer } from './denial/nsec3.ts'
import { fixedPair } from './fixed-keys.fixture.ts'
import {
  chooseSigners,
  concludeChange,
  type Denial,
  fillSignatures,
  planChange,
  planChangeInSteps,
  readySigners,
} from './index.ts'
import { changeOf } from './signed-versions.fixture.ts'
import { EXPIRATION, INCEPTION, NSEC, NSEC3, OPT_OUT, signText } from './signing.fixture.ts'

const EXAMPLE = Name.parse('example.')
const SOA = (serial: number, minimum = 600): string =>
  `example. 3600 SOA ns.example. host.example. ${serial} 7200 3600 1209600 ${minimum}`
const DS = 'DS 12345 8 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0102'
const HEAD = `$TTL 3600\n${SOA(1)}\n@ NS ns.other.\n`
const signers = chooseSigners(fixedPair(15, EXAMPLE), [], true)
const TIMES = {
  inception: INCEPTION,
  expiration: EXPIRATION,
  jitterSeconds: 0,
  random: { bytes: (length: number) => new Uint8Array(length) },
}

function viewOf(text: string, denial: Denial = NSEC): ZoneView {
  return new TableView(zoneOf(signText(HEAD + text, { denial }).text))
}

/** What a change of the records besides the SOA brings, as short lines: `-` and `+`, owner and type, of an RRSIG what it covers. */
function signed(view: ZoneView, removed: readonly string[], added: readonly string[], times = TIMES): string[] {
  const plan = planChange(view, changeOf([SOA(1), ...removed], [SOA(2), ...added], 1), signers, times)
  fillSignatures(plan.table, plan.order, 0, plan.order.length, readySigners(signers), plan.apexAt)
  const beside = concludeChange(plan)
  return [
    ...linesOf(beside.removed, all(beside.removed.count)).map((line) => `- ${short(line)}`),
    ...linesOf(beside.added, all(beside.added.count)).map((line) => `+ ${short(line)}`),
  ].sort()
}

const all = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i)

function short(line: string): string {
  const [owner = '', , , type = '', covered = ''] = line.split(' ')
  return type === 'RRSIG' ? `${owner} RRSIG ${covered}` : line.replace(/ IN /, ' ')
}

const SOA_SIGNATURE = ['+ example. RRSIG SOA', '- example. RRSIG SOA']
const withSoa = (lines: readonly string[]): string[] => [...SOA_SIGNATURE, ...lines].sort()

describe('a change is signed where it matters', () => {
  it('RFC4035 §2.3: a new name gets signatures and a place in the chain', () => {
    const view = viewOf('a A 192.0.2.1\nc A 192.0.2.3\n')
    assert.deepEqual(
      signed(view, [], ['b.example. 60 A 192.0.2.2']),
      withSoa([
        '+ b.example. RRSIG A',
        '+ b.example. 600 NSEC c.example. A RRSIG NSEC',
        '+ b.example. RRSIG NSEC',
        '- a.example. 600 NSEC c.example. A RRSIG NSEC',
        '- a.example. RRSIG NSEC',
        '+ a.example. 600 NSEC b.example. A RRSIG NSEC',
        '+ a.example. RRSIG NSEC',
      ]),
    )
  })

  it('RFC4035 §2.3: a name that vanishes leaves the chain', () => {
    const view = viewOf('a A 192.0.2.1\nb A 192.0.2.2\n')
    assert.deepEqual(
      signed(view, ['b.example. 3600 A 192.0.2.2'], []),
      withSoa([
        '- b.example. RRSIG A',
        '- b.example. 600 NSEC example. A RRSIG NSEC',
        '- b.example. RRSIG NSEC',
        '- a.example. 600 NSEC b.example. A RRSIG NSEC',
        '- a.example. RRSIG NSEC',
        '+ a.example. 600 NSEC example. A RRSIG NSEC',
        '+ a.example. RRSIG NSEC',
      ]),
    )
  })

  it('a record more in an RRset: one signature, and no change of the chain', () => {
    const view = viewOf('a A 192.0.2.1\na TXT "t"\n')
    assert.deepEqual(
      signed(view, [], ['a.example. 3600 A 192.0.2.2']),
      withSoa(['- a.example. RRSIG A', '+ a.example. RRSIG A']),
    )
  })

  it('RFC2181 §5.2: one of a lower TTL lowers that of all', () => {
    const view = viewOf('a A 192.0.2.1\na A 192.0.2.3\n')
    assert.deepEqual(
      signed(view, [], ['a.example. 60 A 192.0.2.2']),
      withSoa([
        '- a.example. 3600 A 192.0.2.1',
        '- a.example. 3600 A 192.0.2.3',
        '+ a.example. 60 A 192.0.2.1',
        '+ a.example. 60 A 192.0.2.3',
        '- a.example. RRSIG A',
        '+ a.example. RRSIG A',
      ]),
    )
  })

  it('RFC2181 §5.2: one of a higher TTL gets the lower one, glue too', () => {
    const view = viewOf('sub NS ns.sub\nns.sub 60 A 192.0.2.1\n')
    assert.deepEqual(
      signed(view, [], ['ns.sub.example. 300 A 192.0.2.2']),
      withSoa(['- ns.sub.example. 300 A 192.0.2.2', '+ ns.sub.example. 60 A 192.0.2.2']),
    )
  })

  it('RFC4035 §2.2: what a new delegation occludes loses its signatures and leaves the chain', () => {
    const view = viewOf('sub TXT "t"\nx.sub A 192.0.2.1\ny.x.sub A 192.0.2.2\nz A 192.0.2.3\n')
    assert.deepEqual(
      signed(view, [], ['sub.example. 3600 NS ns.other.']),
      withSoa([
        '- sub.example. RRSIG TXT',
        '- sub.example. 600 NSEC x.sub.example. TXT RRSIG NSEC',
        '- sub.example. RRSIG NSEC',
        '+ sub.example. 600 NSEC z.example. NS RRSIG NSEC',
        '+ sub.example. RRSIG NSEC',
        '- x.sub.example. RRSIG A',
        '- x.sub.example. 600 NSEC y.x.sub.example. A RRSIG NSEC',
        '- x.sub.example. RRSIG NSEC',
        '- y.x.sub.example. RRSIG A',
        '- y.x.sub.example. 600 NSEC z.example. A RRSIG NSEC',
        '- y.x.sub.example. RRSIG NSEC',
      ]),
    )
  })

  it('RFC6672 §2.4: what a DNAME occluded is signed again when it goes', () => {
    const view = viewOf('d DNAME other.\nd TXT "t"\nx.d A 192.0.2.1\ncut.d NS ns.cut.d\nns.cut.d A 192.0.2.2\n')
    assert.deepEqual(
      signed(view, ['d.example. 3600 DNAME other.'], []),
      withSoa([
        '- d.example. RRSIG DNAME',
        '- d.example. 600 NSEC example. TXT DNAME RRSIG NSEC',
        '- d.example. RRSIG NSEC',
        '+ d.example. 600 NSEC cut.d.example. TXT RRSIG NSEC',
        '+ d.example. RRSIG NSEC',
        '+ cut.d.example. 600 NSEC x.d.example. NS RRSIG NSEC',
        '+ cut.d.example. RRSIG NSEC',
        '+ x.d.example. RRSIG A',
        '+ x.d.example. 600 NSEC example. A RRSIG NSEC',
        '+ x.d.example. RRSIG NSEC',
      ]),
    )
  })

  it('RFC9077 §3: another minimum of the SOA changes the TTL of the whole chain', () => {
    const view = viewOf('a A 192.0.2.1\n')
    const plan = planChange(view, changeOf([SOA(1)], [SOA(2, 60)], 1), signers, TIMES)
    const lines = linesOf(plan.table, plan.order).filter((line) => line.split(' ')[3] === 'NSEC')
    assert.deepEqual(lines, [
      'example. 60 IN NSEC a.example. NS SOA RRSIG NSEC DNSKEY',
      'a.example. 60 IN NSEC example. A RRSIG NSEC',
    ])
    const removed = linesOf(plan.removed, all(plan.removed.count))
    assert.equal(removed.filter((line) => line.split(' ')[3] === 'NSEC').length, 2)
  })

  it('names that change in their spelling only change nothing', () => {
    const view = viewOf('a MX 10 Mail.Other.\n')
    const removed = ['a.example. 3600 MX 10 mail.other.']
    assert.deepEqual(signed(view, removed, ['A.example. 3600 MX 10 MAIL.other.']), SOA_SIGNATURE)
  })

  it('RFC6840 §5.1: a new name is linked as it is spelled, one that is there keeps its spelling', () => {
    const view = viewOf('a A 192.0.2.1\nOld A 192.0.2.2\n')
    const lines = signed(view, [], ['NEW.example. 60 A 192.0.2.3', 'old.example. 60 TXT "t"'])
    assert.ok(lines.includes('+ a.example. 600 NSEC NEW.example. A RRSIG NSEC'))
    assert.ok(lines.includes('+ NEW.example. 600 NSEC Old.example. A RRSIG NSEC'))
    assert.ok(lines.includes('+ Old.example. 600 NSEC example. A TXT RRSIG NSEC'))
  })

  it('a name is not linked anew for the spelling of the next one', () => {
    const lines = signText(`${HEAD}a A 192.0.2.1\nold A 192.0.2.2\n`).lines
    const spelled = lines.map((line) => line.replace('NSEC old.example.', 'NSEC OLD.example.'))
    assert.notDeepEqual(spelled, lines)
    const view = new TableView(zoneOf(spelled.map((line) => `${line}\n`).join('')))
    const added = signed(view, [], ['a.example. 3600 A 192.0.2.9'])
    assert.deepEqual(added, withSoa(['- a.example. RRSIG A', '+ a.example. RRSIG A']))
  })

  it('a link that is not signed, or not the only one at its name, is put in order where the change touches it', () => {
    const { lines } = signText(`${HEAD}a A 192.0.2.1\n`)
    const change = [[], ['a.example. 3600 A 192.0.2.9']] as const
    const signatures = ['- a.example. RRSIG A', '+ a.example. RRSIG A', '+ a.example. RRSIG NSEC']
    const link = 'a.example. 600 NSEC example. A RRSIG NSEC'
    const unsigned = lines.filter((line) => !/^a\.example\. .* RRSIG NSEC /.test(line))
    assert.equal(unsigned.length, lines.length - 1)
    const once = signed(new TableView(zoneOf(unsigned.map((line) => `${line}\n`).join(''))), ...change)
    assert.deepEqual(once, withSoa([...signatures, `- ${link}`, `+ ${link}`]))
    const doubled = [...lines, 'a.example. 600 IN NSEC after-it.example. A']
    const twice = signed(new TableView(zoneOf(doubled.map((line) => `${line}\n`).join(''))), ...change)
    const removed = [`- ${link}`, '- a.example. 600 NSEC after-it.example. A', '- a.example. RRSIG NSEC']
    assert.deepEqual(twice, withSoa([...signatures, ...removed, `+ ${link}`]))
  })

  it('CDS at the apex is signed by the key-signing key', () => {
    const plan = planChange(viewOf(''), changeOf([SOA(1)], [SOA(2), 'example. 60 CDS 0 0 0 00'], 1), signers, TIMES)
    const tags = linesOf(plan.table, plan.order).flatMap((line) => {
      const fields = line.split(' ')
      return fields[3] === 'RRSIG' ? [`${fields[4]} ${fields[10]}`] : []
    })
    const [ksk, zsk] = fixedPair(15, EXAMPLE)
    assert.deepEqual(tags, [`SOA ${zsk?.tag}`, `CDS ${ksk?.tag}`, `NSEC ${zsk?.tag}`])
  })

  it('jitter spreads the ends of signatures', () => {
    const random = { bytes: (n: number) => Uint8Array.from({ length: n }, (_, i) => (i * 37) & 255) }
    const change = changeOf([SOA(1)], [SOA(2), 'a.example. 60 A 192.0.2.1', 'b.example. 60 A 192.0.2.1'], 1)
    const { table, order } = planChange(viewOf(''), change, signers, { ...TIMES, jitterSeconds: 86400, random })
    const ends = Array.from(order)
      .filter((index) => table.type[index] === RRSIG.number)
      .map((index) => readU32(table.rdataOf(index), RRSIG_EXPIRATION))
    assert.ok(new Set(ends).size > 3)
    assert.ok(ends.every((end) => end <= EXPIRATION && end > EXPIRATION - 86400))
  })
})

describe('RFC5155 §7.1: with opt-out, an empty non-terminal is in the chain as long as it leads to a name that is', () => {
  /** How many NSEC3 records more there are after the change. */
  function growth(text: string, removed: readonly string[], added: readonly string[]): number {
    const lines = signed(viewOf(text, OPT_OUT), removed, added).filter((line) => / NSEC3 1 /.test(line))
    return lines.filter((line) => line.startsWith('+')).length - lines.filter((line) => line.startsWith('-')).length
  }
  const insecure = 'h.ent NS ns.other.\n'
  const cases: readonly [what: string, text: string, removed: string[], added: string[], growth: number][] = [
    [
      'names that are uncovered and one that is new between them',
      'sub NS ns.other.\na.y.sub NS ns.other.\nz1.sub NS a.\nz2.sub NS a.\nz3.sub NS a.\n',
      ['sub.example. 3600 NS ns.other.'],
      ['0.y.sub.example. 60 A 192.0.2.1'],
      3,
    ],
    ['an insecure delegation alone adds none', '', [], ['h.ent.example. 60 NS ns.other.'], 0],
    ['a secure one adds two', insecure, [], ['s.ent.example. 60 NS ns.other.', `s.ent.example. 60 ${DS}`], 2],
    ['a DS adds two', insecure, [], [`h.ent.example. 60 ${DS}`], 2],
    ['without its DS, both go', `${insecure}h.ent ${DS}\n`, [`h.ent.example. 3600 ${DS}`], [], -2],
    [
      'without one DS of two, one goes',
      `${insecure}h.ent ${DS}\ns.ent NS ns.other.\ns.ent ${DS}\n`,
      [`h.ent.example. 3600 ${DS}`],
      [],
      -1,
    ],
    [
      'without one name of two, one goes',
      'a.ent A 192.0.2.1\nb.ent A 192.0.2.2\n',
      ['a.ent.example. 3600 A 192.0.2.1'],
      [],
      -1,
    ],
    ['one more beside a name adds none', `${insecure}a.ent A 192.0.2.1\n`, [], ['i.ent.example. 60 NS ns.other.'], 0],
    [
      'without its own records above insecure delegations, it goes',
      `${insecure}ent A 192.0.2.1\n`,
      ['ent.example. 3600 A 192.0.2.1'],
      [],
      -1,
    ],
    [
      'without its own records above a name, it stays',
      'a.ent A 192.0.2.1\nent A 192.0.2.1\n',
      ['ent.example. 3600 A 192.0.2.1'],
      [],
      0,
    ],
    [
      'an insecure delegation that vanishes above names leaves them their place',
      'ent NS ns.other.\na.ent A 192.0.2.1\n',
      ['ent.example. 3600 NS ns.other.'],
      [],
      2,
    ],
    [
      'a name that becomes an insecure delegation goes',
      'a.ent A 192.0.2.1\n',
      ['a.ent.example. 3600 A 192.0.2.1'],
      ['a.ent.example. 60 NS ns.other.'],
      -2,
    ],
  ]
  for (const [what, text, removed, added, expected] of cases) {
    it(what, () => assert.equal(growth(text, removed, added), expected))
  }
})

/** A view that counts what it is asked. */
class CountingView implements ZoneView {
  readonly apex: Name
  readonly #view: ZoneView
  count = 0
  /** How often it was asked for the next name. */
  walked = 0

  constructor(view: ZoneView) {
    this.#view = view
    this.apex = view.apex
  }

  #ask<T>(answer: T): T {
    this.count++
    return answer
  }

  node(name: Name) {
    return this.#ask(this.#view.node(name))
  }
  has(name: Name, type: number): boolean {
    return this.#ask(this.#view.has(name, type))
  }
  exists(name: Name): boolean {
    return this.#ask(this.#view.exists(name))
  }
  hasBelow(name: Name): boolean {
    return this.#ask(this.#view.hasBelow(name))
  }
  nameAfter(name: Name): Name | undefined {
    this.walked++
    return this.#ask(this.#view.nameAfter(name))
  }
  nameBehind(name: Name): Name | undefined {
    return this.#ask(this.#view.nameBehind(name))
  }
  nameBefore(name: Name): Name | undefined {
    return this.#ask(this.#view.nameBefore(name))
  }
  nsec3(hash: Uint8Array): ViewRrset | undefined {
    return this.#ask(this.#view.nsec3(hash))
  }
  nsec3Before(hash: Uint8Array): ViewNsec3 | undefined {
    return this.#ask(this.#view.nsec3Before(hash))
  }
}

/** How often a zone is asked for the signing of a change. */
function cost(text: string, denial: Denial, removed: readonly string[], added: readonly string[]): number {
  return asked(text, denial, removed, added).count
}

function asked(text: string, denial: Denial, removed: readonly string[], added: readonly string[]): CountingView {
  const view = new CountingView(viewOf(text, denial))
  planChange(view, changeOf([SOA(1), ...removed], [SOA(2), ...added], 1), signers, TIMES)
  return view
}

const repeat = (n: number, line: (i: number) => string): string => Array.from({ length: n }, (_, i) => line(i)).join('')

describe('the cost of a change', () => {
  for (const [name, denial] of Object.entries({ NSEC, NSEC3, 'opt-out': OPT_OUT })) {
    it(`does not depend on the size of the zone: ${name}`, () => {
      const costs = [20, 400].map((n) => {
        return cost(
          repeat(n, (i) => `h${i} A 192.0.2.1\n`),
          denial,
          ['h10.example. 3600 A 192.0.2.1'],
          ['new.example. 60 A 192.0.2.1', 'h5.ent.example. 60 A 192.0.2.1'],
        )
      })
      assert.equal(costs[1], costs[0])
    })

    it(`grows as names that follow one another vanish or appear, no faster: ${name}`, () => {
      const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `h${i}.example. 3600 A 192.0.2.1`)
      const text = repeat(400, (i) => `h${i} A 192.0.2.1\n`)
      const vanishing = [100, 400].map((n) => cost(text, denial, names(n), []))
      assert.ok((vanishing[1] ?? 0) < 4.5 * (vanishing[0] ?? 0), `${vanishing}`)
      const appearing = [100, 400].map((n) => cost('', denial, [], names(n)))
      assert.ok((appearing[1] ?? 0) < 4.5 * (appearing[0] ?? 0), `${appearing}`)
    })
  }

  it('grows with what is occluded or uncovered once, however many cuts above and below change', () => {
    const below = repeat(200, (i) => `h${i}.x.sub A 192.0.2.1\n`)
    const cut = 'sub.example. 3600 NS ns.other.'
    const deeper = 'x.sub.example. 3600 NS ns.other.'
    const occluding = asked(`sub TXT "t"\nx.sub NS ns.other.\n${below}`, NSEC, [deeper], [cut])
    assert.ok(occluding.walked < 250, `${occluding.walked}`)
    const uncovering = asked(`sub NS ns.other.\nx.sub TXT "t"\n${below}`, NSEC, [cut], [deeper])
    assert.ok(uncovering.walked < 250, `${uncovering.walked}`)
  })

  it('does not depend on how many names lie below a cut that is occluded itself', () => {
    const costs = [20, 400].map((n) => {
      const text = `sub NS ns.other.\nx.sub TXT "t"\n${repeat(n, (i) => `h${i}.x.sub A 192.0.2.1\n`)}`
      return cost(text, NSEC, [], ['x.sub.example. 60 NS ns.other.'])
    })
    assert.equal(costs[1], costs[0])
  })

  it('is spread over steps', () => {
    const names = Array.from({ length: 400 }, (_, i) => `h${i}.example. 3600 A 192.0.2.1`)
    for (const denial of [NSEC, NSEC3, OPT_OUT]) {
      const view = viewOf('', denial)
      const steps = planChangeInSteps(view, changeOf([SOA(1)], [SOA(2), ...names], 1), signers, TIMES)
      let count = 0
      while (steps.next().done !== true) count++
      assert.ok(count > 30, `${count}`)
    }
  })

  it('with opt-out, does not depend on how many delegations lie beside one below an empty non-terminal', () => {
    const costs = [20, 400].map((n) => {
      const text = `${repeat(n, (i) => `h${i}.ent NS ns.other.\n`)}s.ent NS ns.other.\ns.ent ${DS}\nt.ent NS ns.other.\n`
      const insecure = cost(text, OPT_OUT, [], ['new.ent.example. 60 NS ns.other.'])
      const secured = cost(text, OPT_OUT, [], [`t.ent.example. 3600 ${DS}`])
      return [insecure, secured]
    })
    assert.deepEqual(costs[1], costs[0])
  })
})

describe('a change is refused', () => {
  const plan = (view: ZoneView, removed: readonly string[], added: readonly string[]) =>
    planChange(view, changeOf(removed, added, 1), signers, TIMES)

  for (const record of [
    'a.example. 60 RRSIG A 13 2 60 20300101000000 20290101000000 4711 example. AAAA',
    'a.example. 60 NSEC b.example. A',
    '3msev9usmd4br9s97v51r2tdvmr9iqo1.example. 60 NSEC3 1 0 0 - 3msev9usmd4br9s97v51r2tdvmr9iqo1',
    'example. 0 NSEC3PARAM 1 0 0 -',
  ]) {
    it(`with a record that signing makes: ${record.split(' ')[2]}`, () => {
      const error = { code: 'signing-refused', message: /made by signing alone/ }
      assert.throws(() => plan(viewOf(''), [SOA(1)], [SOA(2), record]), error)
      assert.throws(() => plan(viewOf(''), [SOA(1), record], [SOA(2)]), error)
    })
  }

  it('of a zone that is not signed', () => {
    const error = { code: 'signing-refused', message: /no chain of denial: sign the whole zone first/ }
    assert.throws(() => plan(new TableView(zoneOf(HEAD)), [SOA(1)], [SOA(2)]), error)
    const announced = new TableView(zoneOf(`${HEAD}@ 0 NSEC3PARAM 1 0 0 -\n`))
    assert.throws(() => plan(announced, [SOA(1)], [SOA(2)]), error)
  })

  it('RFC1035 §5.2: that leaves no SOA record, or several', () => {
    assert.throws(() => plan(viewOf(''), [SOA(1)], []), { code: 'zone-invalid', message: /no SOA record/ })
    assert.throws(() => plan(viewOf(''), [], [SOA(2)]), { code: 'zone-invalid', message: /several SOA records/ })
  })

  it('that is of another version', () => {
    const absent = 'a.example. 60 A 192.0.2.1'
    assert.throws(() => plan(viewOf(''), [SOA(1), absent], [SOA(2)]), { code: 'transfer-failed' })
  })

  it('RFC4035 §2.4: with a DS at the apex; one at a delegation is signed', () => {
    const atApex = { code: 'zone-invalid', message: /^example\. DS: .* \[ds-at-apex\]$/ }
    assert.throws(() => plan(viewOf(''), [SOA(1)], [SOA(2), `example. 60 ${DS}`]), atApex)
    const lines = signed(viewOf('sub NS ns.other.\n'), [], [`sub.example. 60 ${DS}`])
    assert.ok(lines.includes('+ sub.example. RRSIG DS'))
  })

  for (const [what, first, second] of [
    ['RFC2181 §10.1: with a CNAME beside other data', 'TXT "t"', 'CNAME a.'],
    ['RFC1034 §3.6.2: with a second CNAME', 'CNAME a.', 'CNAME b.'],
    ['RFC6672 §2.4: with a second DNAME', 'DNAME a.', 'DNAME b.'],
  ]) {
    it(what ?? '', () => {
      const error = { code: 'zone-invalid', message: /^w\.example\. [CD]NAME: / }
      assert.throws(() => plan(viewOf(`w ${first}\n`), [SOA(1)], [SOA(2), `w.example. 60 ${second}`]), error)
    })
  }

  it('RFC5155 §7.1: when a new name has the hash of another', () => {
    const view = viewOf('a A 192.0.2.1\n', NSEC3)
    const colliding = new (class extends CountingView {
      /** The hash of any name is there already. */
      override nsec3(hash: Uint8Array): ViewRrset | undefined {
        return super.nsec3(hash) ?? super.nsec3Before(hash)?.rrset
      }
    })(view)
    assert.throws(() => plan(colliding, [SOA(1)], [SOA(2), 'b.example. 60 A 192.0.2.1']), {
      code: 'signing-refused',
      message: /b\.example\. has the NSEC3 hash of another name: choose another salt/,
    })
  })

  it('when the NSEC3 chain of the zone is broken', () => {
    const lines = signText(`${HEAD}a A 192.0.2.1\nb A 192.0.2.1\n`, { denial: NSEC3 }).lines
    // The record of `a` points to itself, so that nothing leads past it once it is gone.
    const owner = new OctetWriter(64)
    const writer = new Nsec3Writer(EXAMPLE, { iterations: 0, salt: new Uint8Array(0), optOut: false })
    writer.writeOwner(writer.hashOf(Name.parse('a', EXAMPLE)), 0, owner)
    const label = Name.fromOctets(owner.octets).toString().split('.')[0]
    const broken = lines.map((line) =>
      line.startsWith(`${label}.`) && line.includes(' IN NSEC3 ') ? line.replace(/ - \S+/, ` - ${label}`) : line,
    )
    const view = new TableView(zoneOf(broken.map((line) => `${line}\n`).join('')))
    assert.throws(() => plan(view, [SOA(1), 'a.example. 3600 A 192.0.2.1'], [SOA(2)]), {
      code: 'zone-invalid',
      message: /chain of NSEC3 records is broken/,
    })
  })
})
