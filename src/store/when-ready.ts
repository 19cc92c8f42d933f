/** Reads and writes on pipes that may be set not to block, by this process or by one that shares them. */

const PAUSE_MILLISECONDS = 2
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Repeats a read or a write until the pipe is ready. Blocks the thread: for the standard streams of commands only. */
export function whenReady(action: () => number): number {
  for (;;) {
    try {
      return action()
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(pause, 0, 0, PAUSE_MILLISECONDS)
    }
  }
}
