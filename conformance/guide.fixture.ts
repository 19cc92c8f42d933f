/** Guides whose commands are run: the blocks of shell commands below each heading, and a shell that knows `signet`. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')

export type Guide = {
  /** Why its commands cannot be run here. */
  readonly skip: string | false
  readonly headings: readonly string[]
  blocksOf(heading: string): string[]
}

export function readGuide(file: string): Guide {
  const text = readFileSync(join(root, 'docs/guide', file), 'utf8')
  const sections = text.split(/^## /m).slice(1)
  return {
    skip: process.platform === 'win32' ? 'the commands of the guide are for a POSIX shell' : false,
    headings: sections.map((section) => section.split('\n', 1)[0] ?? ''),
    blocksOf(heading) {
      const section = sections.find((part) => part.startsWith(`${heading}\n`))
      assert.ok(section !== undefined, `${file} has no section '${heading}'`)
      return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands)
    },
  }
}

/** Runs commands in a folder; rejects with what the first failing one printed. */
export async function runBlock(folder: string, block: string): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH}` }
  return run('sh', ['-e', '-c', block], { cwd: folder, env })
}
