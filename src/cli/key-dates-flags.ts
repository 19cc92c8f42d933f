/** The dates of a key as options: when it is published, signs, and goes. */

import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { showTime } from '../dns/presentation/index.ts'
import type { KeyEvent, KeyTimes } from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { parseTime } from './times.ts'

const SETTABLE = ['publish', 'activate', 'inactive', 'delete', 'revoke'] as const

export type KeyDatesFlags = { readonly [event in (typeof SETTABLE)[number]]?: string | undefined }

export function addKeyDatesOptions(program: Command): Command {
  program
    .optionsGroup('Dates (YYYYMMDDHHMMSS in UTC, UNIX seconds, ISO 8601, from now: +14d, -1h; or none):')
    .option('--publish <time>', 'when its DNSKEY goes into the zone')
    .option('--activate <time>', 'when it begins to sign')
    .option('--inactive <time>', 'when it stops to sign')
    .option('--delete <time>', 'when its DNSKEY leaves the zone')
    .option('--revoke <time>', 'when it is marked as revoked (RFC 5011)')
  return program
    .optionsGroup('Result:')
    .addHelpText('after', '\n`signet zone sign` without --sign-with goes by these dates.')
}

/** Whether any of the options is there. */
export function changesDates(flags: KeyDatesFlags): boolean {
  return SETTABLE.some((event) => flags[event] !== undefined)
}

/** The dates as the options leave them. Throws DnsError `usage`, also when they would come in another order than a key's life. */
export function changeDates(times: KeyTimes, flags: KeyDatesFlags, at: UnixSeconds): KeyTimes {
  const changed: { [event in KeyEvent]?: UnixSeconds } = { ...times }
  for (const event of SETTABLE) {
    const text = flags[event]
    if (text === undefined) continue
    if (text === 'none') delete changed[event]
    else changed[event] = parseTime(`--${event}`, text, at)
  }
  if (SETTABLE.every((event) => changed[event] === undefined)) {
    throw new DnsError('usage', 'a key without any date counts as published and signing: leave one that says otherwise')
  }
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
