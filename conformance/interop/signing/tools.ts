/** Runs the tools of others, several at a time. */
import { execFile, spawnSync } from 'node:child_process'

export type Outcome = { readonly ok: boolean; readonly output: string }

/** Runs a tool to its end; `ok` is an exit status of 0. A tool that hangs is ended and counts as not ok. */
export function run(tool: string, args: readonly string[], cwd: string, seconds = 120): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd, timeout: seconds * 1000, maxBuffer: 1 << 26, encoding: 'latin1' } as const
    execFile(tool, [...args], options, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: `${stderr}${stdout}`.trim() })
    })
  })
}

/** Why a test that needs these tools is skipped; false when all are there. */
export function lacking(...tools: string[]): string | false {
  const absent = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
  return absent.length === 0 ? false : `${absent.join(', ')} not installed`
}

/** Does the work for each item, `lanes` at a time, and returns the results in the order of the items. */
export async function inLanes<Item, Result>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = items.entries()
  const lane = async (): Promise<void> => {
    for (const [i, item] of waiting) results[i] = await work(item)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return results
}

/** The last line of a tool's output that says something, shortened. */
export function lastWord(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return (lines.at(-1) ?? 'no word').slice(0, 160)
}
