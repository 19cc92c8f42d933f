/**
 * A failure as the resolver of a server found it: its verdict link by link, and the messages that this attempt exchanged. Unlike a
 * bundle it is not judged again. What the resolver had in its caches and knew of servers is not in it, and would have to be
 * guessed; what it concluded from that is, in its own words.
 */
import type { Name } from '../../dns/name/index.ts'
import type { UnixSeconds } from '../../dns/presentation/index.ts'
import type { Security } from '../../dnssec/index.ts'
import type { Verdict } from '../../validator/index.ts'
import type { JudgedAlias, Remark, Resolution } from '../resolution.ts'
import { blankCookies } from './blank-cookies.ts'
import { EVIDENCE_FORMAT, FAILURE_VERSION, openEvidence } from './evidence-format.ts'
import { exchangeJson, readExchanges } from './exchange-json.ts'
import { type ExplainedLink, type ExplainedPart, explainAlias, explainChain, explainPart } from './explained-part.ts'
import type { Fields } from './fields.ts'
import type { RecordedExchange } from './recording.ts'
import { type CauseCode, isCauseCode } from './remedies.ts'

/** Octets of messages of one failure. */
const MOST_MESSAGE_OCTETS = 1 << 16
const MOST_EXCHANGES = 120
const MOST_PARTS = 16
/** Of all parts together. */
const MOST_LINKS = 60
/** Letters of each sentence. */
const MOST_TEXT = 1000
const MOST_REMARKS = 20
const SECURITIES = ['secure', 'insecure', 'bogus', 'indeterminate', 'unchecked'] as const
const STATUSES = ['secure', 'insecure', 'bogus', 'indeterminate'] as const
const LINK_KINDS = ['anchor', 'dnskey', 'ds', 'no-ds', 'negative-anchor', 'answer', 'denial'] as const

export type RecordedFailure = {
  readonly name: Name
  readonly type: number
  /** When it failed, by the wall clock of the server. */
  readonly at: UnixSeconds
  readonly zone: Name
  readonly cause: CauseCode
  readonly status: Security
  readonly remarks: readonly Remark[]
  readonly parts: readonly ExplainedPart[]
  /** Where nothing could be judged: how far the chain of trust was known to hold. */
  readonly above?: ExplainedPart
  readonly exchanges: readonly RecordedExchange[]
  /** The first messages were not held any more. */
  readonly isCut: boolean
  readonly milliseconds: number
}

/** How often questions failed in this zone for this cause, and the first and last time. */
export type Repeats = { readonly questions: number; readonly first: UnixSeconds; readonly last: UnixSeconds }

export type FailureFacts = {
  readonly name: Name
  readonly type: number
  readonly zone: Name
  readonly cause: CauseCode
  readonly at: UnixSeconds
  /** How far the chain of trust towards a name is known to hold. */
  readonly chainTowards: (name: Name) => Verdict | undefined
}

/** What is to be kept of a resolution that failed, at most some 200 kB. Undefined: it has no attempt. */
export function recordFailure(
  { security, remarks, verdict, attempt }: Resolution,
  { chainTowards, ...facts }: FailureFacts,
): RecordedFailure | undefined {
  if (attempt === undefined) return undefined
  const { aliases, name, exchanges: made, milliseconds } = attempt
  const { exchanges, isCut } = newestOf(made.read())
  for (const exchange of exchanges) blankCookies(exchange)
  const known = verdict === undefined ? chainTowards(name) : undefined
  return {
    ...facts,
    status: security,
    remarks: remarks.slice(0, MOST_REMARKS).map(({ code, text }) => ({ code, text: clip(text) })),
    parts: partsOf(aliases, chainTowards, explainPart(name, facts.type, security, shortened(verdict, MOST_LINKS))),
    ...(known?.zone !== undefined && { above: clipped(explainChain(shortened(known, MOST_LINKS), known.zone)) }),
    exchanges,
    isCut,
    milliseconds: Math.round(milliseconds),
  }
}

/** The aliases, with as many of their links as the part that failed leaves room for, and that part. */
function partsOf(
  aliases: readonly JudgedAlias[],
  chainTowards: FailureFacts['chainTowards'],
  failed: ExplainedPart,
): ExplainedPart[] {
  let room = MOST_LINKS - failed.links.length
  const parts = aliases.slice(0, MOST_PARTS - 1).map((alias) => {
    const chain = chainTowards(alias.name)
    const part = explainAlias(
      { ...alias, verdict: shortened(alias.verdict, room) },
      room > 1 ? shortened(chain, room - 1) : undefined,
    )
    room -= part.links.length
    return clipped(part)
  })
  return [...parts, clipped(failed)]
}

