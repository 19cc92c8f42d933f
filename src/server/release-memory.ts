/**
 * Has the collector run now, and gives the system what it freed. Loading a zone leaves buffers of twice its size behind, which
 * the collector, seeing a small heap, would let lie for hours. It is done before the server answers: later nobody may wait for it, and
 * what workers leave behind goes with them.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { releaseOctets } from '../dns/rr/index.ts'
import { loadNative } from '../transport/index.ts'

let collect: (() => void) | undefined

/** Frees what nobody refers to any more; takes some milliseconds. */
export async function releaseMemory(): Promise<void> {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    const found: unknown = runInNewContext('gc')
    collect = typeof found === 'function' ? () => found() : () => {}
  }
  releaseOctets()
  collect()
  const native = await loadNative()
  native?.mallocTrim(0)
}
