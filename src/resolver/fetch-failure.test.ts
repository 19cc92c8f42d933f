/** What is said of servers that one query did not ask, since others have shown before that they are of no use. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { Budget } from './budget.ts'
import { InfrastructureCache } from './cache/index.ts'
import { Delegation } from './delegation.ts'
import { failureOf } from './fetch-failure.ts'
import { ServerFailures } from './server-failure.ts'
import { USUAL_RESOLVER_SETTINGS } from './usual-settings.ts'

test('a server that counts as silent is named with the reason that it had last', () => {
  const secret = new Uint8Array(16)
  const infrastructure = new InfrastructureCache({ maxOctets: 100_000, rememberSeconds: 900, secret })
  const delegation = new Delegation(Name.root, 'forward')
  for (const last of [1, 2]) delegation.add({ address: Uint8Array.of(192, 0, 2, last), port: 853 }, 'tls')
  const [one, two] = delegation.servers
  assert.ok(one && two)
  for (let now = 0; now < 6; now++) {
    const detail = 'the certificate expired on 2026-01-01 00:00 UTC'
    infrastructure.timedOut(one.endpoint, 100, now, { kind: 'network', detail })
    infrastructure.timedOut(two.endpoint, 100, now)
  }
  const clock = { now: () => 6, validationNow: () => 6, milliseconds: () => 6000 }
  const budget = new Budget(USUAL_RESOLVER_SETTINGS.limits, () => 0)
  const say = () => failureOf({ infrastructure, clock }, delegation, new ServerFailures(), new Set(), budget)
  const failure = say()
  assert.equal(
    failure.text,
    'no forwarder for . gives a usable answer: 192.0.2.1@853 could not be used over TLS (the certificate expired on 2026-01-01 00:00 UTC); 192.0.2.2@853 did not reply over TLS',
  )
  assert.deepEqual([failure.isSilence, failure.isNetwork], [true, false])
  infrastructure.observe(one.endpoint, 10, true, 6)
  assert.equal(say().text, 'no forwarder for . gives a usable answer: 192.0.2.2@853 did not reply over TLS')
})
