/** Servers and middleboxes that answer EDNS as none should, that answer nothing, or not at all: what a client gets all the same. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type decodeMessage, optionOf } from '../../src/dns/wire/index.ts'
import { type Fault, refusing, silent, silentFor, truncating } from './host.ts'
import { Internet } from './internet.ts'
import { answering, bareError, echoingOptions, emptyNoError, givingCookie } from './odd-replies.fixture.ts'
import type { ZoneOptions } from './zones.ts'

const OLD: ZoneOptions = { text: 'www A 192.0.2.7\nmail A 192.0.2.8', signing: 'unsigned' }
const FORMERR = 1
const SERVFAIL = 2
const NOTIMP = 4
const REFUSED = 5

/** The root and `old.`, at these addresses. */
function worldOf(at: readonly string[] = ['192.0.2.53'], zone: ZoneOptions = OLD): Internet {
  return new Internet({ '.': {}, 'old.': { ...zone, at } })
}

/** Resolves `www.old. A`: the outcome, and how long it took in virtual time. */
function timed(internet: Internet, name = 'www.old.', resolver = internet.resolver()) {
  const since = internet.time.milliseconds()
  const resolution = resolver.resolve(name, 'A')
  return { ...resolution, milliseconds: internet.time.milliseconds() - since, exchanges: resolver.costs.exchanges }
}

describe('RFC6891 §7: errors without a question', () => {
  for (const [what, rcode] of [
    ['FORMERR', FORMERR],
    ['NOTIMP', NOTIMP],
  ] as const) {
    test(`${what} leads to a query without EDNS, at once, and is remembered`, () => {
      const internet = worldOf()
      const host = internet.host('old.').spoil(answering(({ edns }) => edns !== undefined, bareError(rcode)))
      const resolver = internet.resolver()
      const first = timed(internet, 'www.old.', resolver)
      assert.deepEqual([first.rcode, first.answer.length], [0, 1])
      assert.ok(first.milliseconds < 500, `${first.milliseconds} ms`)
      const before = host.exchanges
      assert.equal(resolver.resolve('mail.old.', 'A').answer.length, 1)
      assert.equal(host.exchanges - before, 1, 'the next query is sent without EDNS')
    })
  }

  for (const [what, rcode] of [
    ['SERVFAIL', SERVFAIL],
    ['REFUSED', REFUSED],
  ] as const) {
    test(`${what} leads to the next server, at once`, () => {
      const internet = worldOf(['192.0.2.53', '192.0.2.54'])
      for (const address of ['192.0.2.53', '192.0.2.54']) {
        const one = worldOf(['192.0.2.53', '192.0.2.54'])
        one.at(address).spoil(bareError(rcode))
        const { answer, milliseconds } = timed(one)
        assert.equal(answer.length, 1)
        assert.ok(milliseconds < 500, `${milliseconds} ms`)
        assert.ok(one.at(address).exchanges <= 1)
      }
      internet.at('192.0.2.53').spoil(bareError(rcode))
      internet.at('192.0.2.54').spoil(silent)
      const { rcode: told, remarks } = timed(internet)
      assert.equal(told, SERVFAIL)
      assert.match(remarks[0]?.text ?? '', new RegExp(`192.0.2.53 returned ${what}`))
      assert.match(remarks[0]?.text ?? '', /192.0.2.54 did not reply/)
    })
  }

  test('a bare error of a server of a signed zone takes nothing away from validation', () => {
    const internet = worldOf(['192.0.2.53', '192.0.2.54'], { text: 'www A 192.0.2.7' })
    internet.at('192.0.2.53').spoil(answering(({ edns }) => edns !== undefined, bareError(FORMERR)))
    const { security } = timed(internet)
    assert.equal(security, 'secure')
  })
})

