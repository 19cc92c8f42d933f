/** What each kind of principal may do, action by action, and what the lists of zones and resolver decide. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { ClientList } from '../../authority/index.ts'
import { Name } from '../../dns/name/index.ts'
import { parseAddress } from '../../transport/index.ts'
import { AccessList } from '../access-list.ts'
import type { Remote } from '../configuration/index.ts'
import { type Action, authorize, type Decision, primaryOf } from './authorize.ts'
import { type Client, clientOf, OPERATOR, type Principal } from './principal.ts'

function client(address: string, key?: string): Client {
  const octets = parseAddress(address)
  assert.ok(octets !== undefined)
  const identity = key === undefined ? ({ kind: 'none' } as const) : ({ kind: 'tsig', key: Name.parse(key) } as const)
  return clientOf({ protocol: 'tcp', address: octets, port: 53 }, identity)
}

function remote(address: string, tsigKey?: string): Remote {
  const octets = parseAddress(address)
  assert.ok(octets !== undefined)
  return { address: octets, port: 53, tls: undefined, tsigKey: tsigKey === undefined ? undefined : Name.parse(tsigKey) }
}

const PRINCIPALS = {
  stranger: client('192.0.2.1'),
  'on the list': client('198.51.100.1'),
  'with a key on the list': client('192.0.2.1', 'listed.'),
  'with another key': client('192.0.2.1', 'other.'),
  primary: client('203.0.113.1'),
  'primary without its key': client('203.0.113.2'),
  'primary with its key': client('203.0.113.2', 'primary.'),
  'primary with another key': client('203.0.113.2', 'other.'),
  'key of a primary elsewhere': client('192.0.2.1', 'primary.'),
  'client of the API': { kind: 'api-client', address: '198.51.100.1' },
  operator: OPERATOR,
} as const satisfies Record<string, Principal>

const LIST = AccessList.parse(['198.51.100.0/24', 'key:listed.'])
const ZONE = {
  allowQuery: LIST,
  allowTransfer: LIST,
  allowNotify: LIST,
  primaries: [remote('203.0.113.1'), remote('203.0.113.2', 'primary.')],
}

type Row = {
  readonly decide: (principal: Principal) => Decision
  /** Those who may; nobody else may. */
  readonly allowed: readonly (keyof typeof PRINCIPALS)[]
  readonly reason: string
}

const LISTED = ['on the list', 'with a key on the list', 'operator'] as const

const ROWS: { readonly [A in Action]: Row } = {
  query: {
    decide: (principal) => authorize(principal, 'query', ZONE),
    allowed: LISTED,
    reason: 'not in allowQuery',
  },
  transfer: {
    decide: (principal) => authorize(principal, 'transfer', ZONE),
    allowed: LISTED,
    reason: 'not allowed',
  },
  notify: {
    decide: (principal) => authorize(principal, 'notify', ZONE),
    allowed: [...LISTED, 'primary', 'primary with its key'],
    reason: 'not of a primary with its key, nor allowed',
  },
  update: {
    decide: (principal) => authorize(principal, 'update'),
    allowed: [],
    reason: 'updates are not supported',
  },
  resolve: {
    decide: (principal) => authorize(principal, 'resolve', { allow: LIST }),
    allowed: LISTED,
    reason: 'not in resolver.allow',
  },
  'management-read': {
    decide: (principal) => authorize(principal, 'management-read'),
    allowed: ['client of the API', 'operator'],
    reason: 'not a request to the API',
  },
  'management-export': {
    decide: (principal) => authorize(principal, 'management-export'),
    allowed: ['operator'],
    reason: 'only the control socket shows what zones and caches hold',
  },
  'management-write': {
    decide: (principal) => authorize(principal, 'management-write'),
    allowed: ['operator'],
    reason: 'only the control socket takes requests that change something',
  },
}

for (const [action, { decide, allowed, reason }] of Object.entries(ROWS)) {
  test(`${action}: each kind of principal is allowed, or refused with the reason`, () => {
    const decisions = Object.entries(PRINCIPALS).map(([who, principal]) => ({ who, decision: decide(principal) }))
    const may = decisions.filter(({ decision }) => decision.isAllowed).map(({ who }) => who)
    assert.deepEqual(may.sort(), [...allowed].sort())
    for (const { decision } of decisions) if (!decision.isAllowed) assert.equal(decision.reason, reason)
  })
}

test('each list decides about its own action only', () => {
  const open = {
    allowQuery: AccessList.none,
    allowTransfer: AccessList.none,
    allowNotify: AccessList.none,
    primaries: [],
  }
  const stranger = PRINCIPALS.stranger
  const decisions = (zone: typeof open): boolean[] => [
    authorize(stranger, 'query', zone).isAllowed,
    authorize(stranger, 'transfer', zone).isAllowed,
    authorize(stranger, 'notify', zone).isAllowed,
  ]
  assert.deepEqual(decisions({ ...open, allowQuery: AccessList.any }), [true, false, false])
  assert.deepEqual(decisions({ ...open, allowTransfer: AccessList.any }), [false, true, false])
  assert.deepEqual(decisions({ ...open, allowNotify: AccessList.any }), [false, false, true])
})

test('a zone without a list answers everybody', () => {
  for (const principal of Object.values(PRINCIPALS))
    assert.ok(authorize(principal, 'query', { allowQuery: undefined }).isAllowed)
})

test('a primary is known by its address, and by its key where it has one', () => {
  const { primaries } = ZONE
  assert.equal(primaryOf(PRINCIPALS.primary, primaries), 0)
  assert.equal(primaryOf(PRINCIPALS['primary with its key'], primaries), 1)
  for (const who of ['stranger', 'primary without its key', 'key of a primary elsewhere', 'operator'] as const)
    assert.equal(primaryOf(PRINCIPALS[who], primaries), -1, who)
})

test('clients without a key are decided about as the packet path decides, by the prefixes of the list', () => {
  const entries = ['any', 'none', '!198.51.100.7', '198.51.100.0/24', '192.0.2.0/25', '2001:db8::/32', 'key:k.']
  const entry = fc.constantFrom(...entries, '!2001:db8::1', '!key:k.', '192.0.2.0/24 key:k.', '!192.0.2.0/26 key:k.')
  const addresses = ['198.51.100.7', '198.51.100.8', '192.0.2.1', '192.0.2.200', '2001:db8::1', '2001:db8::2', '::1']
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), fc.constantFrom(...addresses), (list, address) => {
      const allow = AccessList.parse(list)
      const principal = client(address)
      const octets = principal.peer.address
      const isOnPath = new ClientList(allow.addressRules).has(octets, 0, octets.length)
      assert.equal(authorize(principal, 'resolve', { allow }).isAllowed, isOnPath)
    }),
  )
})
