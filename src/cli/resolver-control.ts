/** `signet resolver status|flush|failures|dump`: the resolver of the running server. */

import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { formatTable, showTime } from '../dns/presentation/index.ts'
import type { RecordedFailures, ResolverStatus } from '../server/index.ts'
import { showOctets } from './figures.ts'
import { parseType } from './lookup/question.ts'
import { printBlock, printLines, printObject, printObjects } from './output.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'
import { sayOutcome } from './server-control.ts'
import { zoneArgument } from './zone-control.ts'

const MOST_LISTED = 100
const MOST_LIMIT = 10_000
const HINT = "'signet explain --from-server NAME' shows why one of them failed, and what to do"

export const status = {
  command: (program: Command) =>
    addServerOptions(program).action((flags: ServerFlags) =>
      withServer(flags, async (client) => {
        const found = await client.resolver()
        if (flags.json === true) printObject(found)
        else printLines(statusText(found))
      }),
    ),
}

function statusText(found: ResolverStatus): string[] {
  const { mode, validates, clockDoubt, outstanding, counts, caches, network, recorder } = found
  const named = (row: Readonly<Record<string, number>>): string =>
    Object.entries(row)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none'
  const { questions, failed, stale, special, refusedByLimit, removedAddresses, clockJumps, ...results } = counts
  const rows = [
    ['mode', mode],
    ['validation', validates ? 'on' : 'off'],
    ...(clockDoubt === undefined ? [] : [['clock', clockDoubt]]),
    ...(clockJumps === 0 ? [] : [['clock jumps', String(clockJumps)]]),
    ['questions', `${questions}, ${outstanding} worked on now`],
    ['results', named(results)],
    ['failed', `${failed}, too many at once ${refusedByLimit}`],
    ['special names', String(special)],
    ['stale answers', String(stale)],
    ...(removedAddresses === 0 ? [] : [['removed addresses', String(removedAddresses)]]),
    ['asked servers', named(network.queries)],
    ['replies', named(network.replies)],
    ['timeouts', named(network.timeouts)],
    ['failures', named(network.failures)],
    ['mismatches', String(network.mismatches)],
    ['UDP sockets', String(network.udpSockets)],
    ['recorded failures', recorder === undefined ? 'off' : `${recorder.entries}, ${showOctets(recorder.octets)}`],
  ]
  const table = [
    ['CACHE', 'ENTRIES', 'MEMORY'],
    ...caches.map(({ name, entries, octets }) => [name, String(entries), showOctets(octets)]),
  ]
  const upstream = found.servers.map((server) => {
    const { zone, kind, address, protocol } = server
    return [zone, kind, protocol === 'udp' ? address : `${address} (${protocol})`, serverState(server)]
  })
  const servers = upstream.length === 0 ? [] : ['', ...formatTable([['ZONE', 'KIND', 'SERVER', 'STATE'], ...upstream])]
  const failing = found.failing.map(({ zone, cause, firstAgo, lastAgo, questions }) => {
    const times = questions === 1 ? 'once' : `${questions} times in ${firstAgo} s`
    return `  ${zone}: ${times}, last ${lastAgo} s ago: ${cause}`
  })
  const failures = failing.length === 0 ? [] : ['', 'zones in which names failed', ...failing]
  if (failing.length > 0 && recorder !== undefined) failures.push('', HINT)
  return [...formatTable(rows), '', ...formatTable(table), ...servers, ...failures]
}

/** `replies, 12 ms`; `fails for 40 s: did not reply`. */
function serverState({ state, rttMilliseconds, failingFor, reason }: ResolverStatus['servers'][number]): string {
  const words = [
    state,
    ...(state === 'replies' && rttMilliseconds !== undefined ? [`, ${rttMilliseconds} ms`] : []),
    ...(state === 'fails' && failingFor !== undefined ? [` for ${failingFor} s`] : []),
    ...(reason === undefined ? [] : [state === 'fails' ? `: ${reason}` : `; last error: ${reason}`]),
  ]
  return words.join('')
}

export const flush = {
  command: (program: Command) =>
    addServerOptions(
      program
        .argument('<name>', 'the name to forget')
        .argument('[type]', 'only this type of record')
        .option('--subtree', 'the name and all below it'),
    ).action((word: string, type: string | undefined, flags: ServerFlags & { readonly subtree?: boolean }) => {
      const name = zoneArgument(word)
      if (type !== undefined) parseType(type)
      const body = { name, ...(type !== undefined && { type }), subtree: flags.subtree === true }
      return withServer(flags, async (client) => sayOutcome(flags, await client.actOnResolver('resolver/flush', body)))
    }),
}

export const failures = {
  command: (program: Command) =>
    addServerOptions(
      program.option('--limit <number>', `the most zones and causes to list (default: ${MOST_LISTED})`),
    ).action((flags: ServerFlags & { readonly limit?: string }) => {
      const text = flags.limit ?? String(MOST_LISTED)
      const limit = Number(text)
      if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LIMIT)
        throw new DnsError('usage', `--limit: '${text.slice(0, 40)}' is no number from 1 to ${MOST_LIMIT}`)
      return withServer(flags, async (client) => {
        const found = await client.failures(limit)
        if (flags.json === true) printObject(found)
        else printLines(failuresText(found))
      })
    }),
}

function failuresText({ failures, more }: RecordedFailures): string[] {
  if (failures.length === 0) return ['no failure is recorded']
  const rows = failures.map(({ zone, cause, questions, last, kept }) => {
    const [newest] = kept
    return [zone, cause, String(questions), showTime(last), newest === undefined ? '' : `${newest.name} ${newest.type}`]
  })
  const rest = more === 0 ? [] : [`and ${more} more: --limit lists them`]
  return [...formatTable([['ZONE', 'CAUSE', 'QUESTIONS', 'LAST', 'NEWEST'], ...rows]), ...rest, '', HINT]
}

export const dump = {
  command: (program: Command) =>
    addServerOptions(program)
      .addHelpText(
        'after',
        '\nOne record a line, with what is left of its TTL; behind a semicolon what is known of its truth.',
      )
      .action((flags: ServerFlags) =>
        withServer(flags, async (client) => {
          const decoder = new TextDecoder()
          let rest = ''
          for await (const chunk of client.dumpResolver()) {
            const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n')
            rest = lines.pop() ?? ''
            if (lines.length > 0) await (flags.json === true ? printObjects(lines) : printBlock(lines))
          }
        }),
      ),
}
