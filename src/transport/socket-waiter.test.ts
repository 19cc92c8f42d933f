/** Waiting for packets on sockets that fail: real errors of the system, for receiving from what is no socket. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadNative, type NativeSockets } from './native.ts'
import { SocketWaiter } from './socket-waiter.ts'
import { LOOPBACK } from './talk.fixture.ts'
import { DatagramBatch } from './udp-batched.ts'
import { openUdpSockets, type UdpSocket } from './udp-socket.ts'

const native = await loadNative()
const skip = native === undefined && 'batched sockets need Linux and koffi'
const ENOTSOCK = 88

/** Events are counted there, and always some to be read; no packets come from it. */
function noSocket(calls: NativeSockets): UdpSocket {
  return { fd: calls.eventfd(1, 0), isIpv6: false, isWildcard: false }
}

/** Does what a worker does for some time. Returns how often it looked, the errors, and how often it was told that a socket fails. */
function work(calls: NativeSockets, waiter: SocketWaiter, sockets: readonly UdpSocket[], milliseconds: number) {
  const batch = new DatagramBatch(calls)
  const errors: number[] = []
  const seen = { rounds: 0, errors, told: 0, reads: 0 }
  for (const end = performance.now() + milliseconds; performance.now() < end; seen.rounds++) {
    for (let i = waiter.next(); i >= 0; i = waiter.nextReady()) {
      const socket = sockets[i]
      if (socket === undefined) break
      const n = batch.receive(socket, waiter.mayBlock)
      if (n >= 0) {
        seen.reads++
        continue
      }
      seen.errors.push(-n)
      if (waiter.failed(i)) seen.told++
    }
  }
  return seen
}

test('a socket that fails is tried three times, then each second, alone or among others', { skip }, () => {
  assert.ok(native !== undefined)
  const bad = noSocket(native)
  const { sockets } = openUdpSockets(native, LOOPBACK, 1)
  for (const all of [[bad], [bad, ...sockets]]) {
    const { rounds, errors, told } = work(native, new SocketWaiter(native, all), all, 1700)
    assert.deepEqual([errors, told], [[ENOTSOCK, ENOTSOCK, ENOTSOCK, ENOTSOCK], 1])
    assert.ok(rounds < 30, `${rounds} rounds in 1.7 s`)
  }
  for (const { fd } of [bad, ...sockets]) native.close(fd)
})

test('a socket that works again is read again', { skip }, () => {
  assert.ok(native !== undefined)
  const bad = noSocket(native)
  const waiter = new SocketWaiter(native, [bad])
  assert.equal(work(native, waiter, [bad], 300).told, 1)
  assert.ok(waiter.isFailing(0))
  native.close(bad.fd)
  // The system gives the lowest number that is free.
  const { sockets } = openUdpSockets(native, LOOPBACK, 1)
  assert.equal(sockets[0]?.fd, bad.fd)
  const { reads, errors } = work(native, waiter, sockets, 1500)
  assert.ok(reads > 0)
  assert.deepEqual(errors, [])
  waiter.worked(0)
  assert.ok(!waiter.isFailing(0))
  native.close(bad.fd)
})
