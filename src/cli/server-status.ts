/** `signet server status`: how the running server is. */

import type { Command } from 'commander'
import { formatTable, showTime } from '../dns/presentation/index.ts'
import { showDistance } from './figures.ts'
import { printLines, printObject } from './output.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'
import { now } from './times.ts'

export function command(program: Command): Command {
  return addServerOptions(program).action(show)
}

function show(flags: ServerFlags): Promise<void> {
  return withServer(flags, async (client) => {
    const status = await client.status()
    if (flags.json === true) {
      printObject(status)
      return
    }
    const { zones, queryLog } = status
    const at = now()
    const instant = (seconds: number): string => `${showTime(seconds)}, ${showDistance(seconds, at)}`
    const bad = [`${zones.failed} failed`, `${zones.expired} expired`].filter((text) => !text.startsWith('0 '))
    printLines(
      formatTable([
        ['state', status.state],
        ['version', status.version],
        ['process', String(status.processId)],
        ['started', instant(status.startedAt)],
        ['configured', instant(status.configuredAt)],
        ['configuration', status.configurationFile],
        ...status.listening.map((place, i) => [i === 0 ? 'listens on' : '', place]),
        ['threads', `${status.threads}, UDP ${status.batchedUdp ? 'in batches' : 'one by one'}`],
        ['zones', [`${zones.serving} of ${zones.total} are served`, ...bad].join(', ')],
        ...(status.stateUnwritable === undefined
          ? []
          : [['saved state', `cannot be written: ${status.stateUnwritable}`]]),
        ['query log', queryLog === 'all' ? 'all queries' : queryLog.join(' ') || 'off'],
      ]),
    )
  })
}
