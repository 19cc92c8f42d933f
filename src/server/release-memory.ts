/**
 * Has the collector run now. Loading a zone leaves buffers of twice its size behind, which the collector, seeing a small heap,
 * would let lie for hours.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/** Frees what nobody refers to any more; takes some milliseconds. */
export function releaseMemory(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    const found: unknown = runInNewContext('gc')
    collect = typeof found === 'function' ? () => found() : () => {}
  }
  collect()
}