describe('FORMERR with the OPT record echoed', () => {
  test('for an option: the server is asked without options, and so from then on', () => {
    const internet = worldOf()
    const host = internet.host('old.').spoil(echoingOptions(FORMERR))
    const queries: ReturnType<typeof decodeMessage>[] = []
    host.spoil((reply, { message }) => {
      queries.push(message)
      return reply
    })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.old.', 'A').answer.length, 1)
    assert.equal(resolver.resolve('mail.old.', 'A').answer.length, 1)
    assert.deepEqual(
      queries.map(({ edns }) => [edns !== undefined, optionOf(edns, 'cookie') !== undefined]),
      [
        [true, true],
        [true, false],
        [true, false],
      ],
    )
  })

  for (const [what, rcode] of [
    ['SERVFAIL', SERVFAIL],
    ['NOTIMP', NOTIMP],
    ['REFUSED', REFUSED],
  ] as const) {
    test(`${what} for an option, with the OPT record: the same`, () => {
      const internet = worldOf()
      const host = internet.host('old.').spoil(echoingOptions(rcode))
      const resolver = internet.resolver()
      assert.equal(resolver.resolve('www.old.', 'A').answer.length, 1)
      const before = host.exchanges
      assert.equal(resolver.resolve('mail.old.', 'A').answer.length, 1)
      assert.equal(host.exchanges - before, 1)
    })

    test(`${what} of a server that gives a cookie with it is not about the option: it is asked once`, () => {
      const internet = worldOf()
      const host = internet.host('old.').spoil(givingCookie(rcode))
      const { remarks } = timed(internet)
      assert.match(remarks[0]?.text ?? '', new RegExp(`192.0.2.53 returned ${what}`))
      const plain = worldOf()
      const other = plain.host('old.').spoil(refusing(rcode))
      timed(plain)
      assert.ok(host.exchanges < other.exchanges, `${host.exchanges}, ${other.exchanges}`)
    })
  }

  test('for EDNS at all: the server is asked without it', () => {
    const internet = worldOf()
    internet.host('old.').spoil(answering(({ edns }) => edns !== undefined, refusing(FORMERR)))
    assert.equal(timed(internet).answer.length, 1)
  })

  test('BADVERS for version 0: the server is asked without EDNS', () => {
    const internet = worldOf()
    internet.host('old.').spoil(answering(({ edns }) => edns !== undefined, refusing(16)))
    assert.equal(timed(internet).answer.length, 1)
  })

  test('for the name itself, whatever the query has: it fails after a bounded number of messages', () => {
    const internet = worldOf()
    internet.host('old.').spoil(refusing(FORMERR))
    const { rcode, exchanges, remarks } = timed(internet)
    assert.equal(rcode, SERVFAIL)
    assert.ok(exchanges <= 12, `${exchanges}`)
    assert.match(remarks[0]?.text ?? '', /192.0.2.53 returned FORMERR/)
  })
})

describe('silence to a part of the query', () => {
  test('to options: the last try is without the cookie, and the server is asked so from then on', () => {
    const internet = worldOf()
    const host = internet.host('old.').spoil(silentFor(({ message }) => optionOf(message.edns, 'cookie') !== undefined))
    const resolver = internet.resolver()
    const first = timed(internet, 'www.old.', resolver)
    assert.equal(first.answer.length, 1)
    assert.ok(first.milliseconds < 3000, `${first.milliseconds} ms`)
    const before = host.exchanges
    assert.ok(timed(internet, 'mail.old.', resolver).milliseconds < 100)
    assert.equal(host.exchanges - before, 1)
  })

  test('to options, while the server has given a cookie before: it is lossy, and goes on with cookies', () => {
    const internet = worldOf()
    let drops = 0
    internet.host('old.').spoil((reply) => (drops-- > 0 ? undefined : reply))
    const resolver = internet.resolver()
    resolver.resolve('www.old.', 'A')
    drops = 2
    assert.equal(resolver.resolve('mail.old.', 'A').answer.length, 1)
  })
})

