/**
 * Messages into the validator, as what is judged and as what it fetches: whatever comes is a verdict, the work is bounded, and no
 * data is secure that its zone does not have.
 */

import { DnsError } from '../../src/dns/errors.ts'
import { typeMnemonic } from '../../src/dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf } from '../../src/dns/wire/index.ts'
import type { Response, RRset } from '../../src/dnssec/index.ts'
import { NSEC3, OPT_OUT } from '../../src/signer/signing.fixture.ts'
import { KeyCache } from '../../src/validator/index.ts'
import { CountedBudget } from '../../src/validator/signed-zone.fixture.ts'
import { delegate, dsText, responseOf, World } from '../../src/validator/world.fixture.ts'
import { type FuzzTarget, hold } from '../target.ts'

const HOSTS = 'www A 192.0.2.1\n*.wild A 192.0.2.3\nalias CNAME www\ntree DNAME www\ndeep.er.ent A 192.0.2.2\n'
const ZONES = ['nsec.test.', 'nsec3.test.', 'optout.test.'] as const

const world = new World({
  '.': { text: delegate('test.', dsText('test.')) },
  'test.': { text: `${ZONES.map((zone) => delegate(zone, dsText(zone))).join('\n')}\n${delegate('unsigned.test.')}` },
  'nsec.test.': { text: HOSTS },
  'nsec3.test.': { text: HOSTS, how: { denial: NSEC3 } },
  'optout.test.': { text: HOSTS, how: { denial: OPT_OUT } },
  'unsigned.test.': { text: HOSTS, how: 'unsigned' },
})

const warm = new KeyCache()
for (const zone of ZONES) world.judge(zone, 'SOA', { keys: warm })

const QUESTIONS = ['www A', 'no A', 'x.wild A', 'x.wild MX', 'alias A', 'a.tree A', 'er.ent A', 'www MX', 'www DS']

function dataOf(rrset: RRset | undefined): string {
  return (rrset?.rdatas ?? [])
    .map((rdata) => rdata.toHex())
    .sort()
    .join(' ')
}

/** What the zone has of the question itself. */
function own(response: Response): RRset | undefined {
  return response.answer.find((rrset) => rrset.owner.equals(response.name) && rrset.type === response.type)
}

export const target: FuzzTarget = {
  name: 'verdict',
  run(octets) {
    const message = decodeMessage(octets)
    const [question] = message.questions
    if (question === undefined) throw new DnsError('usage', 'no question')
    // TKEY to MAILA: the zones of the world have no answer that could be compared.
    if (question.type >= 249 && question.type <= 254) throw new DnsError('usage', 'no question of data')
    const budget = new CountedBudget({ verifications: 64, hashes: 500 })
    const judging = { answer: () => responseOf(message), budget, keys: warm }
    const { verdict, response } = world.judge(question.name.toString(), typeMnemonic(question.type), judging)
    hold(
      verdict.evidence.every((link) => link.detail.length > 0),
      'each link has words',
    )
    const data = own(response)
    if (verdict.status === 'secure' && data?.security === 'secure' && lowersNothing.has(data.type)) {
      hold(dataOf(data) === dataOf(own(world.ask(response.name, response.type))), 'what is secure is so')
    }
    // The same octets as whatever is fetched on the way to a true answer: they may prevent it, and no more.
    const misled = world.judge('www.nsec.test.', 'A', {
      fetched: () => responseOf(message),
      budget: new CountedBudget(),
    })
    hold(misled.verdict.status === 'bogus', 'a message that is no key opens nothing')
    return `${verdict.status} ${verdict.reason ?? ''} ${verdict.denies ?? ''}`
  },
  seeds() {
    return [...ZONES, 'unsigned.test.'].flatMap((zone) =>
      QUESTIONS.map((line) => {
        const [label, type] = line.split(' ')
        const message = world.message(`${label}.${zone}`, type ?? 'A')
        return encodeMessage({ ...message, header: headerOf(1, 0x8400 | message.header.rcode), additional: [] })
      }),
    )
  },
  dictionary: ['002e0001', '002f0001', '00320001', '00050001', '00270001', '046e736563047465737400'].map((hex) =>
    Uint8Array.fromHex(hex),
  ),
}

/** Types whose RDATA has no names that a signature takes in any case: their octets can be compared. */
const lowersNothing = new Set([1, 43, 48])
