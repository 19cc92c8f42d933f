/**
 * Adds the record of provenance to a `.key` file that has none. The line is appended: the file keeps its owner, its mode and its links, and
 * a crash leaves no more than a comment without meaning. BIND, ldns and Knot read over what follows the DNSKEY record.
 */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { DnsError } from '../dns/errors.ts'
import { provenanceComment } from '../dnssec/index.ts'
import type { KeyProvenance } from '../ports/key-store.ts'
import { requireRegular } from './input-file.ts'
import { reasonOf } from './system-error.ts'

const FLAGS = constants.O_RDWR | constants.O_APPEND | (constants.O_NONBLOCK ?? 0)
const NEWLINE = 0x0a

/** Rejects with DnsError `output-failed`. */
export async function appendProvenance(path: string, provenance: KeyProvenance): Promise<void> {
  try {
    const handle = await open(path, FLAGS)
    try {
      const stats = await handle.stat()
      requireRegular(path, stats, 'output-failed')
      const last = Buffer.alloc(1)
      await handle.read(last, 0, 1, Math.max(stats.size - 1, 0))
      await handle.write(`${last[0] === NEWLINE ? '' : '\n'}${provenanceComment(provenance)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof DnsError) throw error
    throw new DnsError('output-failed', `${path}: ${reasonOf(error)}`, { cause: error })
  }
}
