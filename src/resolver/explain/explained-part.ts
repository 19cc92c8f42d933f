/** One name of an answer with its chain of trust, from the anchor down, in words. */
import type { Name } from '../../dns/name/index.ts'
import { CNAME, DNSKEY, DS, typeMnemonic } from '../../dns/rr/index.ts'
import type { Security } from '../../dnssec/index.ts'
import type { Link, Verdict } from '../../validator/index.ts'
import type { JudgedAlias } from '../resolution.ts'
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

export function explainPart(name: Name, type: number, security: Security, verdict: Verdict | undefined): ExplainedPart {
  return {
    name: name.toString(),
    type: typeMnemonic(type),
    status: security,
    ...(verdict?.reason !== undefined && { reason: verdict.reason }),
    sentences: explainVerdict(verdict),
    links: explainLinks(verdict?.evidence ?? []),
  }
}

/** How far the chain of trust towards a name holds: up to the zone of the verdict. */
export function explainChain(verdict: Verdict, zone: Name): ExplainedPart {
  return explainPart(zone, zone.isRoot ? DNSKEY.number : DS.number, verdict.status, verdict)
}

/** An alias that was followed. Of one that was validated before, nothing but the chain to its zone may be known. */
export function explainAlias({ name, security, verdict }: JudgedAlias, chain: Verdict | undefined): ExplainedPart {
  const found = explainPart(name, CNAME.number, security, verdict)
  if (found.links.length > 0 || chain === undefined || chain.status !== security) return found
  const detail = 'validated before, and cached'
  const link = { kind: 'answer', name, type: CNAME.number, status: chain.status, detail } as const
  return { ...found, links: explainLinks([...chain.evidence, link]) }
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
