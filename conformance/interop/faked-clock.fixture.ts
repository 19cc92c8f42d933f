/** `signet serve` with a wall clock that libfaketime sets while it runs (Debian: faketime); its steady clock is the true one. */
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeFolder, RunningServer } from '../../src/cli/running-server.fixture.ts'

const EFFECT_MILLISECONDS = 2000

function findLibrary(): string | undefined {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib').map((each) => `/usr/lib/${each}/faketime`) : []
  return folders.map((folder) => join(folder, 'libfaketimeMT.so.1')).find((path) => existsSync(path))
}

/** The library; undefined where it is not installed. */
export const fakedClock: string | undefined = findLibrary()

export class FakedServer {
  readonly folder: string = makeFolder()
  readonly #configuration: Readonly<Record<string, unknown>>
  readonly #clockFile = join(this.folder, 'clock')
  #server: RunningServer | undefined

  constructor(configuration: Readonly<Record<string, unknown>>) {
    this.#configuration = {
      data: 'state',
      server: { listen: ['127.0.0.1:0'], threads: 1 },
      management: { listen: [] },
      ...configuration,
    }
  }

  get server(): RunningServer {
    if (this.#server === undefined) throw new Error('the server does not run')
    return this.#server
  }

  /** Starts the server with a clock as libfaketime has them: `+0`, `-1h`, `@1970-01-01 00:10:00`. */
  async start(setBy: string): Promise<void> {
    writeFileSync(this.#clockFile, `${setBy}\n`)
    // That of the run before says that it is ready, and where.
    rmSync(join(this.folder, 'log'), { force: true })
    const env = {
      LD_PRELOAD: fakedClock ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#clockFile,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    }
    this.#server = await RunningServer.start(this.folder, this.#configuration, { env })
  }

  async stop(): Promise<void> {
    await this.server.stop()
    this.#server = undefined
  }

  /** Sets the wall clock and waits for no longer than the effect may take. */
  async set(setBy: string): Promise<void> {
    writeFileSync(`${this.#clockFile}.new`, `${setBy}\n`)
    renameSync(`${this.#clockFile}.new`, this.#clockFile)
    await sleep(EFFECT_MILLISECONDS)
  }
}
