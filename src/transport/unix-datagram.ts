/** One datagram to a Unix socket, which Node itself cannot send: through libc. */
import { loadNative } from './native.ts'

const AF_UNIX = 1
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000
/** Octets of a path in a sockaddr_un. */
const MAX_PATH = 108

/** Sends a text; where it cannot be sent nothing happens, and false is the answer. A path that begins with `@` is an abstract one. */
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
  const sent = native.sendto(fd, message, message.length, 0, name, name.length)
  native.close(fd)
  return sent === message.length
}
