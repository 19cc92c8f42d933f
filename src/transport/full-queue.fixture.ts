/**
 * Sends answers to a receiver that reads nothing: a datagram socket of the unix family, whose queue is full after a few, where the
 * queue of UDP over loopback never is. Prints what was counted as unsent. `process.argv[2]`: `replies` or `batch`.
 */
import { BATCH, DatagramBatch, loadNative, UdpReplies } from './index.ts'

const AF_UNIX = 1
const SOCK_DGRAM = 2
const native = await loadNative()
if (native === undefined) throw new Error('there are no native calls')

/** An abstract name: no file. */
function nameOf(text: string): Uint8Array {
  return Uint8Array.from([AF_UNIX, 0, 0, ...Buffer.from(`${text}${process.pid}`)])
}

const [server, client] = ['signet-server', 'signet-client'].map((text) => {
  const fd = native.socket(AF_UNIX, SOCK_DGRAM, 0)
  const name = nameOf(text)
  if (native.bind(fd, name, name.length) !== 0) throw new Error('the name is taken')
  return { fd, name }
})
if (server === undefined || client === undefined) throw new Error('no sockets')
const socket = { fd: server.fd, isIpv6: false, isWildcard: false }
const payload = new Uint8Array(100)
const ROUNDS = 20
let unsent = 0

if (process.argv[2] === 'replies') {
  const replies = new UdpReplies(native, (count) => {
    unsent += count
  })
  const path = { name: client.name, control: new Uint8Array(0) }
  for (let i = 0; i < ROUNDS * BATCH; i++) replies.send(socket, path, payload)
  replies.close()
} else {
  const batch = new DatagramBatch(native)
  let received = 0
  while (received < BATCH) {
    native.sendto(client.fd, payload, payload.length, 0, server.name, server.name.length)
    const n = batch.receive(socket, false)
    received += n
    for (let i = 0; i < n; i++) batch.setAnswer(i, 100)
    // The client reads none of them: its queue fills up.
    batch.send(socket, n)
    if (batch.failed > 1) break
  }
  unsent = batch.failed
}
console.log(unsent)
