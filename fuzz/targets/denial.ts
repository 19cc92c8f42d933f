/**
 * Messages into signatures and proofs of denial: whatever comes is a verdict, the work is bounded, and nothing is good that the
 * zone did not sign.
 */
import { Name } from '../../src/dns/name/index.ts'
import { NSEC, NSEC3, recordType } from '../../src/dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf } from '../../src/dns/wire/index.ts'
import { groupRRsets, type RRset } from '../../src/dnssec/index.ts'
import { NSEC3 as HASHED, OPT_OUT } from '../../src/signer/signing.fixture.ts'
import {
  proveNoData,
  proveNoDs,
  proveNoName,
  proveWildcard,
  readDenial,
  verifyRRset,
} from '../../src/validator/index.ts'
import { AT, CountedBudget, SETTINGS, SignedZone } from '../../src/validator/signed-zone.fixture.ts'
import { type FuzzTarget, hold } from '../target.ts'

const APEX = Name.parse('example.')
const TEXT = `
example. 300 SOA ns m 1 7200 3600 1209600 600
example. 300 NS ns
a.ent 300 A 192.0.2.1
cut 300 NS ns.other.
safe 300 NS ns.other.
safe 300 DS 1 13 99 00
old 300 DNAME other.
*.w 300 MX 1 Mail
`
const zones = [{}, { denial: HASHED }, { denial: OPT_OUT }].map((options) => new SignedZone(TEXT, options))
const [first] = zones
const NAMES = ['q', 'ent', 'q.ent', 'cut', 'q.safe', 'q.w', 'q.old', '*.w'].map((name) => Name.parse(name, APEX))
/** Signatures of one RRset times keys of one tag that are tried at the most. */
const MOST_VERIFICATIONS = 32

/** RDATA as signatures see it. */
function canonicalForms(set: RRset): string {
  const lower = recordType(set.type)?.lowersNames === true
  const forms = set.rdatas.map((rdata) => (lower ? rdata.toHex().replaceAll(/../g, lowerHex) : rdata.toHex()))
  return [...new Set(forms)].sort().join(' ')
}

function lowerHex(pair: string): string {
  return String.fromCharCode(Number.parseInt(pair, 16)).toLowerCase().charCodeAt(0).toString(16).padStart(2, '0')
}

/** Whether the zones signed this: the RRset itself, or the wildcard that it was expanded from. */
function isSigned(set: RRset, encloser: Name | undefined): boolean {
  const owner = encloser === undefined ? set.owner : encloser.child('*')
  return zones.some((zone) =>
    zone.sets.some(
      (own) => own.type === set.type && own.owner.equals(owner) && canonicalForms(own) === canonicalForms(set),
    ),
  )
}

export const target: FuzzTarget = {
  name: 'denial',
  run(octets) {
    const message = decodeMessage(octets)
    const sets = groupRRsets([...message.answer, ...message.authority, ...message.additional], AT)
    let good = 0
    for (const set of sets) {
      const budget = new CountedBudget()
      const verdict = verifyRRset(set, APEX, first?.keys ?? [], AT, SETTINGS, budget)
      hold(budget.verifications <= MOST_VERIFICATIONS, 'verifications are bounded')
      if (!verdict.ok) hold(verdict.detail().length > 0, 'a refusal has words')
      else {
        hold(verdict.ttl <= set.ttl, 'a signature does not lengthen a life')
        hold(set.class === 1 && isSigned(set, verdict.wildcardOf), 'what is good was signed')
        good++
      }
    }
    const budget = new CountedBudget()
    const records = readDenial(APEX, sets, SETTINGS, budget)
    const name = message.questions[0]?.name ?? APEX
    const outcomes = [name, ...NAMES].flatMap((each) => [
      proveNoName(records, each).outcome,
      proveNoData(records, each, message.questions[0]?.type ?? 1).outcome,
      proveNoDs(records, each).outcome,
      proveWildcard(records, each, each.parent).outcome,
    ])
    // For each chain: the names that are asked of, the labels above them, and a wildcard for each.
    hold(budget.hashes <= (2 * 64 + 2 * NAMES.length * 4) * records.chains.length, 'hashes are bounded')
    return `${good} ${records.nsec.length} ${records.chains.length} ${[...new Set(outcomes)].sort().join(' ')}`
  },
  seeds() {
    return zones.flatMap((zone) => {
      const isDenial = (type: number): boolean => type === NSEC.number || type === NSEC3.number
      const denials = zone.records.filter(({ type, rdata }) =>
        isDenial(type === 46 ? ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0) : type),
      )
      const others = zone.records.filter((record) => !denials.includes(record))
      return [denials, others, denials.slice(0, 4), others.slice(-4)].map((authority) =>
        encodeMessage({
          header: headerOf(1, 0x8400),
          questions: [{ name: Name.parse('q.example.'), type: 1, class: 1 }],
          answer: [],
          authority,
          additional: [],
        }),
      )
    })
  },
  dictionary: ['002f0001', '00320001', '002e0001', '0000003000', '01010000', '00000380', '076578616d706c6500'].map(
    (hex) => Uint8Array.fromHex(hex),
  ),
}
