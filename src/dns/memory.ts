/** Memory in large pieces, shared by threads. Where there is not enough of it, the error says how much was wanted for what. */
import { DnsError } from './errors.ts'

/** `what`: a noun phrase, such as `the records of a zone`. `most`: it may grow to so many octets. Throws DnsError `memory-exhausted`. */
export function allocateShared(octets: number, what: string, most?: number): SharedArrayBuffer {
  return attempt(octets, what, () =>
    most === undefined ? new SharedArrayBuffer(octets) : new SharedArrayBuffer(octets, { maxByteLength: most }),
  )
}

/** The same for memory of one thread. */
export function allocate(octets: number, what: string): ArrayBuffer {
  return attempt(octets, what, () => new ArrayBuffer(octets))
}

/** Enlarges memory to so many octets, no more than its maximum. Throws DnsError `memory-exhausted`. */
export function growShared(buffer: SharedArrayBuffer, octets: number, what: string): void {
  attempt(octets, what, () => buffer.grow(octets))
}

function attempt<T>(octets: number, what: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new DnsError('memory-exhausted', `not enough memory: ${inMebibytes(octets)} are wanted for ${what}`)
  }
}

function inMebibytes(octets: number): string {
  return `${Math.ceil(octets / 1048576)} MiB`
}