describe('NOERROR without any record', () => {
  const TWO = ['192.0.2.53', '192.0.2.54', '192.0.2.55']

  for (const good of TWO) {
    test(`another server is asked first: ${good} has the answer`, () => {
      const internet = worldOf(TWO)
      for (const address of TWO) if (address !== good) internet.at(address).spoil(emptyNoError)
      assert.equal(timed(internet).answer.length, 1)
    })
  }

  test('from all of them it is NODATA, after few messages and at once', () => {
    const internet = worldOf(TWO)
    for (const address of TWO) internet.at(address).spoil(emptyNoError)
    const { rcode, answer, exchanges, milliseconds } = timed(internet)
    assert.deepEqual([rcode, answer.length], [0, 0])
    assert.ok(exchanges <= 8, `${exchanges}`)
    assert.ok(milliseconds < 500, `${milliseconds} ms`)
  })

  test('beside servers that are dead it is NODATA, within a second', () => {
    const internet = worldOf(TWO)
    internet.at('192.0.2.53').spoil(emptyNoError)
    internet.at('192.0.2.54').spoil(silent)
    internet.at('192.0.2.55').spoil(silent)
    const { rcode, milliseconds } = timed(internet)
    assert.equal(rcode, 0)
    assert.ok(milliseconds < 1000, `${milliseconds} ms`)
  })

  test('an answer beside it that fails does not win over it', () => {
    const internet = worldOf(TWO.slice(0, 2))
    internet.at('192.0.2.53').spoil(emptyNoError)
    internet.at('192.0.2.54').spoil(refusing(REFUSED))
    assert.equal(timed(internet).rcode, 0)
  })

  test('in a signed zone it is no denial', () => {
    const internet = worldOf(['192.0.2.53'], { text: 'www A 192.0.2.7' })
    internet
      .host('old.')
      .spoil((reply, asked) => (asked.message.questions[0]?.type === 1 ? emptyNoError(reply, asked) : reply))
    const { rcode, security } = timed(internet)
    assert.deepEqual([rcode, security], [SERVFAIL, 'bogus'])
  })
})

describe('a zone whose servers are all silent', () => {
  const FOUR = ['192.0.2.53', '192.0.2.54', '192.0.2.55', '192.0.2.56']
  const NAMES: ZoneOptions = {
    text: Array.from({ length: 400 }, (_, n) => `n${n} A 192.0.2.9`).join('\n'),
    signing: 'unsigned',
  }
  const dead: Fault = silent

  for (const count of [1, 2, 4]) {
    test(`with ${count}: the first name fails within 5 s, and the sentence names them`, () => {
      const internet = worldOf(FOUR.slice(0, count), NAMES)
      for (const address of FOUR) internet.at(address).spoil(dead)
      const { rcode, milliseconds, remarks } = timed(internet, 'n0.old.')
      assert.equal(rcode, SERVFAIL)
      assert.ok(milliseconds <= 5000, `${milliseconds} ms`)
      for (const address of FOUR.slice(0, count)) {
        assert.match(remarks[0]?.text ?? '', new RegExp(`${address} did not reply`))
      }
    })

    test(`with ${count}: later names fail within a second, and the zone is back when one server is`, () => {
      const internet = worldOf(FOUR.slice(0, count), NAMES)
      const resolver = internet.resolver()
      resolver.resolve('n399.old.', 'A')
      for (const address of FOUR) internet.at(address).spoil(dead)
      // Learns that they are silent.
      for (let n = 0; n < 3; n++) timed(internet, `n${n}.old.`, resolver)
      const root = internet.host('.').exchanges
      let slow = 0
      for (let n = 3; n < 60; n++) {
        const { rcode, milliseconds } = timed(internet, `n${n}.old.`, resolver)
        assert.equal(rcode, SERVFAIL)
        assert.ok(milliseconds <= 5000, `${milliseconds} ms`)
        if (milliseconds > 1000) slow++
      }
      // The thorough probes.
      assert.ok(slow <= 6, `${slow} names took longer`)
      assert.ok(internet.host('.').exchanges - root <= slow + 1, 'the parent is not asked for each name')
      internet.at('192.0.2.53').mend()
      const back = internet.time.milliseconds()
      let tries = 60
      while (resolver.resolve(`n${tries}.old.`, 'A').rcode !== 0) assert.ok(++tries < 100, 'it does not come back')
      const took = internet.time.milliseconds() - back
      assert.ok(took < 2000 * count, `${took} ms`)
      assert.equal(resolver.resolve(`n${tries + 1}.old.`, 'A').rcode, 0)
    })
  }

  test('a name that failed for silence is tried again after two seconds, however long the outage was', () => {
    const internet = worldOf(FOUR.slice(0, 1), NAMES)
    const resolver = internet.resolver()
    internet.at('192.0.2.53').spoil(dead)
    for (let n = 0; n < 20; n++) timed(internet, 'n0.old.', resolver)
    internet.at('192.0.2.53').mend()
    const since = internet.time.milliseconds()
    while (resolver.resolve('n0.old.', 'A').rcode !== 0) internet.wait(100)
    assert.ok(internet.time.milliseconds() - since <= 2100)
  })

  test('a server that is silent for some names only is not taken for dead', () => {
    const internet = worldOf(['192.0.2.53'], NAMES)
    const odd = (text: string): boolean => /^n\d*[13579]\./.test(text)
    internet.at('192.0.2.53').spoil(silentFor(({ message }) => odd(String(message.questions[0]?.name))))
    const resolver = internet.resolver()
    for (let n = 0; n < 40; n++) {
      const { rcode, milliseconds } = timed(internet, `n${n}.old.`, resolver)
      assert.equal(rcode, n % 2 === 0 ? 0 : SERVFAIL)
      if (n % 2 === 0) assert.ok(milliseconds < 100, `${n}: ${milliseconds} ms`)
    }
  })
})

