/**
 * From what vouches for a zone, DS records of its parent or trust anchors, to the keys of the zone (RFC 4035 §5.2): one of them
 * is vouched for, and it signed the DNSKEY RRset. Any one way suffices (RFC 6840 §5.11).
 */
import type { Name } from '../dns/name/index.ts'
import { equalOctets, readU16 } from '../dns/octets.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import { algorithmName, computeKeyTag, FLAG_REVOKE, findDigestType, matchesDs, type RRset } from '../dnssec/index.ts'
import { describeSignature, missingAlgorithm } from './authenticate.ts'
import type { Failure, Inquiry } from './inquiry.ts'
import type { ValidatorSettings } from './settings.ts'
import { type SignatureVerdict, verifyRRset } from './signatures.ts'
import type { Words } from './verdict.ts'
import { isSigningKey, prepareKeys, type ZoneKey } from './zone-keys.ts'

/** What vouches for keys, as RDATA: digests, or the very keys. */
export type Vouchers = {
  readonly from: 'parent' | 'anchor'
  readonly ds: readonly Uint8Array[]
  readonly keys: readonly Uint8Array[]
}

export type Established = {
  readonly ok: true
  readonly keys: readonly ZoneKey[]
  /** Those that must sign everything in the zone, when the settings ask for all of them. */
  readonly algorithms: readonly number[]
  readonly until: SteadySeconds
  readonly words: Words
}

const SHA1 = 1
/** Key tag, algorithm, digest type: the digest follows (RFC 4034 §5.1). */
const DS_HEAD = 4
/** Keys of one tag and algorithm whose digest is compared, and digests in all, for one zone (KeyTrap, CVE-2023-50387). */
const MAX_SAME_TAG = 4
const MAX_DIGESTS = 32

/**
 * The vouchers with which something can be proved, or why there are none: such a zone is insecure (RFC 4035 §5.2). SHA-1 digests
 * do not count beside better ones (RFC 4509 §3).
 */
export function selectVouchers(
  vouchers: Vouchers,
  settings: ValidatorSettings,
): Vouchers | 'algorithm-unsupported' | 'digest-unsupported' {
  const keys = vouchers.keys.filter((rdata) => settings.isSupported(rdata[3] ?? 0))
  const whole = vouchers.ds.filter((rdata) => rdata.length > DS_HEAD)
  // A DS without a digest names no key; a zone that has only such is not one without support for its algorithms.
  if (whole.length === 0 && vouchers.ds.length > 0) return vouchers
  const known = whole.filter((rdata) => settings.isSupported(rdata[2] ?? 0))
  const computed = known.filter((rdata) => findDigestType(rdata[3] ?? 0) !== 'unsupported')
  if (keys.length === 0 && computed.length === 0) {
    return known.length === 0 ? 'algorithm-unsupported' : 'digest-unsupported'
  }
  const better = settings.acceptSha1BesideBetter === true ? [] : computed.filter((rdata) => rdata[3] !== SHA1)
  return { from: vouchers.from, keys, ds: better.length > 0 ? better : computed }
}

/** Holds a DNSKEY RRset to what vouches for it. It is always verified anew: what vouched for it before may have changed. */
export function establishKeys(zone: Name, dnskey: RRset, vouchers: Vouchers, inquiry: Inquiry): Established | Failure {
  const { settings, at, now } = inquiry
  const keys = prepareKeys(dnskey, settings)
  const entries = findEntries(zone, keys, vouchers)
  if (entries === 'work-exceeded') {
    return { ok: false, reason: entries, words: () => `more keys of ${zone} have equal tags than are compared` }
  }
  if (entries.length === 0) return explainNoEntry(zone, dnskey, vouchers)
  const verify = (own: readonly ZoneKey[]): SignatureVerdict => verifyRRset(dnskey, zone, own, at, settings, inquiry)
  let found = verify(entries)
  const algorithms = settings.hardenAlgorithmDowngrade ? algorithmsOf(vouchers) : []
  for (const algorithm of algorithms) {
    if (!found.ok) break
    if (found.key.algorithm === algorithm) continue
    const other = verify(entries.filter((key) => key.algorithm === algorithm))
    if (!other.ok) found = missingAlgorithm(algorithm, other)
  }
  if (!found.ok) return explainNoSignature(zone, entries, found)
  const until = Math.min(dnskey.expires, now + Math.min(found.ttl, settings.maxKeySeconds))
  const { signature, key } = found
  const words = (): string => `${zone}: ${vouchedWords(keys, key)}; ${describeSignature(signature, at)}`
  return { ok: true, keys, algorithms, until, words }
}

