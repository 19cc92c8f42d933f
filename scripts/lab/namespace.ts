/** The network namespace that the lab runs in: it goes with the process. */
import { spawnSync } from 'node:child_process'
import { USUAL_SOURCE } from './addresses.ts'
import { addressOf } from './resolvers.ts'

const MARK = 'SIGNET_LAB_NAMESPACE'

export function isInside(): boolean {
  if (process.env[MARK] === undefined) return false
  must('ip', ['link', 'set', 'lo', 'up'])
  must('ip', ['address', 'add', `${USUAL_SOURCE}/15`, 'dev', 'lo'])
  // BIND listens only where a device says that it has the address.
  must('ip', ['address', 'add', `${addressOf('bind')}/32`, 'dev', 'lo'])
  return true
}

/** Why there can be none, or false. */
export function namespaceLacking(): string | false {
  return spawnSync('unshare', [...options(), 'true']).status === 0 ? false : 'no network namespace can be made here'
}

/** Becomes this same command in a namespace: one process, which takes the signals. */
export function enterNamespace(): never {
  const unshare = spawnSync('sh', ['-c', 'command -v unshare'], { encoding: 'utf8' }).stdout.trim()
  if (unshare === '' || process.execve === undefined) throw new Error('util-linux (unshare) is needed')
  const words = ['unshare', ...options(), process.execPath, ...process.argv.slice(1)]
  return process.execve(unshare, words, { ...process.env, [MARK]: '1' })
}

function options(): string[] {
  return process.getuid?.() === 0 ? ['-n'] : ['-n', '-r']
}

function must(command: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`)
}
