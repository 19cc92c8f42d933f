/** `signet key list`: the keys of a folder, and what their dates make of them now. */

import type { Command } from 'commander'
import { formatTable } from '../dns/presentation/index.ts'
import { algorithmName, type SigningKey } from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { describeNoKeys } from '../store/index.ts'
import {
  addKeyFolderOptions,
  describeState,
  type KeyFolderFlags,
  readKeys,
  stateOfKey,
  zoneOf,
} from './key-folder-flags.ts'
import { EXIT } from './outcome.ts'
import { printErrorLine, printErrorLines, printLines, printObject } from './output.ts'
import { now } from './times.ts'

export function command(program: Command): Command {
  return addKeyFolderOptions(program).action(list)
}

async function list(flags: KeyFolderFlags): Promise<void> {
  const at = now()
  const { keys, problems, passedOver } = await readKeys(flags)
  if (flags.json === true) {
    const listed = keys.map((key) => ({ ...key.toJSON(), state: stateOfKey(key, at) }))
    printObject({ keys: listed, problems: problems.map(({ message }) => message) })
  } else if (keys.length > 0) {
    const head = ['NAME', 'ROLE', 'ALGORITHM', 'BITS', 'FORM', 'FRIENDLY NAME', 'STATE']
    printLines(formatTable([head, ...keys.map((key) => rowOf(key, at))]))
  } else {
    printErrorLine(`signet: ${describeNoKeys(flags.keys, passedOver, zoneOf(flags))}`)
  }
  printErrorLines(problems.map(({ message }) => `signet: ${message}`))
  if (problems.length > 0) process.exitCode = EXIT.usage
}

function rowOf(key: SigningKey, at: UnixSeconds): string[] {
  const form = `${key.source.form}${key.hasPrivateKey ? '' : ', public half only'}`
  const algorithm = algorithmName(key.algorithm)
  return [key.name, key.role, algorithm, String(key.bits), form, key.friendlyName ?? '-', describeState(key, at)]
}
