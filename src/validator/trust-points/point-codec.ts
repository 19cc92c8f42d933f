/**
 * Trust points as text to be kept: JSON with a version. What was damaged or is of a newer version is a sentence, never a guess:
 * an anchor that nobody named would be worse than none.
 */
import { Name } from '../../dns/name/index.ts'
import type { UnixSeconds } from '../../dns/presentation/index.ts'
import type { TrustAnchor } from '../../dnssec/index.ts'
import type { StoredTrustPoint } from './point-times.ts'
import { type AnchorState, makeTrustPoint, type PointAnchor } from './trust-point.ts'

const VERSION = 1
const STATES: readonly AnchorState[] = ['DSPending', 'DSInvalid', 'AddPend', 'Valid', 'Missing', 'Revoked']
const ORIGINS = ['configured', 'added', 'learned'] as const
/** More than any zone's trust point has. */
const MAX_LIST = 256
const MAX_TEXT = 1 << 20

export function encodeTrustPoint(point: StoredTrustPoint): string {
  const { zone, anchors, revokedKeys, configured, ...rest } = point
  return JSON.stringify({
    version: VERSION,
    zone: zone.toString(),
    ...rest,
    anchors: anchors.map(({ rdata, vouchers, ...anchor }) => ({
      ...anchor,
      rdata: toBase64(rdata),
      vouchers: vouchers.map(toBase64),
    })),
    revokedKeys: revokedKeys.map(toBase64),
    configured: configured.map(({ zone: _zone, rdata, ...anchor }) => ({ ...anchor, rdata: toBase64(rdata) })),
  })
}

/** The trust point, or what is wrong with the text. Never throws. */
export function decodeTrustPoint(text: string): StoredTrustPoint | string {
  if (text.length > MAX_TEXT) return 'it is too long'
  try {
    return readPoint(new Fields(JSON.parse(text)))
  } catch (error) {
    return error instanceof Error ? error.message : 'it does not parse'
  }
}

function readPoint(fields: Fields): StoredTrustPoint {
  const version = fields.count('version')
  if (version !== VERSION) throw new Error(`it is of version ${version}; this program knows version ${VERSION}`)
  const zone = Name.parse(fields.text('zone'))
  return {
    ...makeTrustPoint(zone),
    anchors: fields.list('anchors').map(readAnchor),
    // States of earlier versions have no such field.
    revokedKeys: fields.has('revokedKeys') ? fields.texts('revokedKeys').map(fromBase64) : [],
    configured: fields.list('configured').map((each) => readConfigured(each, zone)),
    isManaged: fields.flag('isManaged'),
    isRevoked: fields.flag('isRevoked'),
    lastQueried: fields.count('lastQueried'),
    lastSuccess: fields.count('lastSuccess'),
    nextProbe: fields.count('nextProbe'),
    failures: fields.count('failures'),
    querySeconds: fields.count('querySeconds'),
    retrySeconds: fields.count('retrySeconds'),
    lastResult: fields.text('lastResult'),
  }
}

function readAnchor(fields: Fields): PointAnchor<UnixSeconds> {
  const kind = fields.oneOf('kind', KINDS)
  return {
    kind,
    rdata: readRdata(fields, kind),
    state: fields.oneOf('state', STATES),
    since: fields.count('since'),
    seen: fields.count('seen'),
    holdSeconds: fields.count('holdSeconds'),
    vouchers: fields.texts('vouchers').map(fromBase64),
    origin: fields.oneOf('origin', ORIGINS),
    ...readTimes(fields),
  }
}

const KINDS = ['ds', 'dnskey'] as const

function readConfigured(fields: Fields, zone: Name): TrustAnchor {
  const kind = fields.oneOf('kind', KINDS)
  return { zone, kind, rdata: readRdata(fields, kind), ...readTimes(fields) }
}

function readRdata(fields: Fields, kind: 'ds' | 'dnskey'): Uint8Array {
  const rdata = fromBase64(fields.text('rdata'))
  if (rdata.length <= 4 || (kind === 'dnskey' && rdata[2] !== 3)) throw new Error(`rdata is none of a ${kind} record`)
  return rdata
}

function readTimes(fields: Fields): { validFrom?: number; validUntil?: number } {
  return {
    ...(fields.has('validFrom') ? { validFrom: fields.count('validFrom') } : {}),
    ...(fields.has('validUntil') ? { validUntil: fields.count('validUntil') } : {}),
  }
}

/** One object of the text; whatever is not as it must be throws. */
class Fields {
  readonly #values: ReadonlyMap<string, unknown>

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no object')
    this.#values = new Map(Object.entries(value))
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  text(name: string): string {
    const value = this.#values.get(name)
    return typeof value === 'string' ? value : this.#fail(name)
  }

  flag(name: string): boolean {
    const value = this.#values.get(name)
    return typeof value === 'boolean' ? value : this.#fail(name)
  }

  /** A whole number that is not negative. */
  count(name: string): number {
    const value = this.#values.get(name)
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : this.#fail(name)
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.#values.get(name)
    return allowed.find((each) => each === value) ?? this.#fail(name)
  }

  list(name: string): Fields[] {
    return this.#array(name).map((value) => new Fields(value))
  }

  texts(name: string): string[] {
    return this.#array(name).map((value) => (typeof value === 'string' ? value : this.#fail(name)))
  }

  #array(name: string): unknown[] {
    const value = this.#values.get(name)
    return Array.isArray(value) && value.length <= MAX_LIST ? value : this.#fail(name)
  }

  #fail(name: string): never {
    throw new Error(`${name} is missing or not what it should be`)
  }
}

function toBase64(octets: Uint8Array): string {
  return octets.toBase64()
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.fromBase64(text)
}
