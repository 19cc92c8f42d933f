/**
 * A small world of signed zones, and somebody who answers from it, for tests: a question in, a verdict out. What is sent can be
 * changed on the way, and what is asked is remembered.
 */

import { TRANSPORT } from '../authority/index.ts'
import { SERVING, Served } from '../authority/served.fixture.ts'
import { Name, skipName } from '../dns/name/index.ts'
import { RRSIG, typeMnemonic, typeNumber } from '../dns/rr/index.ts'
import { textSource } from '../dns/text/index.ts'
import type { Message } from '../dns/wire/index.ts'
import {
  groupRRsets,
  makeDsRdata,
  type Response,
  RRSIG_SIGNER,
  type RRset,
  type SigningKey,
  type TrustAnchor,
} from '../dnssec/index.ts'
import { fixedKey } from '../signer/fixed-keys.fixture.ts'
import { EXPIRATION, INCEPTION, type SignTextOptions, signText } from '../signer/signing.fixture.ts'
import { loadRecords, Zone } from '../zone/index.ts'
import { KeyCache } from './key-cache.ts'
import type { Fetched, Need, Trust, ValidatorSettings } from './settings.ts'
import { SignedData } from './signed-data.ts'
import { AT, CountedBudget, SETTINGS } from './signed-zone.fixture.ts'
import { Validator } from './validator.ts'
import type { Verdict } from './verdict.ts'

export type ZoneText = { readonly text: string; readonly how?: SignTextOptions | 'unsigned' }

/** What comes instead of a response. */
export type Tamper = (response: Response) => Fetched

export type Judging = {
  readonly at?: number
  readonly now?: number
  readonly settings?: Partial<ValidatorSettings>
  readonly budget?: CountedBudget
  readonly keys?: KeyCache
  readonly anchors?: readonly TrustAnchor[]
  readonly negative?: readonly string[]
  /** Changes what is judged. */
  readonly answer?: Tamper
  /** Changes what is fetched for it. */
  readonly fetched?: Tamper
}

export type Judged = { readonly verdict: Verdict; readonly response: Response; readonly asked: readonly string[] }

export class World {
  readonly #served = new Served([])

  constructor(zones: Readonly<Record<string, ZoneText>>) {
    for (const [name, { text, how = {} }] of Object.entries(zones)) {
      const apex = Name.parse(name)
      const records = `$ORIGIN ${name}\n$TTL 300\n@ SOA ns.test. host.test. 1 7200 3600 1209600 300\n@ NS ns.test.\n${text}\n`
      const signed = how === 'unsigned' ? records : signText(records, { ...how, zone: apex }).text
      this.#served.writer.putZone(Zone.arrange(apex, loadRecords(textSource(signed), apex).table), SERVING)
    }
    this.#served.writer.publish()
  }

  ask(name: Name | string, type: number | string, now: number = AT): Response {
    return responseOf(this.message(name, type), now)
  }

  message(name: Name | string, type: number | string): Message {
    return this.#served.ask(name, type, { dnssec: true, transport: TRANSPORT.tcp4 })
  }

  /** Asks and judges. Without anchors, the root's key is trusted. */
  judge(name: string, type: string, judging: Judging = {}): Judged {
    const { at = AT, now = AT, budget = new CountedBudget(), keys = new KeyCache(), fetched = same } = judging
    const { anchors = [anchorOf('.')], negative = [], answer = same } = judging
    const settings = { ...SETTINGS, ...judging.settings }
    const validator = new Validator({ settings, trust: trustOf(anchors, negative), keys })
    const response = answer(this.ask(name, typeNumber(type), now))
    if ('kind' in response) throw new Error('nothing to judge')
    const asked: string[] = []
    const run = validator.validate(response, at, now, budget)
    let step = run.next()
    while (step.done !== true) {
      const need: Need = step.value
      asked.push(`${need.name} ${typeMnemonic(need.type)}${need.again === undefined ? '' : ' again'}`)
      step = run.next(fetched(this.ask(need.name, need.type, now)))
    }
    return { verdict: step.value, response, asked }
  }
}

export function responseOf(message: Message, now: number = AT): Response {
  const [question] = message.questions
  if (question === undefined) throw new Error('no question')
  return {
    name: question.name,
    type: question.type,
    class: 1,
    rcode: message.header.rcode,
    isAuthoritative: true,
    answer: groupRRsets(message.answer, now),
    authority: groupRRsets(message.authority, now),
    additional: [],
  }
}

