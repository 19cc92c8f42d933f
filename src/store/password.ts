/** A password from where it may stand: a file or an environment variable, never a command line that others can read. */
import { DnsError } from '../dns/errors.ts'
import { readPrivateFile } from './private-file.ts'

/** Most octets of a file with a password. */
const MAX_PASSWORD = 4096

/**
 * Reads `file:PATH` (the first line) or `env:NAME`. Throws DnsError `usage` for any other text, `input-unreadable` when the
 * file cannot be read, all users may read it, or the variable is not set, `limit-exceeded` for a file that is longer than a password can be.
 */
export function readPassword(spec: string, environment: Readonly<Record<string, string | undefined>>): string {
  if (spec.startsWith('env:')) {
    const value = environment[spec.slice(4)]
    if (value === undefined) throw new DnsError('input-unreadable', `the variable ${spec.slice(4)} is not set`)
    return value
  }
  if (!spec.startsWith('file:')) throw new DnsError('usage', "a password is given as 'file:PATH' or 'env:NAME'")
  const octets = readPrivateFile(spec.slice(5), MAX_PASSWORD, { inherited: true })
  return octets.toString('utf8').split(/\r?\n/, 1)[0] ?? ''
}
