/**
 * Decides what a principal may do: one pure function for queries, transfers, messages of the DNS that change something, and
 * the routes of the API. Each action has one rule, which names the lists that decide.
 *
 *     authorize(client, 'transfer', zone)
 *     authorize(operator, 'management-write')
 *
 * What it does not do: check the signature that a principal stands on (`authentication.ts`), or the transport that an action
 * needs. Plain questions that the packet path answers do not reach it: for them, a zone with a list is marked as restricted,
 * and `authority/client-list.ts` holds the prefixes of `resolver.allow`.
 */
import { equalOctets } from '../../dns/octets.ts'
import type { AccessList } from '../access-list.ts'
import type { Remote } from '../configuration/index.ts'
import { type Client, keyOf, type Principal } from './principal.ts'

/** The actions, and what each is done to. */
export type Targets = {
  /** Asks a zone a question. Without a list everybody may. */
  readonly query: [zone: { readonly allowQuery: AccessList | undefined }]
  /** Has a zone sent, whole or by differences. */
  readonly transfer: [zone: { readonly allowTransfer: AccessList }]
  /** Says that a secondary zone has a new version at its primary (RFC 1996 §3.10). */
  readonly notify: [zone: { readonly primaries: readonly Remote[]; readonly allowNotify: AccessList }]
  /** Changes a zone (RFC 2136). */
  readonly update: []
  /** Has a question resolved. */
  readonly resolve: [resolver: { readonly allow: AccessList }]
  /** Reads status, statistics and settings over the API. */
  readonly 'management-read': []
  /** Reads what zones and caches hold over the API. */
  readonly 'management-export': []
  /** Changes the running server over the API. */
  readonly 'management-write': []
}

export type Action = keyof Targets
export type ManagementAction = Extract<Action, `management-${string}`>

/** `reason`: the end of a sentence about what was refused, for logs and answers. */
export type Decision = { readonly isAllowed: true } | { readonly isAllowed: false; readonly reason: string }

const ALLOWED: Decision = { isAllowed: true }

function refuse(reason: string): Decision {
  return { isAllowed: false, reason }
}

type Rules = { readonly [A in Action]: (principal: Principal, ...target: Targets[A]) => Decision }

const RULES: Rules = {
  query: (principal, { allowQuery }) =>
    allowQuery === undefined || isListed(principal, allowQuery) ? ALLOWED : refuse('not in allowQuery'),

  transfer: (principal, { allowTransfer }) => (isListed(principal, allowTransfer) ? ALLOWED : refuse('not allowed')),

  notify: (principal, { primaries, allowNotify }) =>
    primaryOf(principal, primaries) >= 0 || isListed(principal, allowNotify)
      ? ALLOWED
      : refuse('not of a primary with its key, nor allowed'),

  update: () => refuse('updates are not supported'),

  resolve: (principal, { allow }) => (isListed(principal, allow) ? ALLOWED : refuse('not in resolver.allow')),

  'management-read': ({ kind }) => (kind === 'client' ? refuse('not a request to the API') : ALLOWED),

  'management-export': ({ kind }) =>
    kind === 'operator' ? ALLOWED : refuse('only the control socket shows what zones and caches hold'),

  'management-write': ({ kind }) =>
    kind === 'operator' ? ALLOWED : refuse('only the control socket takes requests that change something'),
}

export function authorize<A extends Action>(principal: Principal, action: A, ...target: Targets[A]): Decision {
  return RULES[action](principal, ...target)
}

/** The index of the primary that a client is, with its key where it has one; -1 for others. */
export function primaryOf(principal: Principal, primaries: readonly Remote[]): number {
  if (principal.kind !== 'client') return -1
  return primaries.findIndex((primary) => isRemote(principal, primary))
}

function isRemote(client: Client, { address, tsigKey }: Remote): boolean {
  return equalOctets(address, client.peer.address) && (tsigKey === undefined || keyOf(client)?.equals(tsigKey) === true)
}

/** Lists name addresses and keys of clients of the DNS. The operator, who may change them, is on all of them. */
function isListed(principal: Principal, list: AccessList): boolean {
  switch (principal.kind) {
    case 'client':
      return list.allows(principal.peer.address, keyOf(principal))
    case 'api-client':
      return false
    case 'operator':
      return true
  }
}
