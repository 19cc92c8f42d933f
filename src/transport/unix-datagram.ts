/** One datagram to a Unix socket, which Node itself cannot send: through libc. */
import { setTimeout as sleep } from 'node:timers/promises'
import { loadNative } from './native.ts'

const AF_UNIX = 1
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000
/** Octets of a path in a sockaddr_un. */
const MAX_PATH = 108

const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const EAGAIN = 11
/** A receiver whose queue is full is tried again so often, after such a pause. */
const TRIES = 20
const PAUSE_MILLISECONDS = 50

/** Sends a text; where it cannot be sent nothing happens, and false is the answer. Does not block. A path that begins with `@` is an abstract one. */
export async function sendToUnixDatagram(path: string, text: string): Promise<boolean> {
  const native = await loadNative()
  const octets = new TextEncoder().encode(path)
  if (native === undefined || octets.length >= MAX_PATH) return false
  if (octets[0] === 0x40) octets[0] = 0
  const name = new Uint8Array(2 + octets.length)
  name[0] = AF_UNIX
  name.set(octets, 2)
  const fd = native.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0)
  if (fd < 0) return false
  const message = new TextEncoder().encode(text)
  const send = (): number => native.sendto(fd, message, message.length, MSG_DONTWAIT | MSG_NOSIGNAL, name, name.length)
  let sent = send()
  for (let tries = 1; sent === -EAGAIN && tries < TRIES; tries++) {
    await sleep(PAUSE_MILLISECONDS)
    sent = send()
  }
  native.close(fd)
  return sent === message.length
}
