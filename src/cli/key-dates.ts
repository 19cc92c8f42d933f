/** `signet key dates`: shows when a key is published, signs and goes, and changes that in its files. */

import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { formatTable, showTime } from '../dns/presentation/index.ts'
import { KEY_EVENTS, type SigningKey } from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { readPassword, rewriteKey } from '../store/index.ts'
import { addKeyDatesOptions, changeDates, changesDates, type KeyDatesFlags } from './key-dates-flags.ts'
import {
  addKeyFolderOptions,
  describeState,
  KEY_ARGUMENT,
  type KeyFolderFlags,
  openNamedKey,
  stateOfKey,
} from './key-folder-flags.ts'
import { printLines, printObject } from './output.ts'
import { now } from './times.ts'

type Flags = KeyFolderFlags & KeyDatesFlags

export function command(program: Command): Command {
  return addKeyDatesOptions(addKeyFolderOptions(program.argument('<key>', KEY_ARGUMENT))).action(showOrSet)
}

async function showOrSet(word: string, flags: Flags): Promise<void> {
  const at = now()
  const found = await openNamedKey(flags, word)
  const key = changesDates(flags) ? found.with({ times: changeDates(found.times, flags, at) }) : found
  if (key !== found) await store(key, flags, at)
  if (flags.json === true) printObject({ ...key.toJSON(), state: stateOfKey(key, at) })
  else printLines(describe(key, at))
}

async function store(key: SigningKey, flags: Flags, at: UnixSeconds): Promise<void> {
  if (key.source.form === 'pem') {
    throw new DnsError(
      'usage',
      `${key.name} is kept as a bare PEM key, which carries no dates: export it as bind or certificate first`,
    )
  }
  const password = flags.keyPassword === undefined ? '' : readPassword(flags.keyPassword, process.env)
  await rewriteKey(flags.keys, key, { now: at, password })
}

function describe(key: SigningKey, at: UnixSeconds): string[] {
  const rows = KEY_EVENTS.flatMap(([event]) => {
    const instant = key.times[event]
    return instant === undefined ? [] : [[event, showTime(instant)]]
  })
  const dates = rows.length === 0 ? ['no dates: it is published and signs'] : formatTable(rows)
  return [`${key.name} (${key.role}): ${describeState(key, at)}`, ...dates]
}
