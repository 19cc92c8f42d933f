/** A zone that rolls its keys, for tests of trust points: real keys and signatures, made for the moment that is asked about. */
import { Name } from '../../dns/name/index.ts'
import { OctetWriter } from '../../dns/octets.ts'
import {
  computeKeyTag,
  FLAG_REVOKE,
  makeDsRdata,
  type Response,
  type RRset,
  Signer,
  type TrustAnchor,
} from '../../dnssec/index.ts'
import { newKey } from '../../dnssec/keys.fixture.ts'
import { SignedData } from '../signed-data.ts'
import { SETTINGS } from '../signed-zone.fixture.ts'
import type { TrustEvent } from './trust-event.ts'
import type { TrustPoint } from './trust-point.ts'
import { type TrustKeeper, TrustPoints } from './trust-points.ts'

export const ZONE: Name = Name.parse('example.')
export const START = 1_800_000_000
export const DAY = 86_400

export type ZoneKeyPair = { readonly rdata: Uint8Array; readonly signer: Signer }

/** A key of its own, Ed25519. */
export async function makePair(role: 'ksk' | 'zsk' = 'ksk'): Promise<ZoneKeyPair> {
  const { privateKey, algorithm, dnskeyRdata } = await newKey(15, role)
  if (privateKey === undefined) throw new Error('a new key has both halves')
  return { rdata: dnskeyRdata, signer: new Signer(algorithm, privateKey) }
}

/** The same key with its REVOKE flag. */
export function revoked(pair: ZoneKeyPair): ZoneKeyPair {
  const rdata = pair.rdata.slice()
  rdata[1] = (rdata[1] ?? 0) | FLAG_REVOKE
  return { ...pair, rdata }
}

export const dnskeyAnchor = (pair: ZoneKeyPair): TrustAnchor => ({ zone: ZONE, kind: 'dnskey', rdata: pair.rdata })

export function dsAnchor(pair: ZoneKeyPair, digestType = 2): TrustAnchor {
  const rdata = makeDsRdata(digestType, ZONE, pair.rdata)
  if (rdata === 'unsupported') throw new Error(`no digest of type ${digestType}`)
  return { zone: ZONE, kind: 'ds', rdata }
}

export type Shown = {
  readonly keys: readonly ZoneKeyPair[]
  /** All of them, unless told. */
  readonly signers?: readonly ZoneKeyPair[]
  readonly ttl?: number
  readonly lifetimeDays?: number
}

/** The answer to a question for the keys of the zone, signed at `at`. */
export function show({ keys, signers = keys, ttl = 10 * DAY, lifetimeDays = 30 }: Shown, at: number): Response {
  const rrset: RRset = {
    owner: ZONE,
    type: 48,
    class: 1,
    ttl,
    expires: at + ttl,
    rdatas: keys.map(({ rdata }) => rdata),
    signatures: [],
    security: 'unchecked',
  }
  const data = new SignedData()
  data.use(rrset)
  const signatures = signers.map((pair) => {
    const out = new OctetWriter(256)
    out.u16(48)
    out.u8(15)
    out.u8(ZONE.labelCount)
    out.u32(ttl)
    out.u32(at + lifetimeDays * DAY)
    out.u32(at - 3600)
    out.u16(computeKeyTag(pair.rdata))
    out.bytes(ZONE.octets)
    const head = out.copy()
    const signature = new Uint8Array(pair.signer.signatureLength)
    pair.signer.sign(data.write(head), signature, 0)
    out.bytes(signature)
    return out.copy()
  })
  const answer = [{ ...rrset, signatures }]
  return { name: ZONE, type: 48, class: 1, rcode: 0, isAuthoritative: true, answer, authority: [], additional: [] }
}

/** What was kept and told. */
export class MemoryKeeper implements TrustKeeper {
  readonly saved = new Map<string, TrustPoint>()
  readonly events: TrustEvent[] = []

  save(point: TrustPoint): void {
    this.saved.set(point.zone.key, point)
  }

  forget(zone: Name): void {
    this.saved.delete(zone.key)
  }

  tell(event: TrustEvent): void {
    this.events.push(event)
  }

  /** Kinds of events since the last call. */
  takeKinds(): string[] {
    return this.events.splice(0).map(({ kind }) => kind)
  }
}

const NO_CHANCE = { bytes: (length: number): Uint8Array => new Uint8Array(length) }

export function pointsWith(keeper: TrustKeeper, anchors: readonly TrustAnchor[] = []): TrustPoints {
  const points = new TrustPoints(SETTINGS, NO_CHANCE, keeper)
  points.configure(anchors)
  return points
}

/** As after a restart: all that is known is what was saved. */
export function restored(keeper: TrustKeeper, saved: Iterable<TrustPoint>): TrustPoints {
  return new TrustPoints(SETTINGS, NO_CHANCE, keeper, saved)
}
