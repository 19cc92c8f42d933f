/** `signet resolve`: asks a server one question, or resolves and validates it in this process. */

import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { formatTable, type Line, paint } from '../dns/presentation/index.ts'
import { typeMnemonic } from '../dns/rr/index.ts'
import { rcodeMnemonic } from '../dns/wire/index.ts'
import { explainVerdict, extendedErrorText, type Investigation, notesOf } from '../resolver/index.ts'
import { formatSocketAddress } from '../transport/index.ts'
import { investigate } from './lookup/investigate.ts'
import { addLookupFlags, type LookupFlags, planLookup } from './lookup/lookup-flags.ts'
import { askPlainly, type PlainAnswer } from './lookup/plain-query.ts'
import { parseQuestion, type Question } from './lookup/question.ts'
import { serverOf } from './lookup/server-flags.ts'
import { sectionText, shownRecord, shownSets } from './lookup/show-answer.ts'
import { EXIT } from './outcome.ts'
import { printLines, printObject } from './output.ts'

type Flags = LookupFlags & {
  readonly validate?: boolean
  readonly dnssecOk?: boolean
  readonly checkingDisabled?: boolean
  readonly json?: boolean
}

const SERVFAIL = 2
const REFUSED = 5
const EDE = 'ede'

export function command(program: Command): Command {
  return addLookupFlags(
    program
      .argument('<name>', 'the name to ask for; an address asks for its name')
      .argument('[type]', 'the type of record; A without it')
      .option('--validate', 'resolves and validates here: from the root, or with --server as a forwarder')
      .option('--dnssec-ok', 'wants signatures and proofs (DO)')
      .option('--checking-disabled', 'wants data that does not validate as well (CD)'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  signet resolve www.example.org AAAA --server 192.0.2.53\n  signet resolve www.example.org --validate\n\nExit status: 0 there is an answer, be it that there is no such name; 1 the answer is bogus, or the server says that it\nfailed or refuses; 3 nothing could be fetched.',
    )
    .action(resolve)
}

async function resolve(name: string, type: string | undefined, flags: Flags): Promise<void> {
  const question = parseQuestion(name, type)
  if (flags.validate === true) return validate(question, flags)
  for (const [option, value] of Object.entries({ '--anchor': flags.anchor, '--at': flags.at, '--root': flags.root })) {
    if (value !== undefined) throw new DnsError('usage', `${option} is for --validate`)
  }
  if (flags.rootHints !== undefined) throw new DnsError('usage', '--root-hints is for --validate')
  const server = serverOf(flags)
  const { dnssecOk = false, checkingDisabled = false } = flags
  const answer = await askPlainly(question, server, { dnssecOk, checkingDisabled, tls: flags })
  const where = `${formatSocketAddress(server)} (${answer.protocol})`
  if (flags.json === true) printObject(plainJson(question, answer, where))
  else printLines(plainText(question, answer, where))
  const { rcode } = answer.message.header
  if (rcode === SERVFAIL || rcode === REFUSED) process.exitCode = EXIT.bad
}

function flagWords({ header }: PlainAnswer['message']): string[] {
  const { aa, tc, rd, ra, ad, cd } = header
  const words = { AA: aa, TC: tc, RD: rd, RA: ra, AD: ad, CD: cd }
  return Object.entries(words).flatMap(([word, isSet]) => (isSet ? word : []))
}

function errorsOf({ edns }: PlainAnswer['message']): { code: number; text: string }[] {
  return (edns?.options ?? []).flatMap((option) =>
    option.kind === EDE ? { code: option.infoCode, text: option.text } : [],
  )
}

function plainText(
  { name, type }: Question,
  { message, octets, milliseconds, edns }: PlainAnswer,
  where: string,
): Line[] {
  const rcode = rcodeMnemonic(message.header.rcode)
  const rows = [
    ['status', rcode],
    ['flags', flagWords(message).join(' ')],
    ...(edns ? [] : [['EDNS', 'the server does not accept it: asked without it']]),
    ...errorsOf(message).map(({ code, text }) => ['error', extendedErrorText(code, text)]),
    ['server', `${where}, ${milliseconds} ms, ${octets} octets`],
  ]
  return [
    [paint(`${name} ${typeMnemonic(type)}`, 'strong')],
    ...formatTable(rows),
    ...sectionText('answer', message.answer.map(shownRecord)),
    ...sectionText('authority', message.authority.map(shownRecord)),
    ...sectionText('additional', message.additional.map(shownRecord)),
  ]
}

function plainJson(
  { name, type }: Question,
  { message, octets, milliseconds, protocol, edns }: PlainAnswer,
  server: string,
) {
  return {
    name: name.toString(),
    type: typeMnemonic(type),
    rcode: rcodeMnemonic(message.header.rcode),
    flags: flagWords(message),
    errors: errorsOf(message),
    answer: message.answer.map(shownRecord),
    authority: message.authority.map(shownRecord),
    additional: message.additional.map(shownRecord),
    server,
    protocol,
    edns,
    milliseconds,
    octets,
  }
}

async function validate(question: Question, flags: Flags): Promise<void> {
  const found = await investigate(planLookup(question, flags), flags)
  if (flags.json === true) printObject(foundJson(found, flags))
  else printLines(foundText(found, flags))
  process.exitCode = exitOf(found)
}

/** 0 secure or insecure, 1 bogus, 3 nothing could be fetched. */
export function exitOf({ resolution }: Investigation): number {
  if (resolution.security === 'bogus') return EXIT.bad
  return resolution.rcode === SERVFAIL ? EXIT.failed : EXIT.good
}

function foundText({ bundle, resolution, milliseconds }: Investigation, { dnssecOk = false }: Flags): Line[] {
  const { security, rcode, answer, authority, remarks, verdict } = resolution
  const count = bundle.exchanges.length
  const rows = [
    ['status', `${rcodeMnemonic(rcode)}, ${security}`],
    ...explainVerdict(verdict).map((sentence, i) => [i === 0 ? 'reason' : '', sentence]),
    ...remarks.map(({ code, text }) => ['error', extendedErrorText(code, text)]),
    ...notesOf(bundle, resolution).map((note) => ['note', note]),
    ['asked', `${count === 1 ? '1 message' : `${count} messages`}, ${milliseconds} ms`],
  ]
  return [
    [paint(`${bundle.name} ${typeMnemonic(bundle.type)}`, security)],
    ...formatTable(rows),
    ...sectionText('answer', shownSets(answer, dnssecOk)),
    ...sectionText('authority', shownSets(authority, dnssecOk)),
  ]
}

function foundJson({ bundle, resolution, milliseconds }: Investigation, { dnssecOk = false }: Flags) {
  const { security, rcode, answer, authority, remarks, verdict } = resolution
  return {
    name: bundle.name.toString(),
    type: typeMnemonic(bundle.type),
    rcode: rcodeMnemonic(rcode),
    security,
    ...(verdict?.reason !== undefined && { reason: verdict.reason }),
    ...(verdict?.detail !== undefined && { detail: verdict.detail }),
    errors: remarks,
    notes: notesOf(bundle, resolution),
    answer: shownSets(answer, dnssecOk),
    authority: shownSets(authority, dnssecOk),
    messages: bundle.exchanges.length,
    milliseconds,
  }
}
