/** Prepares versions of zones, one after the other. */
import { constants, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { DnsError, type DnsErrorCode } from '../dns/errors.ts'
import { type Extent, FreeExtents, ImageMemory } from '../zone/index.ts'
import { prepareVersion } from './prepare-version.ts'
import type { PreparedVersion, VersionTask } from './version-task.ts'

export type VersionOrder = { readonly task: VersionTask; readonly jobs: number }

/** `unused`: of the memory that was handed over, and of what was taken beside it. */
export type VersionReport = { readonly unused: readonly Extent[] } & (
  | { readonly version: PreparedVersion }
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
port.on('message', ({ task, jobs }: VersionOrder) => {
  const { image } = task
  const extents = image && new FreeExtents(new ImageMemory(image.buffer), image.free)
  const report = (what: { version: PreparedVersion } | { failed: string; code: DnsErrorCode | undefined }): void => {
    const told: VersionReport = { ...what, unused: extents?.takeAll() ?? [] }
    port.postMessage(told)
  }
  prepareVersion(task, extents, jobs).then(
    (version) => report({ version }),
    (error: unknown) => {
      const code = error instanceof DnsError ? error.code : undefined
      report({ failed: error instanceof Error ? error.message : String(error), code })
    },
  )
})
