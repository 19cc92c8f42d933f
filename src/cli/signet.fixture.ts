/** The command as a person runs it: a child process, in a folder of its own that goes with the test. */
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { ShellCommand, ShellOutcome } from './signet-shell.fixture.ts'

const root = join(import.meta.dirname, '../..')
export const EXAMPLE = join(root, 'examples/example.zone')

export type Outcome = { readonly status: number; readonly stdout: string; readonly stderr: string }

export class Workplace {
  readonly folder: string
  /** All that was printed by commands run here. */
  printed = ''
  readonly #shell: ChildProcess | undefined
  readonly #waiting: ((outcome: Outcome) => void)[] = []

  /**
   * `isShared`: one process runs all commands that need neither input nor an environment of their own, one after another. What
   * writes to standard output as to a file (`--out -`, exports) needs a process of its own: give it `{ env: {} }`.
   */
  constructor(options: { readonly isShared?: boolean } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'signet-cli-'))
    after(() => rmSync(this.folder, { recursive: true, force: true }))
    if (options.isShared !== true) return
    const shell = fork(join(import.meta.dirname, 'signet-shell.fixture.ts'), { cwd: this.folder })
    shell.on('message', (outcome: ShellOutcome) => this.#waiting.shift()?.(outcome))
    after(() => shell.kill())
    this.#shell = shell
  }

  /** Runs `signet` with these words (split at blanks when given as one text); `input` is its standard input, `started` gets what stops it. */
  signet(
    words: string | readonly string[],
    options: {
      input?: string
      env?: Record<string, string>
      started?: (kill: (signal: NodeJS.Signals) => void) => void
    } = {},
  ): Promise<Outcome> {
    const args = typeof words === 'string' ? words.split(' ').filter((word) => word !== '') : words
    const shell = this.#shell
    if (shell !== undefined && Object.keys(options).length === 0) {
      const command: ShellCommand = { words: args, folder: this.folder }
      return new Promise((resolve) => {
        this.#waiting.push((outcome) => {
          this.printed += outcome.stdout + outcome.stderr
          resolve(outcome)
        })
        shell.send(command)
      })
    }
    const [file, first] =
      process.platform === 'win32'
        ? [process.execPath, [join(root, 'src/cli/main.ts')]]
        : [join(root, 'bin/signet'), []]
    return new Promise((resolve) => {
      const env = { ...process.env, ...options.env }
      const limits = { timeout: 60_000, maxBuffer: 64 << 20 }
      const child = execFile(
        file,
        [...first, ...args],
        { cwd: this.folder, env, ...limits },
        (error, stdout, stderr) => {
          this.printed += stdout + stderr
          const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
          resolve({ status, stdout, stderr })
        },
      )
      child.stdin?.end(options.input ?? '')
      options.started?.((signal) => child.kill(signal))
    })
  }

  /** Runs it, and what it prints on standard output when it ends well; else throws. */
  async run(
    words: string | readonly string[],
    options: { input?: string; env?: Record<string, string> } = {},
  ): Promise<string> {
    const { status, stdout, stderr } = await this.signet(words, options)
    if (status !== 0) throw new Error(`signet ${words} ended with ${status}: ${stderr}`)
    return stdout
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8')
  }

  /** For the owner only: it may be a secret. */
  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text, { mode: 0o600 })
  }
}
