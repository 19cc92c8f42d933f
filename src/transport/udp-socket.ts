/**
 * UDP sockets made through libc. They belong to the process: the control thread opens them, before it gives up its rights, and
 * the workers of the data plane receive and send on them. Several sockets share one address, and the kernel deals the
 * packets out among them (SO_REUSEPORT).
 */
import { DnsError } from '../dns/errors.ts'
import { formatSocketAddress, isWildcardAddress, type SocketAddress } from './addresses.ts'
import type { NativeSockets } from './native.ts'
import { AF_INET, AF_INET6, socketName } from './socket-name.ts'

const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000
const SOL_SOCKET = 1
const SO_SNDBUF = 7
const SO_RCVBUF = 8
const SO_REUSEPORT = 15
const SO_RCVTIMEO = 20
const IPPROTO_IP = 0
const IP_PKTINFO = 8
const IP_MTU_DISCOVER = 10
const IP_PMTUDISC_OMIT = 5
const IPPROTO_IPV6 = 41
const IPV6_MTU_DISCOVER = 23
const IPV6_V6ONLY = 26
const IPV6_RECVPKTINFO = 49

/** What the kernel may hold before a worker reads it: some 5,000 small packets. */
const BUFFER_OCTETS = 4 << 20
/** A worker that waits looks up so often, to see whether it is to stop. */
export const WAIT_MILLISECONDS = 200

/** A socket as a worker takes it over. */
export type UdpSocket = {
  readonly fd: number
  readonly isIpv6: boolean
  /** Bound to all addresses: each packet tells which it came to, and the answer leaves from there. */
  readonly isWildcard: boolean
}

/** Opens `count` sockets on one address. Throws DnsError `listen-failed`; then none is open. Port 0: any free port, the same for all. */
export function openUdpSockets(
  native: NativeSockets,
  address: SocketAddress,
  count: number,
): { sockets: UdpSocket[]; bound: SocketAddress } {
  const sockets: UdpSocket[] = []
  let bound = address
  try {
    for (let i = 0; i < count; i++) {
      const socket = open(native, bound)
      sockets.push(socket)
      if (bound.port === 0) bound = { ...bound, port: portOf(native, socket.fd) }
    }
  } catch (error) {
    for (const { fd } of sockets) native.close(fd)
    throw error
  }
  return { sockets, bound }
}

function open(native: NativeSockets, address: SocketAddress): UdpSocket {
  const isIpv6 = address.address.length === 16
  const isWildcard = isWildcardAddress(address.address)
  const fd = native.socket(isIpv6 ? AF_INET6 : AF_INET, SOCK_DGRAM_CLOEXEC, 0)
  if (fd < 0) throw failure(-fd, address)
  const set = (level: number, option: number, value: number): number =>
    native.setsockopt(fd, level, option, int(value), 4)
  set(SOL_SOCKET, SO_REUSEPORT, 1)
  set(SOL_SOCKET, SO_RCVBUF, BUFFER_OCTETS)
  set(SOL_SOCKET, SO_SNDBUF, BUFFER_OCTETS)
  native.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeval(WAIT_MILLISECONDS), 16)
  if (isIpv6) set(IPPROTO_IPV6, IPV6_V6ONLY, 1)
  if (isWildcard) set(isIpv6 ? IPPROTO_IPV6 : IPPROTO_IP, isIpv6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1)
  // Somebody who forges path MTU messages shall not make us send fragments, which can be poisoned.
  set(isIpv6 ? IPPROTO_IPV6 : IPPROTO_IP, isIpv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, IP_PMTUDISC_OMIT)
  const name = socketName(address.address, address.port)
  const bound = native.bind(fd, name, name.length)
  if (bound !== 0) {
    native.close(fd)
    throw failure(-bound, address)
  }
  return { fd, isIpv6, isWildcard }
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [13, 'only root, or a process with CAP_NET_BIND_SERVICE, may listen below port 1024'],
  [98, 'something else listens there'],
  [99, 'this machine has no such address'],
  [97, 'this machine does not speak this family of addresses'],
])

function failure(errno: number, address: SocketAddress): DnsError {
  const reason = REASONS.get(errno) ?? `error ${errno}`
  return new DnsError('listen-failed', `cannot listen on udp ${formatSocketAddress(address)}: ${reason}`)
}

function portOf(native: NativeSockets, fd: number): number {
  const name = new Uint8Array(28)
  native.getsockname(fd, name, int(name.length))
  return ((name[2] ?? 0) << 8) | (name[3] ?? 0)
}

function int(value: number): Uint8Array {
  const octets = new Uint8Array(4)
  new DataView(octets.buffer).setInt32(0, value, true)
  return octets
}

function timeval(milliseconds: number): Uint8Array {
  const octets = new Uint8Array(16)
  const view = new DataView(octets.buffer)
  view.setInt32(0, Math.floor(milliseconds / 1000), true)
  view.setInt32(8, (milliseconds % 1000) * 1000, true)
  return octets
}
