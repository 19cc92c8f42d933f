/** A connection to a unix socket (a named pipe on Windows), read and written with promises. */
import { connect } from 'node:net'
import { DnsError } from '../dns/errors.ts'
import { networkReason } from './network-error.ts'

export type UnixStream = {
  /** What comes next; undefined at the end, also when the connection broke. One call at a time. */
  read(): Promise<Uint8Array | undefined>
  /** Resolves when the system took it; rejects with DnsError `exchange-failed` when it will not. */
  write(octets: Uint8Array): Promise<void>
  /** Ends the connection now. */
  destroy(): void
}

/** Connects. Rejects with DnsError `exchange-failed`, whose text names path and reason. */
export function connectUnixStream(path: string): Promise<UnixStream> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    const chunks: AsyncIterator<Uint8Array> = socket.iterator({ destroyOnReturn: false })
    const fail = (error: unknown): DnsError =>
      new DnsError('exchange-failed', `${path}: ${networkReason(error)}`, { cause: error })
    // An error of the connection shows in what is read and written.
    socket.on('error', (error) => reject(fail(error)))
    socket.on('connect', () => {
      resolve({
        async read() {
          try {
            const { value, done } = await chunks.next()
            return done === true ? undefined : value
          } catch {
            return undefined
          }
        },
        write(octets) {
          return new Promise((written, failed) => {
            socket.write(octets, (error) => (error ? failed(fail(error)) : written()))
          })
        },
        destroy() {
          socket.destroy()
        },
      })
    })
  })
}
