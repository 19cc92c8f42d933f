/** A network namespace with addresses of its own on its loopback device; only root can have one. */
import { spawnSync } from 'node:child_process'
import { after } from 'node:test'

/** Why none can be had, or false. */
export function namespaceLacking(): string | false {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s'
  if (process.getuid?.() !== 0) return 'not root: no network namespace'
  const name = nextName()
  const made = spawnSync('ip', ['netns', 'add', name]).status === 0
  if (made) spawnSync('ip', ['netns', 'del', name])
  return made ? false : 'no network namespace can be made here'
}

let count = 0

function nextName(): string {
  return `signet-${process.pid}-${count++}`
}

export class NetworkNamespace {
  readonly #name = nextName()
  /** Words that a command within begins with. */
  readonly within: readonly string[] = ['ip', 'netns', 'exec', this.#name]

  /** `addresses` are given to the loopback device. Goes with the test file. */
  constructor(addresses: readonly string[] = []) {
    run(['ip', 'netns', 'add', this.#name])
    after(() => spawnSync('ip', ['netns', 'del', this.#name]))
    this.run(['ip', 'link', 'set', 'lo', 'up'])
    for (const address of addresses) this.addAddress(address)
  }

  addAddress(address: string): void {
    const nodad = address.includes(':') ? ['nodad'] : []
    this.run(['ip', 'address', 'add', address, 'dev', 'lo', ...nodad])
  }

  /** What a command within prints. */
  run(words: readonly string[]): string {
    return run([...this.within, ...words])
  }
}

function run([command = '', ...words]: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8', timeout: 30_000 })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`)
  return stdout
}
