/** The processes of a running lab: started one by one, each with a log of its own, all ended by their PIDs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askOnce } from './ask.ts'

const START_SECONDS = 60

export class Processes {
  readonly #running: ChildProcess[] = []

  constructor() {
    process.once('exit', () => {
      for (const child of this.#running) child.kill()
    })
  }

  /** Starts a command in its own folder and waits until it answers at the address. */
  async start(folder: string, words: readonly string[], address: string): Promise<void> {
    mkdirSync(folder, { recursive: true })
    const logFile = join(folder, 'log')
    const log = openSync(logFile, 'w')
    const [command = '', ...rest] = words
    const child = spawn(command, rest, { cwd: folder, stdio: ['ignore', log, log] })
    this.#running.push(child)
    let fault = ''
    child.on('error', ({ message }) => {
      fault = message
    })
    const deadline = Date.now() + START_SECONDS * 1000
    while (Date.now() < deadline && child.exitCode === null && fault === '') {
      if ((await askOnce(address, { name: '.', type: 'NS', form: 'plain' }, 200)) !== undefined) return
      await sleep(100)
    }
    throw new Error(`${command} does not answer at ${address}: ${fault}\n${readFileSync(logFile, 'utf8').slice(-3000)}`)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map(end))
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await Promise.race([exited, sleep(5000, undefined, { ref: false })])
  if (child.exitCode === null) child.kill('SIGKILL')
}
