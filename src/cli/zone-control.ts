/** `signet zone reload|refresh|retransfer|notify|freeze|thaw|flush|dump NAME`: what is asked of the running server for one zone. */
import type { Command } from 'commander'
import type { ControlClient, ZoneAction } from '../management/index.ts'
import { parseName } from './arguments.ts'
import { EXIT } from './outcome.ts'
import { printBlock, printLines, printObject, printObjects } from './output.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'

function actionCommand(action: ZoneAction, explanation: string): { command: (program: Command) => Command } {
  return {
    command: (program) =>
      addServerOptions(program.argument('<name>', 'the zone'))
        .addHelpText('after', `\n${explanation}`)
        .action((word: string, flags: ServerFlags) => act(word, action, flags)),
  }
}

function act(word: string, action: ZoneAction, flags: ServerFlags): Promise<void> {
  const name = zoneArgument(word)
  const ask = async (client: ControlClient): Promise<void> => {
    const outcome = await client.act(name, action)
    if (flags.json === true) printObject(outcome)
    else printLines([`${outcome.zone} ${outcome.message}`, ...(outcome.details ?? []).map((line) => `  ${line}`)])
  }
  // As in `server reload`: the zone was looked at, and is bad.
  return withServer(flags, ask, action === 'reload' ? EXIT.bad : EXIT.failed)
}

/** The name as it is asked for. Throws DnsError `usage`. */
export function zoneArgument(word: string): string {
  return parseName(word).toString()
}

export const reload = actionCommand(
  'reload',
  'Reads the master file again and merges it with the changes in the journal; a conflict refuses it and is listed.\nExit status 1 when the file was not taken; the version before is served.',
)
export const refresh = actionCommand('refresh', 'A secondary asks its primaries for their serial now.')
export const retransfer = actionCommand('retransfer', 'A secondary fetches the whole zone, whatever its serial.')
export const notify = actionCommand('notify', 'All secondaries get a NOTIFY again.')
export const freeze = actionCommand(
  'freeze',
  'Writes the changes of the journal to the master file and takes no more of them, so that the file can be edited; thaw ends it.',
)
export const thaw = actionCommand('thaw', 'Reads the master file again and takes changes again.')
export const flush = actionCommand('flush', 'Writes the changes of the journal to the master file.')

export const dump = {
  command: (program: Command) =>
    addServerOptions(program.argument('<name>', 'the zone'))
      .addHelpText('after', '\nThe version that is served, one record a line; with --json each line is a string.')
      .action(dumpZone),
}

function dumpZone(word: string, flags: ServerFlags): Promise<void> {
  const name = zoneArgument(word)
  return withServer(flags, async (client) => {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of client.dumpZone(name)) {
      const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n')
      rest = lines.pop() ?? ''
      if (lines.length > 0) await (flags.json === true ? printObjects(lines) : printBlock(lines))
    }
  })
}
