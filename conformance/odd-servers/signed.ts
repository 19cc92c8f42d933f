/** Signed zones whose signatures, proofs or keys are removed on the way or out of date. */
import { DNSKEY, DS, NSEC, RRSIG } from '../../src/dns/rr/index.ts'
import { changing, type Fault, refusing, silentFor, truncating } from '../internet/host.ts'
import { answering, echoingOptions } from '../internet/odd-replies.fixture.ts'
import type { OddZone } from './servers.ts'

const SERVFAIL = 2
const NXDOMAIN = 3
const GOOD = undefined
const DAY = 86_400

function without(isMeant: (type: number) => boolean): Fault {
  return changing((reply) => ({
    ...reply,
    answer: reply.answer.filter(({ type }) => !isMeant(type)),
    authority: reply.authority.filter(({ type }) => !isMeant(type)),
  }))
}

const withoutProofs = without((type) => type === NSEC.number)
const withoutKeys = without((type) => type === DNSKEY.number)
const dropsDo = silentFor(({ message }) => message.edns?.dnssecOk === true)

/** Those of a zone below, in the replies of its parent. */
export const withoutDsOf = (label: string, hides: 'everywhere' | 'in referrals'): Fault => {
  const isBelow = (name: string): boolean => name.toLowerCase().includes(`${label}.`)
  const hide = without((type) => type === DS.number || type === NSEC.number || type === RRSIG.number)
  return (reply, asked) => {
    const [question] = asked.message.questions
    if (question === undefined || !isBelow(String(question.name))) return reply
    return hides === 'in referrals' && question.type === DS.number ? reply : hide(reply, asked)
  }
}

export const MORE_SIGNED_ZONES: readonly OddZone[] = [
  { label: 'echo-formerr', servers: [echoingOptions(1)], rcode: 0, address: 7 },
  { label: 'drops-do-one', servers: [dropsDo, GOOD], rcode: 0, address: 7 },
  {
    label: 'truncates-keys',
    servers: [answering(({ questions }) => questions[0]?.type === DNSKEY.number, truncating())],
    rcode: 0,
    address: 7,
  },
  { label: 'refused-one', servers: [refusing(5), GOOD], rcode: 0, address: 7 },
  { label: 'denied', servers: [GOOD], name: 'nothing', rcode: NXDOMAIN },
  { label: 'no-proof', servers: [withoutProofs], name: 'nothing', rcode: SERVFAIL, text: /^(?!22)/ },
  { label: 'no-proof-one', servers: [withoutProofs, GOOD], name: 'nothing', rcode: NXDOMAIN },
  { label: 'no-keys', servers: [withoutKeys], rcode: SERVFAIL, text: /key/ },
  { label: 'no-keys-one', servers: [withoutKeys, GOOD], rcode: 0, address: 7 },
  { label: 'out-of-date', servers: [GOOD], lifetime: [-20 * DAY, -10 * DAY], rcode: SERVFAIL, text: /expired/ },
  { label: 'not-yet', servers: [GOOD], lifetime: [10 * DAY, 20 * DAY], rcode: SERVFAIL, text: /not valid before/ },
  {
    label: 'bare-referral',
    servers: [GOOD],
    parent: withoutDsOf('bare-referral', 'in referrals'),
    rcode: 0,
    address: 7,
  },
  { label: 'no-ds', servers: [GOOD], parent: withoutDsOf('no-ds', 'everywhere'), rcode: SERVFAIL, text: /DS/ },
]
