/** `signet key dates`: shows when a key is published, signs and goes, and changes that in its files. */
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { KEY_EVENTS, type KeyEvent, type KeyTimes, type SigningKey } from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { pickKey, readPassword, rewriteKey } from '../store/index.ts'
import {
  addKeyFolderOptions,
  describeState,
  KEY_ARGUMENT,
  type KeyFolderFlags,
  readKeys,
  stateOfKey,
} from './key-folder-flags.ts'
import { warn } from './outcome.ts'
import { formatTable } from './table.ts'
import { now, parseTime, showTime } from './times.ts'

const SETTABLE = ['publish', 'activate', 'inactive', 'delete', 'revoke'] as const

type Flags = KeyFolderFlags & { readonly [event in (typeof SETTABLE)[number]]?: string }

export function command(program: Command): Command {
  return addKeyFolderOptions(program.argument('<key>', KEY_ARGUMENT))
    .option('--publish <time>', 'when its DNSKEY goes into the zone')
    .option('--activate <time>', 'when it begins to sign')
    .option('--inactive <time>', 'when it stops to sign')
    .option('--delete <time>', 'when its DNSKEY leaves the zone')
    .option('--revoke <time>', 'when it is marked revoked (RFC 5011)')
    .addHelpText(
      'after',
      '\nTimes: YYYYMMDDHHMMSS (UTC), UNIX seconds, ISO 8601, +14d or -1h from now, or none.\n' +
        '`zone sign` without --sign-with goes by these dates.',
    )
    .action(showOrSet)
}

async function showOrSet(word: string, flags: Flags): Promise<void> {
  const at = now()
  const { keys, problems } = await readKeys(flags)
  for (const problem of problems) warn(problem.message)
  const key = pickKey(keys, word)
  const times = changedTimes(key.times, flags, at)
  const changed = times === undefined ? key : key.with({ times })
  if (times !== undefined) await store(changed, flags, at)
  if (flags.json === true) console.log(JSON.stringify({ ...changed.toJSON(), state: stateOfKey(changed, at) }))
  else console.log(describe(changed, at))
}

/** The dates as the options leave them; undefined when they change nothing. Throws DnsError `usage`. */
function changedTimes(times: KeyTimes, flags: Flags, at: UnixSeconds): KeyTimes | undefined {
  const changed: { [event in KeyEvent]?: UnixSeconds } = { ...times }
  for (const event of SETTABLE) {
    const text = flags[event]
    if (text === undefined) continue
    if (text === 'none') delete changed[event]
    else changed[event] = parseTime(`--${event}`, text, at)
  }
  if (SETTABLE.every((event) => flags[event] === undefined)) return undefined
  checkOrder(changed)
  return changed
}

const ORDER = ['publish', 'activate', 'inactive', 'delete'] as const

function checkOrder(times: KeyTimes): void {
  let earlier: KeyEvent | undefined
  for (const event of ORDER) {
    const instant = times[event]
    if (instant === undefined) continue
    const before = earlier === undefined ? undefined : times[earlier]
    if (before !== undefined && instant < before) {
      throw new DnsError(
        'usage',
        `${event} (${showTime(instant)}) would come before ${earlier} (${showTime(before)}): set both, or one to none`,
      )
    }
    earlier = event
  }
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

function describe(key: SigningKey, at: UnixSeconds): string {
  const rows = KEY_EVENTS.flatMap(([event]) => {
    const instant = key.times[event]
    return instant === undefined ? [] : [[event, showTime(instant)]]
  })
  const dates = rows.length === 0 ? 'no dates: it is published and signs' : formatTable(rows)
  return `${key.name} (${key.role}): ${describeState(key, at)}\n${dates}`
}
