/** `signet explain`: the chain of trust from the anchor to the answer, link by link, and why each is what it is. */
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import {
  decodeEvidence,
  decodeFailure,
  type Explanation,
  encodeBundle,
  explain,
  explainFailure,
  explanationDot,
  explanationText,
  type Investigation,
  MAX_BUNDLE,
  replay,
} from '../resolver/index.ts'
import { FileBeingWritten, isSameFile, readTextFile } from '../store/index.ts'
import { investigate } from './lookup/investigate.ts'
import { addLookupFlags, type LookupFlags, planLookup } from './lookup/lookup-flags.ts'
import { parseQuestion } from './lookup/question.ts'
import { EXIT } from './outcome.ts'
import { printLines, printObject } from './output.ts'
import { exitOf } from './resolve.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'
import { now, parseTime } from './times.ts'

type Flags = LookupFlags &
  ServerFlags & { readonly dot?: boolean; readonly save?: string; readonly fromServer?: boolean }

/** Options that choose servers, anchors and times, as they are written. */
const LOOKUP_OPTIONS = {
  server: '--server',
  tcp: '--tcp',
  tls: '--tls',
  https: '--https',
  serverName: '--server-name',
  authorities: '--authorities',
  httpsPath: '--https-path',
  root: '--root',
  rootHints: '--root-hints',
  anchor: '--anchor',
  at: '--at',
} as const satisfies Partial<Record<keyof Flags, string>>

export function command(program: Command): Command {
  return addServerOptions(
    addLookupFlags(
      program
        .argument('<name>', 'the name, an address for its name, or a file that --save wrote')
        .argument('[type]', 'the type of record; A without it')
        .option('--dot', 'prints a graph in the DOT language')
        .option('--save <file>', 'writes all that was exchanged, to be explained again without a network')
        .option(
          '--from-server',
          'the newest failure of the name that the running server recorded, of any type without one',
        ),
    ),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  signet explain www.example.org\n  signet explain www.example.org --save evidence.json\n  signet explain evidence.json\n  signet explain --from-server www.example.org\n\nA file of evidence (with a slash in its name, or ending in .json) is judged as of the time when it was taken, or of --at. A failure of a server\nis shown as that server judged it.\nExit status: 0 secure, or proved to be insecure; 1 bogus; 3 nothing could be fetched; 2 with --from-server when there is no such failure.',
    )
    .action(run)
}

async function run(subject: string, type: string | undefined, flags: Flags): Promise<void> {
  if (flags.dot === true && flags.json === true) throw new DnsError('usage', 'choose one of --dot and --json')
  if (flags.fromServer === true) return fromServer(subject, type, flags)
  for (const option of ['data', 'config'] as const) {
    if (flags[option] !== undefined) throw new DnsError('usage', `--${option} is for --from-server`)
  }
  if (isFile(subject, type)) again(subject, flags)
  else showInvestigation(await fromNetwork(subject, type, flags), flags)
}

async function fromNetwork(subject: string, type: string | undefined, flags: Flags): Promise<Investigation> {
  refuseOverwriting(flags)
  const found = await investigate(planLookup(parseQuestion(subject, type), flags), flags)
  if (flags.save !== undefined) save(flags.save, encodeBundle(found.bundle))
  return found
}

/** Before the network is asked: what was read is not written over. */
function refuseOverwriting({ save, anchor = [], rootHints, authorities }: Flags): void {
  const read = [...anchor, rootHints, authorities].filter((file) => file !== undefined)
  if (save !== undefined && read.some((file) => isSameFile(save, file))) {
    throw new DnsError('usage', `--save: ${save} is read by another option: name another file`)
  }
}

function again(file: string, flags: Flags): void {
  for (const option of ['server', 'root', 'rootHints', 'anchor', 'save'] as const) {
    if (flags[option] !== undefined) throw new DnsError('usage', 'a file of evidence has its servers and anchors in it')
  }
  const evidence = decodeEvidence(readTextFile(file, MAX_BUNDLE, { inherited: true }), file)
  if (evidence.kind === 'failure') {
    const why =
      'a failure that a server recorded is shown as it was judged then; ask again with a bundle, or the network'
    if (flags.at !== undefined) throw new DnsError('usage', `--at: ${why}`)
    showFailure(explainFailure(evidence.failure), flags)
  } else {
    const { bundle } = evidence
    showInvestigation(
      replay(flags.at === undefined ? bundle : { ...bundle, at: parseTime('--at', flags.at, now()) }),
      flags,
    )
  }
}

/** The newest failure of a name that the running server recorded. */
async function fromServer(subject: string, type: string | undefined, flags: Flags): Promise<void> {
  for (const [key, option] of Object.entries(LOOKUP_OPTIONS)) {
    if (Object.entries(flags).some(([flag, value]) => flag === key && value !== undefined)) {
      throw new DnsError('usage', `${option} has no effect with --from-server: remove one of them`)
    }
  }
  const { name } = parseQuestion(subject, type)
  await withServer(flags, async (client) => {
    const text = await client.failure(name.toString(), type)
    const failure = decodeFailure(text, client.path)
    if (flags.save !== undefined) save(flags.save, text)
    showFailure(explainFailure(failure), flags)
  })
}

function showInvestigation(found: Investigation, flags: Flags): void {
  show(explain(found), flags)
  process.exitCode = exitOf(found)
}

function showFailure(explanation: Explanation, flags: Flags): void {
  show(explanation, flags)
  process.exitCode = explanation.status === 'bogus' ? EXIT.bad : EXIT.failed
}

function show(explanation: Explanation, { json, dot }: Flags): void {
  if (json === true) printObject(explanation)
  else printLines(dot === true ? explanationDot(explanation) : explanationText(explanation))
}

/** A file that `--save` wrote: with a slash in its name, or ending in .json, which no domain does. */
function isFile(subject: string, type: string | undefined): boolean {
  return type === undefined && (/[/\\]/.test(subject) || subject.endsWith('.json'))
}

function save(path: string, text: string): void {
  const file = new FileBeingWritten(path)
  file.write(new TextEncoder().encode(text))
  file.commit()
}
