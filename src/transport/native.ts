/**
 * The calls of libc that UDP in batches and on many sockets needs, through koffi. Linux only, on machines of 64 bits with the least octet first; elsewhere,
 * without koffi or with SIGNET_NO_KOFFI set, `loadNative` gives undefined and the plain path does the same job.
 */
import { endianness } from 'node:os'

/** A call that fails returns its error number below 0, as the kernel does: -11 is EAGAIN. */
export type NativeSockets = {
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array, length: number): number
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number
  recvmmsg(fd: number, headers: Uint8Array, count: number, flags: number, timeout: null): number
  sendmmsg(fd: number, headers: Uint8Array, count: number, flags: number): number
  sendto(fd: number, octets: Uint8Array, length: number, flags: number, name: Uint8Array, nameLength: number): number
  recvfrom(
    fd: number,
    octets: Uint8Array,
    size: number,
    flags: number,
    name: Uint8Array,
    nameLength: Uint8Array,
  ): number
  epollCreate(flags: number): number
  epollControl(epoll: number, operation: number, fd: number, event: Uint8Array): number
  epollWait(epoll: number, events: Uint8Array, count: number, timeoutMilliseconds: number): number
  /** The same on another thread: `done` is called later, with the number of events or the error below 0. */
  epollWaitLater(
    epoll: number,
    events: Uint8Array,
    count: number,
    timeoutMilliseconds: number,
    done: (count: number) => void,
  ): void
  eventfd(first: number, flags: number): number
  write(fd: number, octets: Uint8Array, length: number): number
  poll(fds: Uint8Array, count: number, timeoutMilliseconds: number): number
  close(fd: number): number
  /** Gives memory that is free within the process back to the system (malloc_trim(3)). */
  mallocTrim(pad: number): number
  /** Where a buffer lies. The buffer must stay referenced for as long as the address is in use. */
  addressOf(buffer: Uint8Array): bigint
}

let loaded: Promise<NativeSockets | undefined> | undefined

/** The calls, or undefined where they cannot be made. */
export function loadNative(): Promise<NativeSockets | undefined> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<NativeSockets | undefined> {
  const fits = process.platform === 'linux' && endianness() === 'LE' && ['x64', 'arm64'].includes(process.arch)
  if (!fits || (process.env.SIGNET_NO_KOFFI ?? '') !== '') return undefined
  try {
    const { default: koffi } = await import('koffi')
    const libc = koffi.load('libc.so.6')
    // Read at once: whatever the thread calls next, a collection of garbage among it, may set another error.
    const call = (prototype: string): ((...values: unknown[]) => number) => {
      const native = libc.func(prototype)
      return (...values) => {
        const returned = native(...values)
        return returned < 0 ? -koffi.errno() : returned
      }
    }
    const epollWaitLater = libc.func('int epoll_wait(int, void*, int, int)')
    return {
      socket: call('int socket(int, int, int)'),
      bind: call('int bind(int, void*, uint32_t)'),
      getsockname: call('int getsockname(int, void*, void*)'),
      setsockopt: call('int setsockopt(int, int, int, void*, uint32_t)'),
      recvmmsg: call('int recvmmsg(int, void*, uint32_t, int, void*)'),
      sendmmsg: call('int sendmmsg(int, void*, uint32_t, int)'),
      sendto: call('int64_t sendto(int, void*, uint64_t, int, void*, uint32_t)'),
      recvfrom: call('int64_t recvfrom(int, void*, uint64_t, int, void*, void*)'),
      epollCreate: call('int epoll_create1(int)'),
      epollControl: call('int epoll_ctl(int, int, int, void*)'),
      epollWait: call('int epoll_wait(int, void*, int, int)'),
      epollWaitLater: (epoll, events, count, timeoutMilliseconds, done) =>
        epollWaitLater.async(epoll, events, count, timeoutMilliseconds, (error: unknown, n: unknown) =>
          done(error === null && typeof n === 'number' && n >= 0 ? n : -Math.max(koffi.errno(), 1)),
        ),
      eventfd: call('int eventfd(uint32_t, int)'),
      write: call('int64_t write(int, void*, uint64_t)'),
      poll: call('int poll(void*, uint64_t, int)'),
      close: call('int close(int)'),
      mallocTrim: libc.func('int malloc_trim(size_t)'),
      addressOf: (buffer) => BigInt(koffi.address(buffer)),
    }
  } catch {
    return undefined
  }
}
