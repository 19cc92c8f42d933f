/** `signet server reload|stop|reopen-logs|querylog`: what changes the running server as a whole. */
import type { Command } from 'commander'
import type { Outcome, ZoneOutcome } from '../server/index.ts'
import { parseChoice, parseZoneName } from './arguments.ts'
import { EXIT } from './outcome.ts'
import { printErrorLines, printLines, printObject } from './output.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'

export const reload = {
  command: (program: Command) =>
    addServerOptions(program)
      .addHelpText(
        'after',
        '\nExit status 1 when a zone was not taken, 2 when the configuration was not: then nothing was changed.',
      )
      .action(reloadAll),
}

function reloadAll(flags: ServerFlags): Promise<void> {
  return withServer(flags, async (client) => {
    const result = await client.reload()
    const { configuration, zones } = result
    const isTaken = isGood(configuration)
    if (flags.json === true) printObject(result)
    else {
      const head = isTaken ? configuration.message : `signet: ${configuration.message}`
      sayLines(isTaken, head, configuration.details)
      for (const zone of zones) if (zone.outcome !== 'unchanged') sayZone(zone)
    }
    if (!isTaken) process.exitCode = EXIT.usage
    else if (!zones.every(isGood)) process.exitCode = EXIT.bad
  })
}

function isGood({ outcome }: Outcome): boolean {
  return outcome !== 'failed' && outcome !== 'refused'
}

/** What was not done goes to standard error. */
function sayZone(outcome: ZoneOutcome): void {
  sayLines(isGood(outcome), `${outcome.zone} ${outcome.outcome}: ${outcome.message}`, outcome.details)
}

function sayLines(isDone: boolean, head: string, details: readonly string[] = []): void {
  const lines = [head, ...details.map((line) => `  ${line}`)]
  if (isDone) printLines(lines)
  else printErrorLines(lines)
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
