/**
 * A name above the one that is asked for does not exist: with QNAME minimisation servers are asked for that name first, and when its
 * denial validates, the name itself is never sent (RFC 9156 §3, RFC 8020, RFC 8198).
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import { typeMnemonic } from '../../src/dns/rr/index.ts'
import type { Resolution } from '../../src/resolver/index.ts'
import { NSEC3, OPT_OUT } from '../../src/signer/signing.fixture.ts'
import { parseAddress } from '../../src/transport/index.ts'
import { changing, type Fault, type Host } from './host.ts'
import { Internet } from './internet.ts'
import type { ZoneOptions } from './zones.ts'

const TEXT = 'www A 192.0.2.1\nleaf.ent A 192.0.2.2'
const ZONES: Record<string, ZoneOptions> = {
  '.': {},
  'nsec.': { text: TEXT },
  'nsec3.': { text: TEXT, signing: { denial: NSEC3 } },
  'optout.': { text: TEXT, signing: { denial: OPT_OUT } },
  'plain.': { text: TEXT, signing: 'unsigned' },
}

/** What a host is asked from now on, but for keys and DS records: `NAME TYPE`. */
function listen(host: Host): string[] {
  const asked: string[] = []
  host.spoil((reply, { message }) => {
    const [question] = message.questions
    const type = typeMnemonic(question?.type ?? 0)
    if (type !== 'DNSKEY' && type !== 'DS') asked.push(`${question?.name} ${type}`)
    return reply
  })
  return asked
}

function outcomeOf({ rcode, security, answer }: Resolution): string {
  return `${rcode} ${security} ${answer.length}`
}

describe('RFC8020 §2: the denial of a name above that validates', () => {
  for (const zone of ['nsec.', 'nsec3.', '.']) {
    const gone = `gone.${zone === '.' ? '' : zone}`
    it(`answers for the name, which is not sent: ${zone}`, () => {
      const internet = new Internet(ZONES)
      const resolver = internet.resolver()
      const asked = listen(internet.host(zone))
      const resolution = resolver.resolve(`a.b.c.${gone}`, 'AAAA')
      assert.equal(outcomeOf(resolution), '3 secure 0')
      assert.ok(resolution.authority.length >= 2)
      const names = asked.filter((question) => !question.startsWith('. '))
      assert.ok(
        names.every((question) => question.endsWith(` A`) && !question.startsWith('c.')),
        asked.join(),
      )
      assert.equal(names.at(-1), `${gone} A`)
    })

    it(`answers for all names below, and for names beside it, without a message: ${zone}`, () => {
      const internet = new Internet(ZONES)
      const resolver = internet.resolver()
      resolver.resolve(`a.b.c.${gone}`, 'AAAA')
      for (let n = 0; n < 50; n++) {
        assert.equal(outcomeOf(resolver.resolve(`x${n}.y.${gone}`, 'A')), '3 secure 0')
        assert.equal(resolver.costs.exchanges, 0)
      }
      const cached = resolver.caches.messages.counts.entries
      assert.ok(cached < 10, `${cached} entries: a flood of names fills the cache`)
      if (zone !== 'nsec.') return
      assert.equal(outcomeOf(resolver.resolve(`a.gonf.${zone}`, 'A')), '3 secure 0')
      assert.equal(resolver.costs.exchanges, 0)
    })

    it(`does so with answers from proofs (RFC 8198) turned off: ${zone}`, () => {
      const internet = new Internet(ZONES)
      const resolver = internet.resolver({ settings: { aggressiveNsec: false } })
      resolver.resolve(`a.b.c.${gone}`, 'AAAA')
      assert.equal(outcomeOf(resolver.resolve(`d.e.${gone}`, 'A')), '3 secure 0')
      assert.equal(resolver.costs.exchanges, 0)
    })
  }

  it('is asked for again when its time is over', () => {
    const internet = new Internet(ZONES)
    const resolver = internet.resolver()
    resolver.resolve('a.b.gone.nsec.', 'A')
    internet.wait(301_000)
    const asked = listen(internet.host('nsec.'))
    assert.equal(outcomeOf(resolver.resolve('c.d.gone.nsec.', 'A')), '3 secure 0')
    assert.deepEqual(asked, ['gone.nsec. A'])
  })

  it('answers questions for DS records and keys too', () => {
    for (const type of ['DS', 'DNSKEY', 'ANY', 'CNAME']) {
      const resolution = new Internet(ZONES).resolver().resolve('a.b.c.gone.nsec.', type)
      assert.equal(outcomeOf(resolution), '3 secure 0', type)
    }
  })
})