/** The verdict with its first and its last links, `most` in all. Words that are left out are not made. */
function shortened<V extends Verdict | undefined>(verdict: V, most: number): V | Verdict {
  if (verdict === undefined) return verdict
  const { evidence } = verdict
  if (evidence.length <= most) return verdict
  const links = most < 2 ? [] : [...evidence.slice(0, 1), ...evidence.slice(1 - most)]
  const { status, reason, detail, zone } = verdict
  return {
    status,
    ...(reason !== undefined && { reason }),
    ...(detail !== undefined && { detail }),
    ...(zone !== undefined && { zone }),
    evidence: links,
  }
}

function clipped({ sentences, links, ...rest }: ExplainedPart): ExplainedPart {
  return {
    ...rest,
    sentences: sentences.map(clip),
    links: links.map((link) => ({ ...link, detail: clip(link.detail) })),
  }
}

function clip(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT - 1)}…`
}

function newestOf({ exchanges, isCut }: { exchanges: readonly RecordedExchange[]; isCut: boolean }): {
  readonly exchanges: readonly RecordedExchange[]
  readonly isCut: boolean
} {
  let octets = 0
  let from = exchanges.length
  while (from > 0 && exchanges.length - from < MOST_EXCHANGES) {
    const last = exchanges[from - 1]
    octets += last?.reply.kind === 'message' ? last.reply.octets.length : 0
    if (octets > MOST_MESSAGE_OCTETS) break
    from--
  }
  return { exchanges: exchanges.slice(from), isCut: isCut || from > 0 }
}

/** The failure as members of a JSON object, in lines: what `failureText` takes. */
export function encodeFailure(failure: RecordedFailure): string {
  const { name, type, at, zone, cause, status, remarks, parts, above, exchanges, isCut, milliseconds } = failure
  return [
    `"name":${JSON.stringify(name)},"type":${type},"at":${at},"milliseconds":${milliseconds}`,
    `"zone":${JSON.stringify(zone)},"cause":"${cause}","status":"${status}","remarks":${JSON.stringify(remarks)}`,
    `"parts":${JSON.stringify(parts)}`,
    ...(above === undefined ? [] : [`"above":${JSON.stringify(above)}`]),
    `"isCut":${isCut}`,
    `"exchanges":[\n${exchanges.map((exchange) => `  ${JSON.stringify(exchangeJson(exchange))}`).join(',\n')}\n]`,
  ].join(',\n')
}

/** A file of evidence: what `encodeFailure` made, and how often it came. */
export function failureText(encoded: string, { questions, first, last }: Repeats): string {
  const head = `"format":"${EVIDENCE_FORMAT}","version":${FAILURE_VERSION}`
  return `{${head},\n"questions":${questions},"first":${first},"last":${last},\n${encoded}}\n`
}

/** Throws DnsError `input-unreadable` that names `file` and the place in it that is wrong. */
export function decodeFailure(text: string, file: string): RecordedFailure & Repeats {
  return failureOf(openEvidence(text, file, [FAILURE_VERSION]))
}

export function failureOf(fields: Fields): RecordedFailure & Repeats {
  const cause = fields.text('cause')
  if (!isCauseCode(cause)) fields.fail('cause', 'is no cause of a failure')
  return {
    name: fields.name('name'),
    type: fields.count('type', 0xffff),
    at: fields.count('at', 0xffffffff),
    zone: fields.name('zone'),
    cause,
    status: fields.oneOf('status', SECURITIES),
    remarks: fields
      .list('remarks', MOST_REMARKS)
      .map((remark) => ({ code: remark.count('code', 0xffff), text: remark.text('text') })),
    parts: fields.list('parts', MOST_PARTS).map(readPart),
    ...(fields.has('above') && { above: readPart(fields.object('above')) }),
    exchanges: readExchanges(fields),
    isCut: fields.flag('isCut'),
    milliseconds: fields.count('milliseconds', 10_000_000),
    questions: fields.count('questions', Number.MAX_SAFE_INTEGER),
    first: fields.count('first', 0xffffffff),
    last: fields.count('last', 0xffffffff),
  }
}

function readPart(fields: Fields): ExplainedPart {
  return {
    name: fields.text('name'),
    type: fields.text('type'),
    status: fields.oneOf('status', SECURITIES),
    ...(fields.has('reason') && { reason: fields.text('reason') }),
    sentences: fields.texts('sentences', MOST_LINKS),
    links: fields.list('links', MOST_LINKS).map(readLink),
  }
}

function readLink(fields: Fields): ExplainedLink {
  return {
    kind: fields.oneOf('kind', LINK_KINDS),
    name: fields.text('name'),
    type: fields.text('type'),
    what: fields.text('what'),
    status: fields.oneOf('status', STATUSES),
    ...(fields.has('reason') && { reason: fields.text('reason') }),
    detail: fields.text('detail'),
    depth: fields.count('depth', MOST_LINKS),
  }
}