/** The keys that are vouched for. */
function findEntries(zone: Name, keys: readonly ZoneKey[], vouchers: Vouchers): ZoneKey[] | 'work-exceeded' {
  const entries = new Set<ZoneKey>()
  let digests = 0
  let isCutShort = false
  for (const rdata of vouchers.keys) {
    const key = keys.find((one) => equalOctets(one.rdata, rdata))
    if (key !== undefined) entries.add(key)
  }
  for (const ds of vouchers.ds) {
    let tried = 0
    for (const key of keys) {
      if (key.tag !== readU16(ds, 0) || key.algorithm !== ds[2]) continue
      if (tried++ === MAX_SAME_TAG || digests++ === MAX_DIGESTS) {
        isCutShort = true
        break
      }
      if (matchesDs(ds, zone, key.rdata) === true) entries.add(key)
    }
  }
  return entries.size === 0 && isCutShort ? 'work-exceeded' : [...entries]
}

function algorithmsOf(vouchers: Vouchers): number[] {
  const all = [...vouchers.ds.map((rdata) => rdata[2] ?? 0), ...vouchers.keys.map((rdata) => rdata[3] ?? 0)]
  return [...new Set(all)].sort((a, b) => a - b)
}

function explainNoEntry(zone: Name, dnskey: RRset, vouchers: Vouchers): Failure {
  let digests = 0
  for (const rdata of dnskey.rdatas.slice(0, MAX_DIGESTS)) {
    if (isSigningKey(rdata)) continue
    const tag = computeKeyTag(rdata)
    const isMeant = (ds: Uint8Array): boolean => readU16(ds, 0) === tag && digests++ < MAX_DIGESTS
    if (!vouchers.ds.some((ds) => isMeant(ds) && matchesDs(ds, zone, rdata) === true)) continue
    const what = (readU16(rdata, 0) & FLAG_REVOKE) !== 0 ? 'is revoked' : 'is not marked as a key of a zone'
    return { ok: false, reason: 'dnskey-no-zone-key', words: () => `key ${tag} of ${zone} is vouched for, but ${what}` }
  }
  const found = (): string =>
    dnskey.rdatas
      .slice(0, MAX_DIGESTS)
      .map((rdata) => computeKeyTag(rdata))
      .join(', ')
  const expected = (): string => vouchersWords(vouchers)
  if (vouchers.from === 'anchor') {
    const words = (): string => `the trust anchors of ${zone} are ${expected()}; the zone has the keys ${found()}`
    return { ok: false, reason: 'anchor-mismatch', words }
  }
  const words = (): string => `the parent of ${zone} vouches for ${expected()}; the zone has the keys ${found()}`
  return { ok: false, reason: 'dnskey-missing', words }
}

/** Signatures by other keys are a rollover that went wrong; no signature at all is what a forwarder or middlebox leaves. */
function explainNoSignature(zone: Name, entries: readonly ZoneKey[], found: SignatureVerdict & { ok: false }): Failure {
  const isByOthers = found.reason === 'signature-unknown-key'
  const isBare = isByOthers || found.reason === 'signature-missing'
  // Where a signature is by a key that is vouched for, it names that key itself.
  const which = (): string => (isBare ? `, of which ${entries.map(keyWords).join(', ')} is vouched for` : '')
  const words = (): string => `the keys of ${zone}${which()}: ${found.detail()}`
  return { ok: false, reason: isByOthers ? 'dnskey-unsigned' : found.reason, words }
}

/** `4711 (ED25519, SHA-256), 815 (RSASHA256)`: the keys that are vouched for, the first of them where there are very many. */
export function vouchersWords({ ds, keys }: Vouchers): string {
  const tags = [
    ...ds
      .slice(0, MAX_DIGESTS)
      .map((rdata) => `${readU16(rdata, 0)} (${algorithmOf(rdata[2])}, ${digestWords(rdata[3] ?? 0)})`),
    ...keys.slice(0, MAX_DIGESTS).map((rdata) => `${computeKeyTag(rdata)} (${algorithmOf(rdata[3])})`),
  ]
  const others = ds.length + keys.length - tags.length
  return tags.join(', ') + (others > 0 ? ` and ${others} others` : '')
}

function algorithmOf(octet: number | undefined): string {
  return algorithmName(octet ?? 0)
}

function digestWords(number: number): string {
  const type = findDigestType(number)
  return type === 'unsupported' ? `digest type ${number}` : type.mnemonic
}

/** `4711 (ED25519) is vouched for; beside it 815 (ED25519)`. */
function vouchedWords(keys: readonly ZoneKey[], entry: ZoneKey): string {
  const others = keys.filter((key) => key !== entry).map(keyWords)
  return `${keyWords(entry)} is vouched for${others.length > 0 ? `; beside it ${others.join(', ')}` : ''}`
}

function keyWords(key: ZoneKey): string {
  return `${key.tag} (${algorithmName(key.algorithm)})`
}
