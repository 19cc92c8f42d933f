/** `signet server reload|stop|reopen-logs|querylog`: what changes the running server as a whole. */
import type { Command } from 'commander'
import type { Outcome } from '../server/index.ts'
import { parseChoice, parseZoneName } from './arguments.ts'
import { EXIT } from './outcome.ts'
import { printLine, printLines, printObject } from './output.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'

export const reload = { command: (program: Command) => addServerOptions(program).action(reloadAll) }

function reloadAll(flags: ServerFlags): Promise<void> {
  return withServer(flags, async (client) => {
    const result = await client.reload()
    const { configuration, zones } = result
    const failed = zones.filter(({ outcome }) => outcome === 'failed' || outcome === 'refused')
    if (flags.json === true) printObject(result)
    else {
      printLine(`configuration: ${configuration.message}`)
      for (const { zone, outcome, message, details = [] } of zones) {
        if (outcome === 'unchanged') continue
        printLines([`${zone} ${outcome}: ${message}`, ...details.map((line) => `  ${line}`)])
      }
    }
    if (configuration.outcome === 'failed' || configuration.outcome === 'refused') process.exitCode = EXIT.usage
    else if (failed.length > 0) process.exitCode = EXIT.bad
  })
}

export const stop = {
  command: (program: Command) =>
    addServerOptions(program).action((flags: ServerFlags) =>
      withServer(flags, async (client) => sayOutcome(flags, await client.stop())),
    ),
}

export const reopenLogs = {
  command: (program: Command) =>
    addServerOptions(program).action((flags: ServerFlags) =>
      withServer(flags, async (client) => sayOutcome(flags, await client.reopenLogs())),
    ),
}

export const queryLog = {
  command: (program: Command) =>
    addServerOptions(program.argument('<on|off>', 'log each query, or no longer'))
      .option('--zone <name>', 'only queries for this zone')
      .action(switchQueryLog),
}

function switchQueryLog(word: string, flags: ServerFlags & { readonly zone?: string }): Promise<void> {
  const on = parseChoice('querylog', word, ['on', 'off']) === 'on'
  const zone = flags.zone === undefined ? undefined : parseZoneName(flags.zone).toString()
  return withServer(flags, async (client) => sayOutcome(flags, await client.setQueryLog(on, zone)))
}

/** Prints what came of something, with its details. */
export function sayOutcome(flags: ServerFlags, outcome: Outcome): void {
  if (flags.json === true) printObject(outcome)
  else printLines([outcome.message, ...(outcome.details ?? []).map((line) => `  ${line}`)])
}
