/** `signet zone list`: the zones of the running server, one a line. */

import type { Command } from 'commander'
import { Name, showBothWays } from '../dns/name/index.ts'
import { formatTable } from '../dns/presentation/index.ts'
import type { ZoneStatus } from '../server/index.ts'
import { showDistance } from './figures.ts'
import { printLines, printObject } from './output.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'
import { now } from './times.ts'

export function command(program: Command): Command {
  return addServerOptions(program).action(list)
}

function list(flags: ServerFlags): Promise<void> {
  return withServer(flags, async (client) => {
    const zones: ZoneStatus[] = []
    for await (const zone of client.zones()) zones.push(zone)
    if (flags.json === true) {
      printObject({ zones })
      return
    }
    const at = now()
    const head = ['ZONE', 'TYPE', 'STATE', 'SERIAL', 'PRIMARY', 'SIGNED', 'SIGNATURES EXPIRE', 'REASON']
    printLines(formatTable([head, ...zones.map((zone) => rowOf(zone, at))]))
  })
}

function rowOf(zone: ZoneStatus, at: number): string[] {
  const { name, type, state, frozen, serial, primarySerial, signed, firstSignatureExpiry, reason } = zone
  return [
    showBothWays(Name.parse(name)),
    type,
    frozen ? `${state}, frozen` : state,
    serial === undefined ? '-' : String(serial),
    primarySerial === undefined ? '-' : String(primarySerial),
    signed ? 'yes' : 'no',
    firstSignatureExpiry === undefined ? '-' : showDistance(firstSignatureExpiry, at),
    reason ?? '',
  ]
}
