/** What the links of an alias chain come to together. */
import { typeMnemonic } from '../dns/rr/index.ts'
import type { RRset } from '../dnssec/index.ts'
import type { CachedMessage } from './cache/index.ts'
import { isProof } from './links.ts'
import type { Remark } from './resolution.ts'

const EDE_SYNTHESIZED = 29

/** Names the records that the answer was made from: a wrong one denies all that it covers. */
export function synthesizedFrom({ authority }: CachedMessage): Remark {
  const proofs = authority.filter(isProof).map(({ owner, type }) => `${typeMnemonic(type)} ${owner}`)
  return { code: EDE_SYNTHESIZED, text: `no server was asked: made from ${proofs.join(', ')} (RFC 8198)` }
}

/** The RRsets of the chain, each once: a DNAME may be passed more than once (RFC 2181 §5). */
export function answersOf(messages: readonly CachedMessage[]): readonly RRset[] {
  if (messages.length === 1) return messages[0]?.answer ?? []
  const sets: RRset[] = []
  for (const { answer } of messages) {
    for (const set of answer) {
      if (!sets.some(({ type, owner }) => type === set.type && owner.equals(set.owner))) sets.push(set)
    }
  }
  return sets
}

const ORDER: readonly string[] = ['secure', 'insecure', 'indeterminate', 'unchecked', 'bogus']

/** The link that can be trusted least: it decides on the whole chain. */
export function worstOf(messages: readonly CachedMessage[]): CachedMessage | undefined {
  let worst: CachedMessage | undefined
  for (const message of messages) {
    if (worst === undefined || ORDER.indexOf(message.security) > ORDER.indexOf(worst.security)) worst = message
  }
  return worst
}
