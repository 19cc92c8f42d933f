/** Prepares versions of zones, one after the other. */
import { constants, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { DnsError, type DnsErrorCode } from '../dns/errors.ts'
import { isZoneFileUnchanged, writeZoneFile, type ZoneFileMark } from '../store/index.ts'
import { type Extent, FreeExtents, ImageMemory, ImageWalk } from '../zone/index.ts'
import { prepareVersion } from './prepare-version.ts'
import { readJournal } from './read-journal.ts'
import type {
  FileComparison,
  FileWriting,
  JournalQuestion,
  JournalReading,
  PreparedVersion,
  VersionTask,
} from './version-task.ts'

/** `jobs`: workers for signatures. */
export type VersionOrder =
  | { readonly kind: 'prepare'; readonly task: VersionTask; readonly jobs: number }
  | ({ readonly kind: 'compare-file' } & FileComparison)
  | ({ readonly kind: 'write-file' } & FileWriting)
  | ({ readonly kind: 'read-journal' } & JournalQuestion)

/** What comes of an order, by its kind. */
export type VersionResults = {
  readonly prepare: PreparedVersion
  readonly 'compare-file': boolean
  readonly 'write-file': ZoneFileMark
  readonly 'read-journal': JournalReading
}
export type VersionResult = VersionResults[keyof VersionResults]

/** `unused`: of the memory that was handed over, and of what was taken beside it. */
export type VersionReport = { readonly unused: readonly Extent[] } & (
  | { readonly result: VersionResult }
  | { readonly failed: string; readonly code: DnsErrorCode | undefined }
)

/** Where processors are few, the threads that answer go first. Of this thread alone: on Linux a priority is a thread's. */
function stepBack(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It is a matter of order, not of what is done.
  }
}

stepBack()
const port = parentPort
if (port === null) throw new Error('this file begins a worker')
port.on('message', (order: VersionOrder) => {
  const image = order.kind === 'prepare' ? order.task.image : undefined
  const extents = image && new FreeExtents(new ImageMemory(image.buffer), image.free)
  const report = (what: { result: VersionResult } | { failed: string; code: DnsErrorCode | undefined }): void => {
    const told: VersionReport = { ...what, unused: extents?.takeAll() ?? [] }
    port.postMessage(told)
  }
  carryOut(order, extents).then(
    (result) => report({ result }),
    (error: unknown) => {
      const code = error instanceof DnsError ? error.code : undefined
      report({ failed: error instanceof Error ? error.message : String(error), code })
    },
  )
})

async function carryOut(order: VersionOrder, extents: FreeExtents | undefined): Promise<VersionResult> {
  switch (order.kind) {
    case 'prepare':
      return prepareVersion(order.task, extents, order.jobs)
    case 'compare-file':
      return isZoneFileUnchanged(order.file, order.mark, order.includes)
    case 'write-file':
      return writeZoneFile(order.file, new ImageWalk(new ImageMemory(order.buffer), order.unit, () => {}))
    case 'read-journal':
      return readJournal(order)
  }
}
