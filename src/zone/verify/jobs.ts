/**
 * The signatures that are to be checked, as columns of numbers in shared memory, and the checking of any part of them by any
 * thread. A job is one RRset, one RRSIG over it, and one key that may have made it.
 */
import { allocateShared } from '../../dns/memory.ts'
import { skipName } from '../../dns/name/index.ts'
import { OctetWriter } from '../../dns/octets.ts'
import type { Verifier } from '../../dnssec/index.ts'
import { RRSIG_SIGNER } from '../../dnssec/index.ts'
import type { RecordTable } from '../record-table.ts'
import { writeSignedData } from '../signed-data.ts'

export type VerifyJobs = {
  readonly count: number
  /** Positions of the RRset in the zone's records: from, and after its end. */
  readonly from: Uint32Array
  readonly to: Uint32Array
  /** Index of the RRSIG record in the table. */
  readonly rrsig: Uint32Array
  /** Number of the key. */
  readonly key: Uint32Array
}

/** Results of a job; one octet each. */
export const NOT_CHECKED = 0
export const GOOD = 1
export const BOGUS = 2

/** Gathers jobs, and gives them as shared memory in the end. */
export class JobList {
  #columns = new Uint32Array(4 * 1024)
  count = 0

  add(from: number, to: number, rrsig: number, key: number): void {
    if (this.count * 4 === this.#columns.length) {
      const grown = new Uint32Array(this.#columns.length * 2)
      grown.set(this.#columns)
      this.#columns = grown
    }
    const at = this.count++ * 4
    this.#columns[at] = from
    this.#columns[at + 1] = to
    this.#columns[at + 2] = rrsig
    this.#columns[at + 3] = key
  }

  finish(): VerifyJobs {
    const { count } = this
    const memory = allocateShared(Math.max(count, 1) * 16, 'the signatures to verify')
    const column = (n: number): Uint32Array => new Uint32Array(memory, n * count * 4, count)
    const jobs = { count, from: column(0), to: column(1), rrsig: column(2), key: column(3) }
    for (let i = 0; i < count; i++) {
      const at = i * 4
      jobs.from[i] = this.#columns[at]!
      jobs.to[i] = this.#columns[at + 1]!
      jobs.rrsig[i] = this.#columns[at + 2]!
      jobs.key[i] = this.#columns[at + 3]!
    }
    return jobs
  }
}

const data = new OctetWriter(4096)

/**
 * Checks the jobs `[first, last)` and writes GOOD or BOGUS to `results`. `verifiers`: by key number; a key without one makes
 * the job bogus. Pure: any part may be done by any thread.
 */
export function verifyJobs(
  table: RecordTable,
  records: Uint32Array,
  jobs: VerifyJobs,
  first: number,
  last: number,
  verifiers: readonly (Verifier | undefined)[],
  results: Uint8Array,
): void {
  const { octets } = table
  for (let job = first; job < last; job++) {
    const rrsig = jobs.rrsig[job]!
    const at = table.rdata[rrsig]!
    writeSignedData(table, records, jobs.from[job]!, jobs.to[job]!, at, data)
    const signature = octets.subarray(skipName(octets, at + RRSIG_SIGNER), table.rdataEnd(rrsig))
    const good = verifiers[jobs.key[job]!]?.verify(data.octets.subarray(0, data.length), signature) ?? false
    results[job] = good ? GOOD : BOGUS
  }
}
