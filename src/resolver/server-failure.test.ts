/** What operators read when the servers of a zone fail. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { type ServerFailure, ServerFailures } from './server-failure.ts'

function failure(last: number, kind: ServerFailure['kind'], rest: Partial<ServerFailure> = {}): ServerFailure {
  return { endpoint: { address: Uint8Array.of(192, 0, 2, last), port: 53 }, protocol: 'udp', kind, ...rest }
}

test('each server is named once, with what it did last', () => {
  const failures = new ServerFailures()
  assert.equal(failures.sentence, undefined)
  failures.add('a', failure(1, 'silent'))
  failures.add('b', failure(2, 'rcode', { detail: 'SERVFAIL' }))
  failures.add('a', failure(1, 'rcode', { detail: 'REFUSED' }))
  assert.equal(failures.sentence, '192.0.2.1 returned REFUSED; 192.0.2.2 returned SERVFAIL')
  assert.equal(failures.isSilence, false)
})

test('ports other than 53, IPv6 and protocols are told', () => {
  const failures = new ServerFailures()
  const address = Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0))
  failures.add('a', failure(1, 'silent', { endpoint: { address, port: 5353 } }))
  const detail = 'the certificate has expired'
  failures.add(
    'b',
    failure(2, 'network', { endpoint: { address: Uint8Array.of(192, 0, 2, 2), port: 853 }, protocol: 'tls', detail }),
  )
  failures.add('c', failure(3, 'truncated', { detail: 'connection refused' }))
  assert.equal(
    failures.sentence,
    '::1@5353 did not reply; 192.0.2.2@853 could not be used over TLS (the certificate has expired); 192.0.2.3 truncated its reply, and TCP failed (connection refused)',
  )
})

test('silence is when no server replied, be it with an error', () => {
  const failures = new ServerFailures()
  failures.add('a', failure(1, 'silent'))
  failures.add('b', failure(2, 'network', { detail: 'no route' }))
  assert.equal(failures.isSilence, true)
  assert.equal(failures.isNetwork, false)
  failures.add('c', failure(3, 'lame'))
  assert.equal(failures.isSilence, false)
})

test('many servers do not make a long text', () => {
  const failures = new ServerFailures()
  for (let n = 0; n < 40; n++) failures.add(`${n}`, failure(n, 'silent'))
  assert.ok((failures.sentence ?? '').length < 250)
  assert.match(failures.sentence ?? '', /; and 34 more$/)
})

test('names of servers without an address are told, and circles', () => {
  const failures = new ServerFailures()
  const name = Name.parse('ns.b.example.')
  failures.addName(name, { text: 'ns.b.example. has no usable address', isCircle: false })
  assert.deepEqual([failures.sentence, failures.isCircle], ['ns.b.example. has no usable address', false])
  failures.addName(name, { text: 'ns.b.example. needs itself', isCircle: true })
  assert.equal(failures.isCircle, true)
})

test('a network error is when communication failed with each server; silence is none (RFC 8914 §4.24)', () => {
  const failures = new ServerFailures()
  assert.equal(failures.isNetwork, false)
  failures.add('a', failure(1, 'network', { detail: 'no route to the host' }))
  failures.add('b', failure(2, 'truncated', { detail: 'connection refused' }))
  assert.equal(failures.isNetwork, true)
  failures.add('c', failure(3, 'silent'))
  assert.equal(failures.isNetwork, false)
})
