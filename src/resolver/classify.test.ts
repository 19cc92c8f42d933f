import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { A, DS } from '../dns/rr/index.ts'
import { type Asked, sortReply } from './classify.ts'
import { replyOf } from './rrsets.fixture.ts'

const SOA = 'example. SOA ns.example. host.example. 1 2 3 4 5'

function asked(name: string, rest: Partial<Asked> = {}): Asked {
  return {
    name: Name.parse(name),
    type: A.number,
    zone: Name.parse('example.'),
    isForwarded: false,
    isBelowCut: () => false,
    ...rest,
  }
}

function kindOf(
  sections: Parameters<typeof replyOf>[0],
  rest: Parameters<typeof replyOf>[1] = {},
  of = asked('www.example.'),
) {
  return sortReply(replyOf(sections, rest), of).kind
}

test('RFC1034 §5.3.3: data, denial and referral', () => {
  assert.equal(kindOf({ answer: 'www.example. A 192.0.2.1' }), 'answer')
  assert.equal(kindOf({ answer: 'www.example. CNAME other.example.' }), 'answer')
  assert.equal(kindOf({ authority: SOA }), 'nodata')
  assert.equal(kindOf({ authority: SOA }, { rcode: 3 }), 'nxdomain')
  assert.equal(kindOf({ authority: 'www.example. NS ns.www.example.' }, { isAuthoritative: false }), 'referral')
})

test('an alias whose end is denied in the same message ends in the denial', () => {
  const sorted = sortReply(
    replyOf({ answer: 'www.example. CNAME no.example.', authority: SOA }, { rcode: 3 }),
    asked('www.example.'),
  )
  assert.ok(sorted.kind === 'nxdomain')
  assert.equal(sorted.chain.aliases.length, 1)
  assert.equal(sorted.chain.name.toString(), 'no.example.')
})

test('a referral to the zone itself or upward is none: the server is lame', () => {
  const lame = (authority: string): string => kindOf({ authority }, { isAuthoritative: false })
  assert.equal(lame('example. NS ns.example.'), 'lame')
  assert.equal(lame('. NS a.root-servers.net.'), 'lame')
  // What is not above the name was not meant for us.
  assert.equal(lame('other.example. NS ns.other.example.'), 'empty')
  assert.equal(lame('other. NS ns.other.'), 'empty')
})

test('RFC2308 §2.2: a forwarder that shows the servers of a zone below denies; up it refers when it does not resolve', () => {
  const of = asked('www.sub.example.', { isForwarded: true })
  const kind = (authority: string, recursionAvailable = true): string =>
    kindOf({ authority }, { isAuthoritative: false, recursionAvailable }, of)
  assert.equal(kind('sub.example. NS ns.sub.example.'), 'nodata')
  assert.equal(kind('www.sub.example. NS ns.sub.example.'), 'nodata')
  assert.equal(kind('example. NS ns.example.'), 'nodata')
  assert.equal(kind('. NS a.root-servers.net.'), 'lame')
  // Of the forwarded zone itself: a referral where recursion is not available.
  assert.equal(kind('example. NS ns.example.', false), 'lame')
  assert.equal(kind('sub.example. NS ns.sub.example.', false), 'nodata')
})

test('RFC2308 §2.2: NOERROR without any record is believed only when nothing better comes', () => {
  const sorted = sortReply(replyOf({}), asked('www.example.'))
  assert.ok(sorted.kind === 'empty' && sorted.otherwise.kind === 'nodata')
  assert.equal(kindOf({}, {}, asked('www.example.', { isForwarded: true })), 'empty')
  // Of an alias the target is asked for.
  assert.equal(kindOf({ answer: 'www.example. CNAME far.test.' }), 'answer')
  assert.equal(kindOf({ authority: 'www.example. NSEC z.example. A' }), 'nodata')
})

test('what a resolver says from its cache is the last resort, unless it is asked as one', () => {
  const rest = { isAuthoritative: false, recursionAvailable: true }
  assert.equal(kindOf({ answer: 'www.example. A 192.0.2.1' }, rest), 'recursion-lame')
  assert.equal(
    kindOf({ answer: 'www.example. A 192.0.2.1' }, rest, asked('www.example.', { isForwarded: true })),
    'answer',
  )
})

test('RCODEs that answer nothing are failures of the server', () => {
  for (const rcode of [1, 2, 4, 5, 9]) assert.equal(kindOf({}, { rcode }), 'broken')
})

test('RFC4035 §3.1.4.1: what the child says of its own DS is no denial', () => {
  const of = asked('sub.example.', { type: DS.number })
  const childSoa = 'sub.example. SOA ns.sub.example. host.example. 1 2 3 4 5'
  const sorted = sortReply(replyOf({ authority: childSoa }), of)
  assert.ok(sorted.kind === 'nodata')
  assert.deepEqual(sorted.authority, [])
  assert.equal(kindOf({ authority: 'sub.example. NS ns.sub.example.' }, { isAuthoritative: false }, of), 'lame')
})

test('RFC2181 §5.4.1: records that stand beside the chain, or out of the zone, are not taken', () => {
  const sorted = sortReply(
    replyOf({
      answer: 'www.example. CNAME www.victim.\nwww.victim. A 192.0.2.66\nmail.example. A 192.0.2.67',
    }),
    asked('www.example.'),
  )
  assert.ok(sorted.kind === 'answer')
  assert.equal(sorted.chain.name.toString(), 'www.victim.')
  assert.deepEqual(sorted.chain.data, [])
  assert.equal(sorted.chain.aliases.length, 1)
})
