/** A secondary beside primaries that answer as they should not: what it serves, and how it goes on. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Name } from '../dns/name/index.ts'
import { type Asked, bodyOf, OddPrimary, type Reply, soaLine, wholeZone } from './odd-primary.fixture.ts'
import { clientOf } from './queries/principal.ts'
import { act, type ConfigurationText, TestServer, until } from './servers.fixture.ts'

const ZONE = 'example.'

/** A primary of `example.` whose serial a test raises, and what it answers to IXFR for a version that is not the newest. */
async function primaryOf(
  ixfr: (serial: number, asked: Asked) => Reply,
  axfr = (serial: number) => [wholeZone(serial)],
) {
  const state = { serial: 1 }
  const primary = await OddPrimary.start((asked) => {
    if (asked.type === 'AXFR') return axfr(state.serial)
    if (asked.type !== 'IXFR' || asked.serial === state.serial) return [soaLine(state.serial)]
    return ixfr(state.serial, asked)
  })
  return { primary, raise: (serial: number) => (state.serial = serial) }
}

function secondaryOf(
  ports: readonly number[],
  more: Record<string, unknown> = {},
  zone: object = {},
): ConfigurationText {
  const primaries = ports.map((port) => `127.0.0.1:${port}`)
  return { zones: [{ name: ZONE, type: 'secondary', primaries, ...zone }], ...more }
}

/** Has the primary asked now, as `signet zone refresh` does. */
async function refresh(secondary: TestServer, zone = ZONE): Promise<void> {
  await act(secondary.server.zones.find(Name.parse(zone)), 'reload')
}

const FAILURES: Readonly<Record<string, (serial: number, asked: Asked) => Reply>> = {
  SERVFAIL: () => ({ rcode: 2 }),
  NOTIMP: () => ({ rcode: 4 }),
  REFUSED: () => ({ rcode: 5 }),
  FORMERR: () => ({ rcode: 1 }),
  'a closed connection': () => 'close',
  'a time-out': () => 'silence',
  'a lone newer SOA': (serial) => [soaLine(serial)],
  'a chain that does not fit': (serial) => [soaLine(serial) + soaLine(serial + 7) + soaLine(serial) + soaLine(serial)],
  'differences that do not fit the zone': (serial, asked) => [
    `${soaLine(serial)}${soaLine(asked.serial)}nothere A 192.0.2.9\n${soaLine(serial)}www A 192.0.2.2\n${soaLine(serial)}`,
  ],
  'octets that are no message': () => [new Uint8Array(40)],
}

test('RFC1995 §4: after IXFR that fails, in whatever way, AXFR follows', async (t) => {
  const failures = Object.entries(FAILURES)
  const asked = new Map<string, string[]>()
  const state = { serial: 1 }
  const primary = await OddPrimary.start((question) => {
    const { zone, type, serial } = question
    const index = Number(zone.split('.')[0])
    asked.set(zone, [...(asked.get(zone) ?? []), type])
    if (type === 'AXFR') return [wholeZone(state.serial)]
    if (type !== 'IXFR' || serial === state.serial) return [soaLine(state.serial)]
    return failures[index]?.[1](state.serial, question) ?? 'close'
  })
  const primaries = [`127.0.0.1:${primary.port}`]
  const zones = failures.map((_, index) => ({ name: `${index}.example.`, type: 'secondary', primaries }))
  const secondary = await TestServer.start({ zones, transfers: { idleSeconds: 1, maxInPerPrimary: 16 } })
  const haveAll = async (serial: number): Promise<void> => {
    for (const { name } of zones)
      await until(async () => (await secondary.serial(name)) === serial, `${name} ${serial}`)
  }
  await haveAll(1)
  state.serial = 2
  for (const { name } of zones) await refresh(secondary, name)
  await haveAll(2)
  for (const [index, [failure]] of failures.entries()) {
    await t.test(failure, async () => {
      const name = `${index}.example.`
      assert.deepEqual(await secondary.lookUp(`www.${name}`, 'A'), ['192.0.2.2'])
      const transfers = asked.get(name)?.filter((type) => type !== 'SOA')
      assert.deepEqual(transfers, ['AXFR', 'IXFR', 'AXFR'])
    })
  }
})

test('checks: refuse, and differences that lead to a bad version: the whole zone is fetched', async () => {
  const { primary, raise } = await primaryOf((serial, asked) => [
    `${soaLine(serial)}${soaLine(asked.serial)}${soaLine(serial)}www CNAME ns\n${soaLine(serial)}`,
  ])
  const secondary = await TestServer.start(secondaryOf([primary.port], {}, { checks: 'refuse' }))
  await until(async () => (await secondary.serial(ZONE)) === 1, 'the first transfer')
  raise(2)
  await refresh(secondary)
  await until(async () => (await secondary.serial(ZONE)) === 2, 'serial 2')
  assert.deepEqual(await secondary.lookUp('www.example.', 'A'), ['192.0.2.2'])
})

