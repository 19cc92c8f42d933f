/** The options of those commands that resolve and validate by themselves, and the plan that they make. */
import type { Command } from 'commander'
import { DnsError } from '../../dns/errors.ts'
import { type EvidencePlan, type EvidenceSource, parseRootHints, ROOT_HINTS } from '../../resolver/index.ts'
import { readAnchorFile, readTextFile } from '../../store/index.ts'
import { ROOT_ANCHORS } from '../../validator/index.ts'
import { appendWord } from '../arguments.ts'
import { now, parseTime } from '../times.ts'
import { newSeed } from './investigate.ts'
import type { Question } from './question.ts'
import { addServerFlags, parseServer, protocolOf, type ServerFlags, serverOf } from './server-flags.ts'

const MAX_HINTS = 1 << 20

export type LookupFlags = ServerFlags & {
  readonly anchor?: readonly string[]
  readonly at?: string
  readonly root?: string
  readonly rootHints?: string
}

export function addLookupFlags(program: Command): Command {
  return addServerFlags(program)
    .option(
      '--anchor <file>',
      "DS or DNSKEY records, TrustAnchors.dns or root-anchors.xml to trust in place of the root's keys; again for more",
      appendWord,
    )
    .option('--at <time>', 'the time that signatures are held to; now')
    .option('--root-hints <file>', 'a master file with the root servers')
    .option(
      '--root <address>',
      'the one root server, for laboratories; servers at loopback addresses are asked as well',
    )
}

/** Throws DnsError `usage`, or for a file that cannot be used. */
export function planLookup({ name, type }: Question, flags: LookupFlags): EvidencePlan {
  const takenAt = now()
  const sources = [flags.server, flags.root, flags.rootHints].filter((word) => word !== undefined)
  if (sources.length > 1) throw new DnsError('usage', 'choose one of --server, --root and --root-hints')
  if (flags.server === undefined && protocolOf(flags) !== 'udp') {
    throw new DnsError('usage', 'how servers are asked can be chosen for --server only')
  }
  return {
    name,
    type,
    anchors:
      flags.anchor === undefined
        ? ROOT_ANCHORS
        : flags.anchor.flatMap((file) => readAnchorFile(file, { inherited: true })),
    source: sourceOf(flags),
    allowLoopbackServers: flags.root !== undefined || flags.rootHints !== undefined,
    takenAt,
    at: flags.at === undefined ? takenAt : parseTime('--at', flags.at),
    seed: newSeed(),
  }
}

function sourceOf(flags: LookupFlags): EvidenceSource {
  const { root, rootHints, server } = flags
  if (server !== undefined) return { kind: 'forwarder', ...serverOf(flags) }
  if (root !== undefined) return { kind: 'root', ...parseServer('--root', root), protocol: 'udp' }
  if (rootHints === undefined) return { kind: 'hints', hints: ROOT_HINTS }
  return { kind: 'hints', hints: parseRootHints(readTextFile(rootHints, MAX_HINTS, { inherited: true }), rootHints) }
}
