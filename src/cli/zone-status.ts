/** `signet zone status NAME`: all that the running server knows of a zone. */

import type { Command } from 'commander'
import { Name, showBothWays } from '../dns/name/index.ts'
import { formatTable, showTime } from '../dns/presentation/index.ts'
import type { ZoneStatus } from '../server/index.ts'
import { showDistance, showOctets } from './figures.ts'
import { EXIT } from './outcome.ts'
import { printLines, printObject } from './output.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'
import { now } from './times.ts'
import { zoneArgument } from './zone-control.ts'

export function command(program: Command): Command {
  return addServerOptions(program.argument('<name>', 'the zone'))
    .addHelpText('after', '\nExit status 1 when no version of the zone is served.')
    .action(show)
}

function show(word: string, flags: ServerFlags): Promise<void> {
  const name = zoneArgument(word)
  return withServer(flags, async (client) => {
    const zone = await client.zone(name)
    if (flags.json === true) printObject(zone)
    else printLines(formatTable(rowsOf(zone)))
    if (zone.state === 'failed' || zone.state === 'expired') process.exitCode = EXIT.bad
  })
}

function rowsOf(zone: ZoneStatus): string[][] {
  const at = now()
  const rows: string[][] = [
    ['name', showBothWays(Name.parse(zone.name))],
    ['type', zone.type],
    ['state', zone.frozen ? `${zone.state}, frozen` : zone.state],
  ]
  const add = <T>(title: string, value: T | undefined, print: (value: T) => string = String): void => {
    if (value !== undefined) rows.push([title, print(value)])
  }
  const instant = (seconds: number): string => `${showTime(seconds)}, ${showDistance(seconds, at)}`
  add('reason', zone.reason)
  add('file', zone.file)
  add('catalog', zone.catalog)
  add('serial', zone.serial)
  add('records', zone.records)
  add('loaded', zone.loadedAt, instant)
  add('signed', zone.signed ? 'yes' : 'no')
  add('signatures', zone.firstSignatureExpiry, (expiry) => `the first expires ${instant(expiry)}`)
  add('journal', zone.journalOctets, showOctets)
  add('primaries', zone.primaries, (list) => list.join(' '))
  add('primary serial', zone.primarySerial)
  add('last refresh', zone.lastRefresh, instant)
  add('next refresh', zone.nextRefresh, instant)
  add('expires', zone.expiresAt, instant)
  add('last transfer', zone.lastTransfer, ({ kind, peer, outcome, at: when, serial, octets, message }) =>
    [
      `${kind} from ${peer} ${outcome} ${showDistance(when, at)}`,
      ...(serial === undefined ? [] : [`serial ${serial}`]),
      ...(octets === undefined ? [] : [showOctets(octets)]),
      ...(message === undefined ? [] : [message]),
    ].join(', '),
  )
  return rows
}
