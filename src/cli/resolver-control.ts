/** `signet resolver status|flush|dump`: the resolver of the running server. */

import type { Command } from 'commander'
import { formatTable } from '../dns/presentation/index.ts'
import type { ResolverStatus } from '../server/index.ts'
import { showOctets } from './figures.ts'
import { parseType } from './lookup/question.ts'
import { printBlock, printLines, printObject, printObjects } from './output.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'
import { sayOutcome } from './server-control.ts'
import { zoneArgument } from './zone-control.ts'

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
  const { mode, validates, clockDoubt, outstanding, counts, caches, network } = found
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