describe('the sentence of a failure names the cause', () => {
  test('TCP that fails after a truncated reply', () => {
    const internet = worldOf()
    internet
      .host('old.')
      .spoil(truncating())
      .spoil(silentFor(({ protocol }) => protocol === 'tcp'))
    const { rcode, remarks, milliseconds } = timed(internet)
    assert.equal(rcode, SERVFAIL)
    assert.match(remarks[0]?.text ?? '', /192\.0\.2\.53 truncated its reply, and TCP failed \(no reply in time\)/)
    assert.ok(milliseconds <= 5000, `${milliseconds} ms`)
  })

  test('a reply over TCP that is truncated too', () => {
    const internet = worldOf()
    internet.host('old.').spoil(truncating(['udp', 'tcp']))
    const { rcode, remarks } = timed(internet)
    assert.equal(rcode, SERVFAIL)
    assert.match(remarks[0]?.text ?? '', /192\.0\.2\.53 truncated its reply, and TCP failed \(.* truncated too\)/)
  })

  test('delegations that form a circle without glue', () => {
    const internet = new Internet({
      '.': {},
      'a.': { ...OLD, delegation: 'a. NS ns.b.' },
      'b.': { ...OLD, delegation: 'b. NS ns.a.' },
    })
    const { rcode, remarks, milliseconds, exchanges } = timed(internet, 'www.a.')
    assert.equal(rcode, SERVFAIL)
    assert.match(remarks[0]?.text ?? '', /no server of a\. gives a usable answer: .*circle, without glue/)
    assert.ok(milliseconds < 1000 && exchanges < 12, `${milliseconds} ms, ${exchanges} messages`)
  })

  test('a circle leaves the other servers of a zone what they need', () => {
    for (const delegation of ['open. NS ns.a.\nopen. NS open.host.', 'open. NS open.host.\nopen. NS ns.a.']) {
      const internet = new Internet({
        '.': {},
        'a.': { ...OLD, delegation: 'a. NS ns.b.' },
        'b.': { ...OLD, delegation: 'b. NS ns.a.' },
        'host.': { ...OLD, text: 'open A 192.0.2.54' },
        'open.': { ...OLD, at: ['192.0.2.54'], delegation },
      })
      const { rcode, answer, exchanges } = timed(internet, 'www.open.')
      assert.deepEqual([rcode, answer.length], [0, 1])
      assert.ok(exchanges < 16, `${exchanges} messages`)
    }
  })

  test('servers whose names have no address', () => {
    const internet = new Internet({ '.': {}, 'a.': { ...OLD, delegation: 'a. NS ns1.nowhere.\na. NS ns2.nowhere.' } })
    const { rcode, remarks } = timed(internet, 'www.a.')
    assert.equal(rcode, SERVFAIL)
    assert.match(remarks[0]?.text ?? '', /ns1\.nowhere\. has no usable address; ns2\.nowhere\. has no usable address/)
  })
})
