/** The file that a unix socket leaves behind when its server was killed. */
import { lstatSync, unlinkSync } from 'node:fs'
import { DnsError } from '../dns/errors.ts'
import { reasonOf } from './system-error.ts'

/**
 * Removes a socket of that name, if there is one: only when it is known that nobody listens there. Throws DnsError
 * `output-failed` when it cannot, or when what is there is no socket: a file that we did not make stays.
 */
export function removeStaleSocket(path: string): void {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found === undefined) return
    if (!found.isSocket()) throw new DnsError('output-failed', `${path}: is there and is no socket`)
    unlinkSync(path)
  } catch (error) {
    if (error instanceof DnsError) throw error
    throw new DnsError('output-failed', `${path}: ${reasonOf(error)}`, { cause: error })
  }
}
