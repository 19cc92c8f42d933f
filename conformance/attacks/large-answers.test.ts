/** Messages as large as messages can be: reading, grouping, keeping and checking them is to take milliseconds. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import type { Message, MessageRecord } from '../../src/dns/wire/index.ts'
import { fixedKey } from '../../src/signer/fixed-keys.fixture.ts'
import { changing, type Fault } from '../internet/host.ts'
import { Internet } from '../internet/internet.ts'
import { recordOf, signRecord } from '../internet/records.ts'
import { ATTACK, stillServes, withinCosts } from './attacker.fixture.ts'

const COUNT = 4000

function many(make: (n: number) => MessageRecord, count = COUNT): MessageRecord[] {
  return Array.from({ length: count }, (_, n) => make(n))
}

function address(n: number): Uint8Array {
  return Uint8Array.of(203, 0, n >> 8, n & 255)
}

/** Over TCP, what the attacker's server adds to its answers to questions for A; UDP has no room for it. */
function adding(more: (reply: Message) => Partial<Message>): Fault {
  return changing((reply, { message, protocol }) => {
    const [question] = message.questions
    if (question?.type !== 1) return reply
    if (protocol === 'udp') return { ...reply, header: { ...reply.header, tc: true }, answer: [], authority: [] }
    return { ...reply, ...more(reply) }
  })
}

const WWW = Name.parse('www.attack.')
const ZSK = fixedKey(15, 'zsk', ATTACK)
const [, RRSIG_OF_ONE] = signRecord(recordOf(WWW, 'A', address(1)), ZSK)

const FLOODS: readonly (readonly [string, (reply: Message) => Partial<Message>])[] = [
  ['records of one RRset', ({ answer }) => ({ answer: [...answer, ...many((n) => recordOf(WWW, 'A', address(n)))] })],
  [
    'RRsets',
    ({ answer }) => ({ answer: [...answer, ...many((n) => recordOf(`n${n}.attack.`, 'A', address(n)), 3000)] }),
  ],
  [
    'records of one RRset, and a signature over each',
    ({ answer }) => ({
      answer: [...answer, ...many((n) => recordOf(WWW, 'A', address(n)), 500), ...many((n) => forged(WWW, n), 500)],
    }),
  ],
  [
    'RRsets in one section and signatures over others in the next',
    () => ({
      answer: many((n) => recordOf(`n${n}.attack.`, 'A', address(n)), 1000),
      authority: many((n) => forged(Name.parse(`m${n}.attack.`), n), 450),
    }),
  ],
  [
    'names of servers, each with an address',
    () => ({
      answer: [],
      header: { ...REFERRAL },
      authority: many((n) => recordOf('www.attack.', 'NS', `n${n}.www.attack.`), 1200),
      additional: many((n) => recordOf(`n${n}.www.attack.`, 'A', address(n)), 1200),
    }),
  ],
  [
    'addresses of one server',
    () => ({
      answer: [],
      header: { ...REFERRAL },
      authority: [recordOf('www.attack.', 'NS', 'n.www.attack.')],
      additional: many((n) => recordOf('n.www.attack.', 'A', address(n))),
    }),
  ],
  [
    'NSEC3 records',
    () => ({
      answer: [],
      authority: many((n) => {
        const rdata = new Uint8Array(26)
        rdata.set([1, 0, 0, 0, 0, 20])
        return recordOf(`${n.toString(16).padStart(32, '0')}.attack.`, 'NSEC3', rdata)
      }, 800),
    }),
  ],
  [
    'NSEC records, all signed',
    () => ({
      answer: [],
      authority: many((n) => recordOf(`n${n}.attack.`, 'NSEC', `n${n + 1}.attack. A`), 300).flatMap((each) => {
        return signRecord(each, ZSK)
      }),
    }),
  ],
  [
    'records of names that a message compresses to two octets each',
    ({ answer }) => ({
      answer: [...answer, ...many((n) => recordOf(WWW, 'MX', `${n} ${'a.'.repeat(120)}attack.`), 3500)],
    }),
  ],
]

let REFERRAL: Message['header'] = headerOfReferral()

function headerOfReferral(): Message['header'] {
  return {
    id: 0,
    qr: true,
    opcode: 0,
    aa: false,
    tc: false,
    rd: false,
    ra: false,
    z: false,
    ad: false,
    cd: false,
    rcode: 0,
  } as Message['header']
}

/** A signature over the A RRset of a name, which is wrong. */
function forged(owner: Name, n: number): MessageRecord {
  const rdata = RRSIG_OF_ONE.rdata.slice()
  rdata[rdata.length - 1] = n & 255
  rdata[rdata.length - 2] = n >> 8
  return { ...RRSIG_OF_ONE, owner, rdata }
}

describe('messages with thousands of', () => {
  for (const signing of ['signed', 'unsigned'] as const) {
    for (const [what, flood] of FLOODS) {
      it(`${what} (${signing})`, () => {
        const zone = { text: 'www A 192.0.2.9', ...(signing === 'unsigned' && { signing }) }
        const internet = new Internet({ '.': {}, 'victim.': { text: 'www A 192.0.2.1' }, 'attack.': zone })
        internet.host('attack.').spoil(
          adding((reply) => {
            REFERRAL = { ...reply.header, aa: false }
            return flood(reply)
          }),
        )
        const resolver = internet.resolver()
        const { security, answer } = resolver.resolve(WWW, 'A')
        // What is secure is what the zone signed.
        if (security === 'secure') assert.deepEqual(answer[0]?.rdatas, [Uint8Array.of(192, 0, 2, 9)])
        withinCosts(resolver.costs, { verifications: 64, exchanges: 40 }, `${what} ${signing}`)
        stillServes(resolver)
      })
    }
  }
})