const same: Tamper = (response) => response

/** Trust in these anchors, nearest first, and these negative ones. */
export function trustOf(anchors: readonly TrustAnchor[], negative: readonly string[] = []): Trust {
  const none = negative.map((name) => Name.parse(name))
  return {
    find(name) {
      for (let zone = name; ; zone = zone.parent) {
        const found = anchors.filter((anchor) => anchor.zone.equals(zone))
        if (found.length > 0) return { zone, anchors: found }
        if (zone.isRoot) return undefined
      }
    },
    findNegative: (name) => none.find((zone) => name.isAtOrBelow(zone)),
  }
}

export function keyOf(zone: string, algorithm: 8 | 15 = 15): SigningKey {
  return fixedKey(algorithm, 'ksk', Name.parse(zone))
}

/** A trust anchor for the zone's key, as DS or as DNSKEY. */
export function anchorOf(zone: string, kind: 'ds' | 'dnskey' = 'ds', key: SigningKey = keyOf(zone)): TrustAnchor {
  const name = Name.parse(zone)
  return { zone: name, kind, rdata: kind === 'ds' ? digest(name, key, 2) : key.dnskeyRdata }
}

/** The records of a delegation: NS, and DS when the key is told. `change` breaks the DS. */
export function delegate(zone: string, ...ds: readonly string[]): string {
  return [`${zone} NS ns.test.`, ...ds.map((rdata) => `${zone} DS ${rdata}`)].join('\n')
}

/** DS RDATA as text. */
export function dsText(zone: string, digestType = 2, key: SigningKey = keyOf(zone)): string {
  const rdata = digest(Name.parse(zone), key, digestType)
  return `${key.tag} ${key.algorithm} ${digestType} ${Buffer.from(rdata.subarray(4)).toString('hex')}`
}

function digest(zone: Name, key: SigningKey, type: number): Uint8Array {
  const rdata = makeDsRdata(type, zone, key.dnskeyRdata)
  if (rdata === 'unsupported') throw new Error(`digest type ${type} is not supported`)
  return rdata
}

/** The response with its RRsets of one type changed, or taken out. */
export function changed(response: Response, type: string, change: (rrset: RRset) => RRset | undefined): Response {
  const number = typeNumber(type)
  const all = (rrsets: readonly RRset[]): RRset[] =>
    rrsets.flatMap((rrset) => (rrset.type === number ? (change(rrset) ?? []) : rrset))
  return { ...response, answer: all(response.answer), authority: all(response.authority) }
}

export const unsigned = (rrset: RRset): RRset => ({ ...rrset, signatures: [] })

/** Its signatures are of no good any more. */
export function spoiled(rrset: RRset): RRset {
  const signatures = rrset.signatures.map((rrsig) =>
    rrsig.map((octet, i) => (i === rrsig.length - 1 ? octet ^ 1 : octet)),
  )
  return { ...rrset, signatures }
}

/** Its signatures say that they are of another signer. */
export function resigned(rrset: RRset, signer: string): RRset {
  const name = Name.parse(signer).octets
  const signatures = rrset.signatures.map((rrsig) => {
    const end = skipName(rrsig, RRSIG_SIGNER)
    return Uint8Array.from([...rrsig.subarray(0, RRSIG_SIGNER), ...name, ...rrsig.subarray(end)])
  })
  return { ...rrset, signatures }
}

/** An RRset signed by the zone-signing key of `zone`, as a server that signs online makes it. */
export function signOnline(zone: string, owner: string, type: string, ...rdatas: readonly Uint8Array[]): RRset {
  const name = Name.parse(owner)
  const key = fixedKey(15, 'zsk', Name.parse(zone))
  const signer = key.signer()
  const rrsig = RRSIG.encode({
    typeCovered: type,
    algorithm: key.algorithm,
    labels: name.labelCount,
    originalTtl: 300,
    expiration: EXPIRATION,
    inception: INCEPTION,
    keyTag: key.tag,
    signer: zone,
    signature: new Uint8Array(signer.signatureLength).toBase64(),
  })
  const unsignedSet = { owner: name, type: typeNumber(type), class: 1, ttl: 300, rdatas }
  const set: RRset = { ...unsignedSet, expires: AT + 300, signatures: [rrsig], security: 'unchecked' }
  const data = new SignedData()
  data.use(set)
  signer.sign(data.write(rrsig), rrsig, rrsig.length - signer.signatureLength)
  return set
}