describe('RFC9156 §3: the denial of a name above that is not secure', () => {
  for (const [zone, why] of [
    ['plain.', 'an unsigned zone'],
    ['optout.', 'an opt-out span'],
  ] as const) {
    it(`is followed by the whole name: ${why}`, () => {
      const internet = new Internet(ZONES)
      const asked = listen(internet.host(zone))
      const resolution = internet.resolver().resolve(`a.b.gone.${zone}`, 'AAAA')
      assert.equal(outcomeOf(resolution), '3 insecure 0')
      assert.deepEqual(asked, [`gone.${zone} A`, `a.b.gone.${zone} AAAA`])
    })
  }

  /** NXDOMAIN for `ent.`, which exists. */
  const lying: Fault = changing((reply, { message }) => {
    const isEnt = message.questions[0]?.name.toString().startsWith('ent.') === true
    return isEnt ? { ...reply, header: { ...reply.header, rcode: 3 } } : reply
  })

  for (const zone of ['nsec.', 'nsec3.', 'optout.', 'plain.']) {
    it(`a server that denies empty non-terminals has its names found: ${zone}`, () => {
      const internet = new Internet(ZONES)
      const host = internet.host(zone)
      host.spoil((reply, asked) =>
        isFor(asked.message.questions[0]?.name, `ent.${zone}`) ? lying(reply, asked) : reply,
      )
      const asked = listen(host)
      const { rcode, answer } = internet.resolver().resolve(`leaf.ent.${zone}`, 'A')
      assert.deepEqual([rcode, answer.length], [0, 1])
      assert.deepEqual(asked, [`ent.${zone} A`, `leaf.ent.${zone} A`])
    })
  }

  it('one whose signatures are not good does not count, nor does it stay', () => {
    const internet = new Internet(ZONES)
    const host = internet.host('nsec.')
    host.spoil(
      changing((reply, { message }) => {
        if (!isFor(message.questions[0]?.name, 'gone.nsec.')) return reply
        const authority = reply.authority.map((record) =>
          record.type === 46 ? { ...record, rdata: record.rdata.with(-1, (record.rdata.at(-1) ?? 0) ^ 1) } : record,
        )
        return { ...reply, authority }
      }),
    )
    const asked = listen(host)
    const resolver = internet.resolver()
    assert.equal(outcomeOf(resolver.resolve('a.gone.nsec.', 'A')), '3 secure 0')
    assert.deepEqual(asked, ['gone.nsec. A', 'a.gone.nsec. A'])
    host.mend()
    assert.equal(outcomeOf(resolver.resolve('gone.nsec.', 'A')), '3 secure 0')
  })
})

function isFor(name: Name | undefined, text: string): boolean {
  return name?.equals(Name.parse(text)) === true
}

describe('who is not answered so', () => {
  it('a client that sets CD: the whole name is asked for it', () => {
    const internet = new Internet(ZONES)
    const resolver = internet.resolver()
    resolver.resolve('a.b.gone.nsec.', 'A')
    const asked = listen(internet.host('nsec.'))
    assert.equal(outcomeOf(resolver.resolve('c.b.gone.nsec.', 'A', { cd: true })), '3 unchecked 0')
    assert.deepEqual(asked, ['gone.nsec. A', 'c.b.gone.nsec. A'])
  })

  it('clients that ask at the same time, with CD and without, share the messages as far as they go', () => {
    for (const order of [
      [true, false],
      [false, true],
    ]) {
      const internet = new Internet(ZONES)
      const resolver = internet.resolver()
      const asked = listen(internet.host('nsec.'))
      const outcomes = new Map<boolean, string>()
      for (const cd of order) resolver.start('a.b.gone.nsec.', 'A', { cd }, (it) => outcomes.set(cd, outcomeOf(it)))
      internet.run(() => outcomes.size === 2)
      assert.deepEqual([outcomes.get(true), outcomes.get(false)], ['3 unchecked 0', '3 secure 0'])
      assert.deepEqual(asked.toSorted(), ['a.b.gone.nsec. A', 'gone.nsec. A'], `${order}`)
    }
  })

  it('clients without validation', () => {
    const internet = new Internet(ZONES)
    const asked = listen(internet.host('nsec.'))
    internet.resolver({ settings: { validate: false } }).resolve('a.b.gone.nsec.', 'A')
    assert.deepEqual(asked, ['gone.nsec. A', 'a.b.gone.nsec. A'])
  })

  it('RFC7646 §1.1: names below a negative trust anchor', () => {
    const internet = new Internet(ZONES)
    const resolver = internet.resolver({ negativeAnchors: ['m.gone.nsec.'] })
    for (const first of ['a.gone.nsec.', 'b.gone.nsec.']) {
      assert.equal(outcomeOf(resolver.resolve(first, 'A')), '3 secure 0')
      const asked = listen(internet.host('nsec.'))
      const name = `${first[0]}.m.gone.nsec.`
      assert.equal(outcomeOf(resolver.resolve(name, 'A')), '3 insecure 0')
      assert.equal(asked.at(-1), `${name} A`)
    }
  })
})

describe('zones of the configuration below a name that is denied', () => {
  for (const kind of ['stub', 'forward'] as const) {
    it(`are asked at their servers, whatever was denied before: ${kind}`, () => {
      const internet = new Internet({
        ...ZONES,
        'corp.gone.': { text: 'www A 192.0.2.3', delegation: '', at: ['192.0.2.53'] },
      })
      const endpoint = { address: parseAddress('192.0.2.53') ?? new Uint8Array(4), port: 53 }
      const servers = [{ endpoint, protocol: 'udp' as const }]
      const routed = [{ zone: Name.parse('corp.gone.'), kind, servers, first: false }]
      for (const aggressiveNsec of [true, false]) {
        const resolver = internet.resolver({ settings: { routed, aggressiveNsec }, anchors: ['.', 'corp.gone.'] })
        assert.equal(outcomeOf(resolver.resolve('a.b.gone.', 'A')), '3 secure 0')
        assert.equal(outcomeOf(resolver.resolve('www.corp.gone.', 'A')), '0 secure 1')
        assert.equal(outcomeOf(resolver.resolve('a.b.corp.gone.', 'A')), '3 secure 0')
      }
    })
  }
})
