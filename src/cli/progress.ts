/** Progress on a terminal for what takes longer than a second; nothing of it anywhere else. */
import { monotonicMilliseconds } from '../clock/index.ts'
import { showProgress } from './output.ts'

export type Progress = { show(what: string, done?: number, all?: number): void; clear(): void }

const SILENT: Progress = { show: () => {}, clear: () => {} }

export function terminalProgress(): Progress {
  if (!process.stderr.isTTY) return SILENT
  const begun = monotonicMilliseconds()
  let last = 0
  let shown = false
  return {
    show(what, done, all) {
      const at = monotonicMilliseconds()
      if (at - begun < 1000 || at - last < 100) return
      last = at
      shown = true
      const share = done === undefined || all === undefined ? '' : ` ${Math.floor((done / Math.max(all, 1)) * 100)} %`
      showProgress(`${what}${share}`)
    },
    clear() {
      if (shown) showProgress('')
    },
  }
}
