/** A password from where it may stand: a file or an environment variable, never a command line that others can read. */
import { readFileSync } from 'node:fs'
import { DnsError } from '../dns/errors.ts'

const MAX_PASSWORD = 4096

/**
 * Reads `file:PATH` (the first line) or `env:NAME`. Throws DnsError `usage` for any other text, `input-unreadable` when the
 * file cannot be read or the variable is not set.
 */
export function readPassword(spec: string, environment: Readonly<Record<string, string | undefined>>): string {
  if (spec.startsWith('env:')) {
    const value = environment[spec.slice(4)]
    if (value === undefined) throw new DnsError('input-unreadable', `the variable ${spec.slice(4)} is not set`)
    return value
  }
  if (!spec.startsWith('file:')) throw new DnsError('usage', "a password is given as 'file:PATH' or 'env:NAME'")
  const path = spec.slice(5)
  try {
    const text = readFileSync(path, 'utf8')
    if (text.length <= MAX_PASSWORD) return text.split(/\r?\n/, 1)[0] ?? ''
  } catch {
    throw new DnsError('input-unreadable', `${path}: the password file cannot be read`)
  }
  throw new DnsError('input-unreadable', `${path}: longer than a password can be`)
}
