/** One question to one server: what it carries. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { A } from '../dns/rr/index.ts'
import { decodeMessage, encodeMessage, optionOf } from '../dns/wire/index.ts'
import { askServer } from './ask-server.ts'
import { Budget } from './budget.ts'
import { Caches, defaultCachesSettings } from './cache/index.ts'
import { Delegation } from './delegation.ts'
import { type Future, Tasks } from './tasks.ts'
import { USUAL_RESOLVER_SETTINGS } from './usual-settings.ts'

/** Asks twice a server that sends back whatever cookie it gets; returns the queries. */
function queriesOf(cookies: boolean) {
  const { infrastructure } = new Caches(defaultCachesSettings(new Uint8Array(16)))
  const delegation = new Delegation(Name.parse('example.'), 'cache')
  delegation.add({ address: Uint8Array.of(192, 0, 2, 1), port: 53 }, 'udp')
  const [server] = delegation.servers
  assert.ok(server)
  const queries: ReturnType<typeof decodeMessage>[] = []
  const parts = {
    settings: { ...USUAL_RESOLVER_SETTINGS, cookies },
    infrastructure,
    random: { bytes: (length: number) => new Uint8Array(length) },
    clock: { now: () => 1000, validationNow: () => 1000, milliseconds: () => 0 },
    upstream: {
      ask: (...[, , octets, , done]: Parameters<Parameters<typeof askServer>[0]['upstream']['ask']>) => {
        const query = decodeMessage(octets)
        queries.push(query)
        const reply = encodeMessage({ ...query, header: { ...query.header, qr: true } })
        done({ kind: 'message', octets: reply, milliseconds: 1 })
      },
    },
  }
  const tasks = new Tasks((error) => assert.fail(String(error)))
  for (let i = 0; i < 2; i++) {
    const question = { name: Name.parse('www.example.'), type: A.number, recursion: false }
    const budget = new Budget(USUAL_RESOLVER_SETTINGS.limits, () => 0)
    const future: Future<unknown> = tasks.start(
      askServer(parts, server, question, budget, { timeouts: 0, mostMilliseconds: 1000 }),
    )
    assert.equal(typeof future.outcome, 'object')
  }
  return queries
}

test('RFC7873 §5.1: a query carries a cookie, the same for a server each time', () => {
  const cookies = queriesOf(true).map(({ edns }) => optionOf(edns, 'cookie')?.client)
  assert.equal(cookies[0]?.length, 8)
  assert.deepEqual(cookies[0], cookies[1])
})

test('cookies can be turned off', () => {
  const queries = queriesOf(false)
  assert.deepEqual(
    queries.map(({ edns }) => [edns !== undefined, optionOf(edns, 'cookie')]),
    [
      [true, undefined],
      [true, undefined],
    ],
  )
})
