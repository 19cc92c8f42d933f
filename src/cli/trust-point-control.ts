/** `signet trust-point list|refresh|add|remove|export` and `signet negative-anchor list|add|remove`: what the running server believes. */

import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { formatTable, showTime } from '../dns/presentation/index.ts'
import type { TrustPointStatus } from '../server/index.ts'
import { FileBeingWritten, readAnchorFile } from '../store/index.ts'
import { parseWhole } from './arguments.ts'
import { printLine, printLines, printObject } from './output.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'
import { sayOutcome } from './server-control.ts'
import { now, parseTime } from './times.ts'
import { recordOf } from './trust-point-root.ts'
import { zoneArgument } from './zone-control.ts'

/** RFC 7646 §2: a negative anchor that nobody ends ends by itself. */
const USUAL_END = '+7d'

export const list = {
  command: (program: Command) =>
    addServerOptions(program).action((flags: ServerFlags) =>
      withServer(flags, async (client) => {
        const points = await client.trustPoints()
        if (flags.json === true) printObject({ trustPoints: points })
        else printLines(listText(points))
      }),
    ),
}

function listText(points: readonly TrustPointStatus[]): string[] {
  if (points.length === 0) return ['there are no trust points: nothing is validated']
  return points.flatMap((point, i) => (i === 0 ? pointText(point) : ['', ...pointText(point)]))
}

function pointText({ zone, state, anchors, lastSuccess, nextRefresh, lastResult, followsRollovers }: TrustPointStatus) {
  const rows = anchors.map(({ kind, keyTag, algorithm, state: own, since, origin }) => [
    '',
    kind.toUpperCase(),
    String(keyTag),
    `algorithm ${algorithm}`,
    own,
    since === undefined ? '' : `since ${showTime(since)}`,
    origin,
  ])
  const facts = [
    ['', 'keys verified', lastSuccess === undefined ? 'never' : showTime(lastSuccess)],
    ['', 'next look', nextRefresh === undefined ? (followsRollovers ? 'soon' : 'never') : showTime(nextRefresh)],
    ...(lastResult === undefined ? [] : [['', 'last look', lastResult]]),
  ]
  return [`${zone} ${state}`, ...formatTable(rows), ...formatTable(facts)]
}

export const refresh = {
  command: (program: Command) =>
    addServerOptions(program.argument('[zone]', 'one trust point; all without it')).action(
      (word: string | undefined, flags: ServerFlags) => {
        const body = word === undefined ? {} : { zone: zoneArgument(word) }
        return withServer(flags, async (client) =>
          sayOutcome(flags, await client.actOnResolver('trust-points/refresh', body)),
        )
      },
    ),
}

export const add = {
  command: (program: Command) =>
    addServerOptions(
      program.argument(
        '<file>',
        'DS or DNSKEY records (a dsset- or keyset- file, TrustAnchors.dns), or root-anchors.xml',
      ),
    ).action((file: string, flags: ServerFlags) => {
      const records = readAnchorFile(file, { inherited: true })
        .map((anchor) => `${recordOf(anchor)}\n`)
        .join('')
      return withServer(flags, async (client) =>
        sayOutcome(flags, await client.actOnResolver('trust-points/add', { records })),
      )
    }),
}

export const remove = {
  command: (program: Command) =>
    addServerOptions(
      program.argument('<zone>', 'the trust point').option('--key-tag <tag>', 'only the anchors with this key tag'),
    ).action((word: string, flags: ServerFlags & { readonly keyTag?: string }) => {
      const keyTag = flags.keyTag === undefined ? undefined : parseWhole('--key-tag', flags.keyTag, 0, 65_535)
      const body = { zone: zoneArgument(word), ...(keyTag !== undefined && { keyTag }) }
      return withServer(flags, async (client) =>
        sayOutcome(flags, await client.actOnResolver('trust-points/remove', body)),
      )
    }),
}

/** In the form that Windows and we ourselves read back. */
export const exportAnchors = {
  command: (program: Command) =>
    addServerOptions(
      program.argument('[zone]', 'one trust point; all without it').option('--out <file>', 'where to; standard output'),
    )
      .addHelpText('after', '\nPrints the anchors that count as DS and DNSKEY records, as TrustAnchors.dns has them.')
      .action((word: string | undefined, flags: ServerFlags & { readonly out?: string }) =>
        withServer(flags, async (client) => {
          const zone = word === undefined ? undefined : zoneArgument(word).toLowerCase()
          const points = (await client.trustPoints()).filter((point) => zone === undefined || point.zone === zone)
          if (zone !== undefined && points.length === 0) throw new DnsError('usage', `there is no trust point ${zone}`)
          const records = points.flatMap(({ anchors }) =>
            anchors.filter(({ state }) => COUNTING.has(state)).map(({ record }) => record),
          )
          if (flags.json === true) printObject({ records })
          else if (flags.out === undefined || flags.out === '-') printLines(records)
          else writeLines(flags.out, records)
        }),
      ),
}

const COUNTING: ReadonlySet<string> = new Set(['Valid', 'Missing', 'DSPending'])

function writeLines(path: string, lines: readonly string[]): void {
  const file = new FileBeingWritten(path)
  file.write(new TextEncoder().encode(lines.map((line) => `${line}\n`).join('')))
  file.commit()
}

export const listNegative = {
  command: (program: Command) =>
    addServerOptions(program).action((flags: ServerFlags) =>
      withServer(flags, async (client) => {
        const negativeAnchors = await client.negativeAnchors()
        if (flags.json === true) printObject({ negativeAnchors })
        else if (negativeAnchors.length === 0) printLine('there are no negative trust anchors')
        else {
          const rows = negativeAnchors.map(({ name, until, reason }) => [
            name,
            until === undefined ? 'until the next start' : `until ${showTime(until)}`,
            reason ?? '',
          ])
          printLines(formatTable(rows))
        }
      }),
    ),
}

export const addNegative = {
  command: (program: Command) =>
    addServerOptions(
      program
        .argument('<name>', 'at and below it nothing is validated (RFC 7646)')
        .option('--until <time>', `when it ends; ${USUAL_END}`)
        .option('--reason <text>', 'why, for those who come later'),
    ).action((word: string, flags: ServerFlags & { readonly until?: string; readonly reason?: string }) => {
      const until = parseTime('--until', flags.until ?? USUAL_END, now())
      const { reason } = flags
      const body = { name: zoneArgument(word), until, ...(reason !== undefined && { reason }) }
      return withServer(flags, async (client) =>
        sayOutcome(flags, await client.actOnResolver('negative-anchors/add', body)),
      )
    }),
}

export const removeNegative = {
  command: (program: Command) =>
    addServerOptions(program.argument('<name>', 'the name')).action((word: string, flags: ServerFlags) =>
      withServer(flags, async (client) =>
        sayOutcome(flags, await client.actOnResolver('negative-anchors/remove', { name: zoneArgument(word) })),
      ),
    ),
}
