/**
 * Signs a zone given as text, for tests: the same steps as `signet zone sign`, in one thread, from fixed keys and times to
 * records as text lines.
 */
import { Name } from '../dns/name/index.ts'
import { textSource } from '../dns/text/index.ts'
import { loadRecords, printRecords } from '../zone/index.ts'
import { fixedPair } from './fixed-keys.fixture.ts'
import {
  type Denial,
  fillSignatures,
  finishZonemd,
  planSigning,
  readySigners,
  type SigningOptions,
  type SigningPlan,
} from './index.ts'

/** 2026-01-01, 2026-02-01: what is signed here never changes. */
export const INCEPTION = 1767225600
export const EXPIRATION = 1769904000

export const NSEC: Denial = { kind: 'nsec' }
export const NSEC3: Denial = { kind: 'nsec3', iterations: 0, salt: new Uint8Array(0), optOut: false }
export const OPT_OUT: Denial = { ...NSEC3, optOut: true }

export type SignTextOptions = Partial<SigningOptions> & { readonly zone?: string | Name }

export type SignedText = {
  readonly plan: SigningPlan
  readonly text: string
  /** One record a line: owner, TTL, class, type, RDATA, with single blanks between. */
  readonly lines: readonly string[]
  readonly serial: number
  readonly outOfZone: number
}

/** By default the zone is `example.`, signed by a KSK and a ZSK of Ed25519, with the denial that the text's NSEC3PARAM asks for, else NSEC. */
export function signText(text: string | Uint8Array, options: SignTextOptions = {}): SignedText {
  const apex = typeof options.zone === 'object' ? options.zone : Name.parse(options.zone ?? 'example.')
  const all: SigningOptions = { ...defaults(apex), ...options }
  const { table, outOfZone } = loadRecords(textSource(text), apex, { textLength: text.length })
  const plan = planSigning(table, apex, all)
  const sign = (from: number, to: number): void =>
    fillSignatures(table, plan.order, from, to, readySigners(plan.signers), plan.zone.ownerOf(0))
  sign(0, plan.order.length)
  finishZonemd(plan)
  if (plan.zonemd !== undefined) sign(plan.zonemd.from, plan.zonemd.to)
  const printed = Buffer.from(printRecords(table, plan.order, 0, plan.order.length)).toString('latin1')
  const lines = printed.split('\n').slice(0, -1)
  return {
    plan,
    text: printed,
    lines: lines.map((line) => line.replaceAll('\t', ' ')),
    serial: plan.serial,
    outOfZone: outOfZone.count,
  }
}

function defaults(apex: Name): SigningOptions {
  return {
    signWith: fixedPair(15, apex),
    publish: [],
    inception: INCEPTION,
    expiration: EXPIRATION,
    jitterSeconds: 0,
    serial: 'keep',
    zonemd: [],
    now: INCEPTION,
    random: { bytes: (length) => new Uint8Array(length) },
  }
}

/** The lines of a type. */
export function linesOfType(signed: SignedText, type: string): string[] {
  return signed.lines.filter((line) => line.split(' ')[3] === type)
}

/** `owner covered` of every RRSIG record. */
export function signedRrsets(signed: SignedText): string[] {
  return linesOfType(signed, 'RRSIG').map((line) => {
    const [owner, , , , covered] = line.split(' ')
    return `${owner} ${covered}`
  })
}