test('a zone with records outside it is served without them, and the log names them', async () => {
  const { primary, raise } = await primaryOf(
    (serial, asked) => [
      `${soaLine(serial)}${soaLine(asked.serial)}b.other.net. A 192.0.2.66\n${soaLine(serial)}c.other.net. A 192.0.2.66\nnew A 192.0.2.7\n${soaLine(serial)}`,
    ],
    (serial) => [wholeZone(serial, 'other.net. A 192.0.2.66\n')],
  )
  const secondary = await TestServer.start(secondaryOf([primary.port]))
  await until(async () => (await secondary.serial(ZONE)) === 1, 'the first transfer')
  const warnings = (): string[] => secondary.lines.filter((line) => line.includes('outside the zone'))
  assert.match(warnings().join(), /^warn .*"zone":"example\.".*"records":1,"examples":\["other\.net\. A"\]/)
  raise(2)
  await refresh(secondary)
  await until(async () => (await secondary.serial(ZONE)) === 2, 'serial 2')
  assert.deepEqual(await secondary.lookUp('new.example.', 'A'), ['192.0.2.7'])
  assert.match(warnings().at(-1) ?? '', /"records":2,"examples":\["b\.other\.net\. A","c\.other\.net\. A"\]/)
  assert.deepEqual(
    primary.asked.filter((question) => question !== 'SOA'),
    ['AXFR', 'IXFR 1'],
  )
  assert.deepEqual(await secondary.lookUp('other.net.', 'A'), [])
})

test('a primary whose transfers are wrong each time, and that asks for a try each second, is asked ever less often', async () => {
  const primary = await OddPrimary.start(({ type }) =>
    type === 'SOA' ? [soaLine(1, '1 1 3600 300')] : [`${wholeZone(1, '', '1 1 3600 300')}www A 192.0.2.1\n`],
  )
  const secondary = await TestServer.start(secondaryOf([primary.port], {}, { minRefreshSeconds: 1 }))
  const zone = secondary.server.zones.find(Name.parse(ZONE))
  const peer = { protocol: 'udp', address: Uint8Array.of(127, 0, 0, 1), port: 5353 } as const
  const end = Date.now() + 4000
  for (let serial = 2; Date.now() < end; serial++) {
    zone?.source.transfer?.notified(clientOf(peer), serial)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { length } = primary.asked.filter((question) => question === 'AXFR')
  assert.ok(length >= 2 && length <= 4, `${length} transfers in four seconds`)
})

test('a version in which a name has too much is refused with the name, whole or by differences; settings raise the limits', async () => {
  const rows = (count: number, row: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => `${row(i)}\n`).join('')
  const excess: Readonly<Record<string, [more: string, reason: RegExp, settings: object]>> = {
    records: [
      rows(101, (i) => `big A 10.0.0.${i}`),
      /big\.ZONE A has more than 100 records, the value of transfers\.maxRecordsPerRrset/,
      { maxRecordsPerRrset: 101 },
    ],
    octets: [
      rows(100, (i) => `big TYPE65280 \\# 10600 ${i.toString(16).padStart(2, '0').repeat(10_600)}`),
      /big\.ZONE TYPE65280 has more than 1048576 octets of RDATA, the value of transfers\.maxRrsetOctets/,
      { maxRrsetOctets: 1_060_000 },
    ],
    types: [
      rows(101, (i) => `big TYPE${65280 + i} \\# 1 00`),
      /big\.ZONE has more than 100 types, the value of transfers\.maxTypesPerName/,
      { maxTypesPerName: 101 },
    ],
    alias: ['big CNAME ns\nbig TXT x\n', /big\.ZONE has other data beside a CNAME \(RFC 2181 §10\.1\)/, {}],
  }
  for (const form of ['AXFR', 'IXFR'] as const) {
    const state = { serial: 1 }
    const moreOf = (zone: string): string => excess[zone.split('.')[0] ?? '']?.[0] ?? ''
    const primary = await OddPrimary.start(({ zone, type, serial }) => {
      const newest = soaLine(state.serial)
      if (type === 'SOA' || serial === state.serial) return [newest]
      const more = state.serial === 1 ? [] : inMessages(moreOf(zone))
      if (type === 'AXFR') return [newest + bodyOf(state.serial), ...more, newest]
      if (form === 'AXFR') return { rcode: 2 }
      return [newest + soaLine(serial) + newest, ...more, newest]
    })
    const configuration = (transfers: object, checks = 'warn'): ConfigurationText => ({
      zones: Object.keys(excess).map((name) => ({
        name: `${name}.example.`,
        type: 'secondary',
        primaries: [`127.0.0.1:${primary.port}`],
        checks,
      })),
      transfers,
    })
    const secondary = await TestServer.start(configuration({}))
    for (const [name, [, reason]] of Object.entries(excess)) {
      const zone = `${name}.example.`
      state.serial = 1
      await until(async () => (await secondary.serial(zone)) === 1, 'the first transfer')
      state.serial = 2
      const before = primary.asked.length
      await refresh(secondary, zone)
      const sentence = new RegExp(reason.source.replace('ZONE', `${name}\\.example\\.`))
      await until(() => sentence.test(secondary.status(zone)?.reason ?? ''), `the refusal: ${sentence}`)
      assert.equal(await secondary.serial(zone), 1)
      assert.ok(
        secondary.lines.some((line) => /^error version not taken; serial 1 stays/.test(line) && line.includes(zone)),
      )
      const transfers = primary.asked.slice(before).filter((question) => question !== 'SOA')
      assert.deepEqual(transfers, form === 'IXFR' ? ['IXFR 1'] : ['IXFR 1', 'AXFR'])
    }
    const raised = Object.assign({}, ...Object.values(excess).map(([, , settings]) => settings))
    secondary.write(configuration(raised, 'off'))
    await secondary.server.reload()
    for (const name of Object.keys(excess)) {
      await refresh(secondary, `${name}.example.`)
      await until(async () => (await secondary.serial(`${name}.example.`)) === 2, `${name} ${form} with higher limits`)
    }
    await secondary.end()
    await primary.stop()
  }
})

/** Lines, some to a message. */
function inMessages(lines: string): string[] {
  const all = lines.split('\n').filter((line) => line !== '')
  return Array.from({ length: Math.ceil(all.length / 5) }, (_, i) => `${all.slice(5 * i, 5 * i + 5).join('\n')}\n`)
}
