/** `signet explain`: the chain of trust from the anchor to the answer, link by link, and why each is what it is. */
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import {
  decodeBundle,
  encodeBundle,
  explain,
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
import { printLines, printObject } from './output.ts'
import { exitOf } from './resolve.ts'
import { now, parseTime } from './times.ts'

type Flags = LookupFlags & { readonly dot?: boolean; readonly save?: string; readonly json?: boolean }

export function command(program: Command): Command {
  return addLookupFlags(
    program
      .argument('<name>', 'the name, an address for its name, or a file that --save wrote')
      .argument('[type]', 'the type of record; A without it')
      .option('--dot', 'prints a graph in the DOT language')
      .option('--save <file>', 'writes all that was exchanged, to be explained again without a network'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  signet explain www.example.org\n  signet explain www.example.org --save evidence.json\n  signet explain evidence.json\n\nA file of evidence (with a slash in its name, or ending in .json) is judged as of the time when it was taken, or of --at.\nExit status: 0 secure, or proved to be insecure; 1 bogus; 3 nothing could be fetched.',
    )
    .action(run)
}

async function run(subject: string, type: string | undefined, flags: Flags): Promise<void> {
  if (flags.dot === true && flags.json === true) throw new DnsError('usage', 'choose one of --dot and --json')
  const found = isFile(subject, type) ? again(subject, flags) : await fromNetwork(subject, type, flags)
  const explanation = explain(found)
  if (flags.json === true) printObject(explanation)
  else printLines(flags.dot === true ? explanationDot(explanation) : explanationText(explanation))
  process.exitCode = exitOf(found)
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

function again(file: string, flags: Flags): Investigation {
  for (const option of ['server', 'root', 'rootHints', 'anchor', 'save'] as const) {
    if (flags[option] !== undefined) throw new DnsError('usage', 'a file of evidence has its servers and anchors in it')
  }
  const bundle = decodeBundle(readTextFile(file, MAX_BUNDLE, { inherited: true }), file)
  return replay(flags.at === undefined ? bundle : { ...bundle, at: parseTime('--at', flags.at, now()) })
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
