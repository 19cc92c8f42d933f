/**
 * The chain of trust of an investigation as a value: for each name of the answer its links from the anchor down, each with its
 * verdict. Text, JSON and DOT are made of it.
 */

import { typeMnemonic } from '../../dns/rr/index.ts'
import { RCODE_SERVFAIL, rcodeMnemonic } from '../../dns/wire/index.ts'
import type { Security } from '../../dnssec/index.ts'
import type { Resolution } from '../resolution.ts'
import type { EvidenceBundle } from './evidence-bundle.ts'
import { type ExplainedPart, explainPart } from './explained-part.ts'
import type { Investigation, Part } from './investigation.ts'
import { authoritativeAnswer, type ServerReply, serverReplies, socketText } from './server-replies.ts'

/** A command, and what it is for. */
export type Step = { readonly command: string; readonly purpose: string }

/** Of a failure that a server recorded. */
export type RecordedContext = {
  /** The zone that is to blame, and why. */
  readonly zone: string
  readonly cause: string
  /** How many questions failed in this zone for this cause, and when the first and the last of them did. */
  readonly questions: number
  readonly first: number
  readonly last: number
  /** What to do. */
  readonly advice: string
  readonly steps: readonly Step[]
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
  readonly recorded?: RecordedContext
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
    parts: parts.map(partOf),
    ...(above !== undefined && { above: partOf(above) }),
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

function partOf({ name, type, resolution: { security, verdict } }: Part): ExplainedPart {
  return explainPart(name, type, security, verdict)
}
