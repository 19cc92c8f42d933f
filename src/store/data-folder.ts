/**
 * The data folder of a server, as it lies on the machine. Who may write to it can put another database, and so other trust
 * anchors and zones, in the place of ours.
 */
import { statSync } from 'node:fs'
import { DnsError } from '../dns/errors.ts'
import { showMode } from './private-file.ts'
import { reasonOf } from './system-error.ts'

const OTHERS_WRITE = 0o002

/**
 * Returns a sentence for the log when the folder is another user's. Throws DnsError `state-invalid` when all users may write to
 * it, or it cannot be looked at.
 */
export function checkDataFolder(path: string): readonly string[] {
  if (process.platform === 'win32') return []
  try {
    const stats = statSync(path)
    if ((stats.mode & OTHERS_WRITE) !== 0) {
      const remedy = `take that from them with chmod o-w ${path}, or give another data folder`
      throw new DnsError(
        'state-invalid',
        `data: all users may write to ${path} (its mode is ${showMode(stats)}): ${remedy}`,
      )
    }
    const own = process.geteuid?.()
    if (own === undefined || stats.uid === own) return []
    return [`data: ${path} belongs to user ${stats.uid}, who may change what is in it; the server runs as user ${own}`]
  } catch (error) {
    if (error instanceof DnsError) throw error
    throw new DnsError('state-invalid', `${path}: ${reasonOf(error)}`, { cause: error })
  }
}
