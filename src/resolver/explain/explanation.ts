/**
 * The chain of trust of an investigation as a value: for each name of the answer its links from the anchor down, each with its
 * verdict. Text, JSON and DOT are made of it.
 */

import { typeMnemonic } from '../../dns/rr/index.ts'
import { RCODE_SERVFAIL, rcodeMnemonic } from '../../dns/wire/index.ts'
import type { Security } from '../../dnssec/index.ts'
import type { Link } from '../../validator/index.ts'
import type { Resolution } from '../resolution.ts'
import type { EvidenceBundle } from './evidence-bundle.ts'
import type { Investigation, Part } from './investigation.ts'
import { authoritativeAnswer, type ServerReply, serverReplies, socketText } from './server-replies.ts'
import { explainVerdict } from './verdict-words.ts'

export type ExplainedLink = {
  readonly kind: Link['kind']
  readonly name: string
  readonly type: string
  /** What it is, for people: `trust anchor`, `DS`, `no DS`. */
  readonly what: string
  readonly status: Link['status']
  readonly reason?: string
  readonly detail: string
  /** How far below the anchor: zones and the name that is asked for count. */
  readonly depth: number
}

export type ExplainedPart = {
  readonly name: string
  readonly type: string
  readonly status: Security
  readonly reason?: string
  /** Why it is not secure. */
  readonly sentences: readonly string[]
  readonly links: readonly ExplainedLink[]
}

export type Explanation = {
  readonly name: string
  readonly type: string
  readonly status: Security
  readonly rcode: string
  /** What the resolver says of it, beside the verdict. */
  readonly remarks: readonly { readonly code: number; readonly text: string }[]
  readonly at: number
  readonly takenAt: number
  readonly parts: readonly ExplainedPart[]
  /** Where nothing could be judged: how far the chain of trust holds. */
  readonly above?: ExplainedPart
  /** What each server replied, of an answer that is not given. */
  readonly replies: readonly ServerReply[]
  /** What else explains the outcome. */
  readonly notes: readonly string[]
  readonly messages: number
  readonly milliseconds: number
  readonly missing: number
}

export function explain({ bundle, resolution, parts, above, milliseconds, missing }: Investigation): Explanation {
  const { name, type, at, takenAt, exchanges } = bundle
  return {
    name: name.toString(),
    type: typeMnemonic(type),
    status: resolution.security,
    rcode: rcodeMnemonic(resolution.rcode),
    remarks: resolution.remarks,
    at,
    takenAt,
    parts: parts.map(explainPart),
    ...(above !== undefined && { above: explainPart(above) }),
    replies: resolution.rcode === RCODE_SERVFAIL ? serverReplies(exchanges) : [],
    notes: notesOf(bundle, resolution),
    messages: exchanges.length,
    milliseconds,
    missing,
  }
}

/** An authoritative server that is asked as a resolver leaves a chain that ends nowhere. */
export function notesOf({ source, exchanges }: EvidenceBundle, { rcode, security }: Resolution): string[] {
  const isGood = rcode !== RCODE_SERVFAIL && security === 'secure'
  if (source.kind !== 'forwarder' || isGood) return []
  const found = authoritativeAnswer(exchanges)
  if (found === undefined) return []
  const server = socketText(source)
  const whose = found.zone === undefined ? '' : ` for the zone ${found.zone} itself`
  return [
    `${server} answers${whose} as an authoritative server (AA, and no recursion): it was asked as a resolver, and cannot return keys and DS records of zones that it does not serve. Ask a resolver, or leave --server out; to judge its own zone alone, give its keys with --anchor.`,
  ]
}

function explainPart({ name, type, resolution }: Part): ExplainedPart {
  const { verdict, security } = resolution
  return {
    name: name.toString(),
    type: typeMnemonic(type),
    status: security,
    ...(verdict?.reason !== undefined && { reason: verdict.reason }),
    sentences: explainVerdict(verdict),
    links: explainLinks(verdict?.evidence ?? []),
  }
}

function explainLinks(links: readonly Link[]): ExplainedLink[] {
  let depth = 0
  let before: Link | undefined
  return links.map((link) => {
    // Each step to another name goes one deeper, but for proofs that stand beside one another.
    const isBeside = before?.kind === 'denial' && link.kind === 'denial'
    if (before !== undefined && !isBeside && !before.name.equals(link.name)) depth++
    before = link
    const { kind, name, type, status, reason, detail } = link
    return {
      kind,
      name: name.toString(),
      type: typeMnemonic(type),
      what: whatOf(link),
      status,
      ...(reason !== undefined && { reason }),
      detail,
      depth,
    }
  })
}

function whatOf({ kind, type }: Link): string {
  switch (kind) {
    case 'anchor':
      return 'trust anchor'
    case 'dnskey':
      return 'keys'
    case 'ds':
      return 'DS'
    case 'no-ds':
      return 'no DS'
    case 'negative-anchor':
      return 'negative anchor'
    case 'answer':
    case 'denial':
      return typeMnemonic(type)
  }
}
