/**
 * What is done to zones of the lab: most of it makes data bogus, some makes a zone insecure, and some only looks as if. Each row is
 * one thing. Where a signature would tell of it as well, the RRset is signed again, so that only the thing itself is left.
 */
import { Name } from '../../src/dns/name/index.ts'
import type { KeyRole, SigningKey } from '../../src/dnssec/index.ts'
import type { SigningOptions } from '../../src/signer/index.ts'
import type { SignatureForm, SignedLines } from './signed-lines.ts'

const HOUR = 3600
const DAY = 24 * HOUR

/** A zone about to be signed. */
export type Making = {
  readonly apex: Name
  readonly now: number
  readonly ksk: SigningKey
  readonly zsk: SigningKey
  /** Another pair: of this algorithm, or of the one that is said. */
  other(role: 'ksk' | 'zsk', algorithm?: number, as?: { flags?: number; role?: KeyRole }): SigningKey
  /** The same key with other flags. */
  flagged(key: SigningKey, flags: number): SigningKey
  /** A signature by the zone-signing key, as it is to be. */
  readonly form: SignatureForm
  /** RDATA of a DS record as text. */
  ds(key: SigningKey, digestType: number): string
}

export type Fault = {
  readonly name: string
  /** What a validator that follows the RFCs makes of it. */
  readonly expect: 'secure' | 'insecure' | 'bogus' | 'part' | 'fails'
  readonly denial?: 'nsec'
  /** There is a signed zone below. */
  readonly child?: true
  readonly sign?: (making: Making) => Partial<SigningOptions>
  readonly lines?: (zone: SignedLines, making: Making) => void
  /** DS records in place of the usual one. */
  readonly ds?: (making: Making) => string[]
  /** Its servers do not know it. */
  readonly lame?: true
}

const damaged = (text: string): string => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0')
const usual = ({ ksk, ds }: Making): string => ds(ksk, 2)
const isDenial = (type: string | undefined): boolean => type === 'NSEC' || type === 'NSEC3'
const corrupt = (words: string[]): void => {
  const signature = words.at(-1) ?? ''
  words[words.length - 1] = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)
}

/** Where the keys do not hold, nothing below them does. */
const OF_KEYS: readonly Fault[] = [
  { name: 'ds-damaged', expect: 'bogus', ds: ({ ksk, ds }) => [damaged(ds(ksk, 2))] },
  { name: 'ds-of-another-key', expect: 'bogus', ds: ({ other, ds }) => [ds(other('ksk'), 2)] },
  {
    name: 'ds-wrong-tag',
    expect: 'bogus',
    ds: (m) => [usual(m).replace(/^\d+/, (tag) => `${(Number(tag) + 1) % 65536}`)],
  },
  {
    name: 'ds-wrong-algorithm',
    expect: 'bogus',
    ds: (m) => [usual(m).replace(/^(\d+) \d+/, (_, tag: string) => `${tag} ${m.ksk.algorithm === 8 ? 13 : 8}`)],
  },
  {
    name: 'ds-sha1-beside-damaged-sha256',
    expect: 'bogus',
    ds: ({ ksk, ds }) => [ds(ksk, 1), damaged(ds(ksk, 2))],
  },
  { name: 'dnskey-absent', expect: 'bogus', lines: (zone) => zone.drop((w) => w[3] !== 'DNSKEY' && w[4] !== 'DNSKEY') },
  { name: 'dnskey-unsigned', expect: 'bogus', lines: (zone) => zone.dropSignatures(zone.name('@'), 'DNSKEY') },
  {
    name: 'dnskey-signed-by-zsk-only',
    expect: 'bogus',
    lines: (zone, { zsk, form }) => zone.resign(zone.name('@'), 'DNSKEY', { ...form, keys: [zsk] }),
  },
  {
    name: 'dnskey-signature-expired',
    expect: 'bogus',
    lines: (zone, { ksk, now, form }) =>
      zone.resign(zone.name('@'), 'DNSKEY', {
        ...form,
        keys: [ksk],
        inception: now - 40 * DAY,
        expiration: now - 10 * DAY,
      }),
  },
  {
    name: 'dnskey-without-zone-flag',
    expect: 'bogus',
    lines: (zone, { ksk, form }) =>
      zone
        .edit(zone.name('@'), 'DNSKEY', (w) => {
          if (w[4] === '257') w[4] = '1'
        })
        .resign(zone.name('@'), 'DNSKEY', { ...form, keys: [ksk] }),
  },
  {
    name: 'dnskey-revoked',
    expect: 'bogus',
    sign: (m) => ({ signWith: [m.flagged(m.ksk, 385), m.zsk] }),
    ds: (m) => [m.ds(m.flagged(m.ksk, 385), 2)],
  },
  {
    name: 'zsk-not-published',
    expect: 'bogus',
    lines: (zone, { ksk, form }) =>
      zone.drop((w) => w[3] !== 'DNSKEY' || w[4] === '257').resign(zone.name('@'), 'DNSKEY', { ...form, keys: [ksk] }),
  },
  {
    name: 'all-expired',
    expect: 'bogus',
    sign: ({ now }) => ({ inception: now - 60 * DAY, expiration: now - 30 * DAY }),
  },
  {
    name: 'all-in-future',
    expect: 'bogus',
    sign: ({ now }) => ({ inception: now + 30 * DAY, expiration: now + 60 * DAY }),
  },
  { name: 'nothing-signed', expect: 'bogus', lines: (zone) => zone.drop((w) => w[3] !== 'RRSIG') },
  { name: 'lame', expect: 'fails', lame: true },
]

const OF_DATA: readonly Fault[] = [
  { name: 'signature-absent', expect: 'part', lines: (zone) => zone.dropSignatures(zone.name('www'), 'A') },
  { name: 'signature-damaged', expect: 'part', lines: (zone) => zone.editSignatures(zone.name('www'), 'A', corrupt) },
  {
    name: 'signature-by-unknown-key',
    expect: 'part',
    lines: (zone, { other, form }) => zone.resign(zone.name('www'), 'A', { ...form, keys: [other('zsk')] }),
  },
  {
    name: 'signature-expired',
    expect: 'part',
    lines: (zone, { now, form }) =>
      zone.resign(zone.name('www'), 'A', { ...form, inception: now - 60 * DAY, expiration: now - 30 * DAY }),
  },
  {
    name: 'signature-ends-before-it-begins',
    expect: 'part',
    lines: (zone, { now, form }) =>
      zone.resign(zone.name('www'), 'A', { ...form, inception: now + 2 * DAY, expiration: now - 2 * DAY }),
  },
  {
    name: 'signature-just-expired',
    expect: 'part',
    lines: (zone, { now, form }) =>
      zone.resign(zone.name('www'), 'A', { ...form, inception: now - 30 * DAY, expiration: now - 600 }),
  },
  {
    name: 'labels-too-few',
    expect: 'part',
    lines: (zone, { form, apex }) => zone.resign(zone.name('www'), 'A', { ...form, labels: apex.labelCount }),
  },
  {
    name: 'labels-too-many',
    expect: 'part',
    lines: (zone, { form, apex }) => zone.resign(zone.name('www'), 'A', { ...form, labels: apex.labelCount + 2 }),
  },
  {
    name: 'signer-is-parent',
    expect: 'part',
    lines: (zone, { form, apex }) => zone.resign(zone.name('www'), 'A', { ...form, signer: apex.parent }),
  },
  {
    name: 'signer-is-owner',
    expect: 'part',
    lines: (zone, { form }) => zone.resign(zone.name('www'), 'A', { ...form, signer: Name.parse(zone.name('www')) }),
  },
  {
    name: 'soa-signature-damaged',
    expect: 'part',
    lines: (zone) => zone.editSignatures(zone.name('@'), 'SOA', corrupt),
  },
  { name: 'wildcard-unsigned', expect: 'part', lines: (zone) => zone.dropSignatures(zone.name('*.wild'), 'A') },
  { name: 'cname-unsigned', expect: 'part', lines: (zone) => zone.dropSignatures(zone.name('alias'), 'CNAME') },
  { name: 'dname-unsigned', expect: 'part', lines: (zone) => zone.dropSignatures(zone.name('dn'), 'DNAME') },
  { name: 'ds-unsigned', expect: 'part', child: true, lines: (zone) => zone.dropSignatures(zone.name('sec'), 'DS') },
  {
    name: 'ds-taken-away',
    expect: 'part',
    child: true,
    lines: (zone) => zone.drop((w) => w[3] !== 'DS' && w[4] !== 'DS'),
  },
  { name: 'denial-absent', expect: 'part', lines: (zone) => zone.drop((w) => !isDenial(w[3]) && !isDenial(w[4])) },
  {
    name: 'denial-unsigned',
    expect: 'part',
    lines: (zone) => zone.drop((w) => w[3] !== 'RRSIG' || !isDenial(w[4])),
  },
  {
    name: 'nsec-of-apex-absent',
    expect: 'part',
    denial: 'nsec',
    lines: (zone) => zone.drop((w) => w[0] !== zone.name('@') || (w[3] !== 'NSEC' && w[4] !== 'NSEC')),
  },
  {
    name: 'nsec-of-cut-absent',
    expect: 'part',
    denial: 'nsec',
    lines: (zone) => zone.drop((w) => w[0] !== zone.name('ins') || (w[3] !== 'NSEC' && w[4] !== 'NSEC')),
  },
  {
    name: 'nsec-says-type-is-there',
    expect: 'part',
    denial: 'nsec',
    lines: (zone, { form }) =>
      zone.edit(zone.name('txt'), 'NSEC', (w) => w.splice(5, 0, 'A')).resign(zone.name('txt'), 'NSEC', form),
  },
  {
    name: 'nsec-of-cut-says-ds',
    expect: 'part',
    denial: 'nsec',
    lines: (zone, { form }) =>
      zone
        .edit(zone.name('ins'), 'NSEC', (w) => w.splice(w.indexOf('NS') + 1, 0, 'DS'))
        .resign(zone.name('ins'), 'NSEC', form),
  },
  {
    name: 'nsec-of-cut-without-ns',
    expect: 'part',
    denial: 'nsec',
    lines: (zone, { form }) =>
      zone.edit(zone.name('ins'), 'NSEC', (w) => w.splice(w.indexOf('NS'), 1)).resign(zone.name('ins'), 'NSEC', form),
  },
]

const INSECURE: readonly Fault[] = [
  { name: 'ds-absent', expect: 'insecure', ds: () => [] },
  { name: 'ds-unknown-algorithm', expect: 'insecure', ds: (m) => [usual(m).replace(/^(\d+) \d+/, '$1 200')] },
  { name: 'ds-unknown-digest', expect: 'insecure', ds: (m) => [usual(m).replace(/^(\d+) (\d+) 2/, '$1 $2 250')] },
  { name: 'ds-gost-digest', expect: 'insecure', ds: (m) => [usual(m).replace(/^(\d+) (\d+) 2/, '$1 $2 3')] },
  { name: 'ds-rsamd5', expect: 'insecure', ds: (m) => [usual(m).replace(/^(\d+) \d+/, '$1 1')] },
  { name: 'ds-dsa', expect: 'insecure', ds: (m) => [usual(m).replace(/^(\d+) \d+/, '$1 3')] },
]

const HARMLESS: readonly Fault[] = [
  { name: 'ds-sha1-only', expect: 'secure', ds: ({ ksk, ds }) => [ds(ksk, 1)] },
  { name: 'ds-sha384', expect: 'secure', ds: ({ ksk, ds }) => [ds(ksk, 4)] },
  { name: 'ds-sha256-beside-damaged-sha1', expect: 'secure', ds: ({ ksk, ds }) => [damaged(ds(ksk, 1)), ds(ksk, 2)] },
  { name: 'ds-sha256-beside-damaged-sha384', expect: 'secure', ds: ({ ksk, ds }) => [damaged(ds(ksk, 4)), ds(ksk, 2)] },
  {
    name: 'ds-beside-unknown-algorithm',
    expect: 'secure',
    ds: (m) => [usual(m), usual(m).replace(/^(\d+) \d+/, '$1 200')],
  },
  {
    name: 'ds-beside-unknown-digest',
    expect: 'secure',
    ds: (m) => [usual(m), usual(m).replace(/^(\d+) (\d+) 2/, '$1 $2 250')],
  },
  { name: 'ds-beside-one-of-another-key', expect: 'secure', ds: (m) => [m.ds(m.other('ksk'), 2), usual(m)] },
  { name: 'ds-of-zsk', expect: 'bogus', ds: ({ zsk, ds }) => [ds(zsk, 2)] },
  {
    name: 'ds-of-zsk-that-signs-keys',
    expect: 'secure',
    lines: (zone, { zsk, form }) => zone.resign(zone.name('@'), 'DNSKEY', { ...form, keys: [zsk] }),
    ds: ({ zsk, ds }) => [ds(zsk, 2)],
  },
  {
    name: 'one-key-without-sep',
    expect: 'secure',
    sign: (m) => ({ signWith: [m.flagged(m.ksk, 256)] }),
    ds: (m) => [m.ds(m.flagged(m.ksk, 256), 2)],
  },
  { name: 'one-key', expect: 'secure', sign: (m) => ({ signWith: [m.ksk] }) },
  {
    name: 'revoked-key-beside',
    expect: 'secure',
    sign: (m) => ({ signWith: [m.ksk, m.zsk, m.other('ksk', m.ksk.algorithm, { flags: 385 })] }),
  },
  { name: 'standby-keys', expect: 'secure', sign: (m) => ({ publish: [m.other('ksk'), m.other('zsk')] }) },
  {
    name: 'large-keys',
    expect: 'secure',
    sign: (m) => ({
      signWith: [m.ksk, m.zsk, m.other('ksk', 8), m.other('zsk', 8), m.other('ksk', 10), m.other('zsk', 10)],
    }),
  },
  {
    name: 'two-algorithms',
    expect: 'secure',
    sign: (m) => ({ signWith: [m.ksk, m.zsk, m.other('ksk', 16), m.other('zsk', 16)] }),
    ds: (m) => [usual(m), m.ds(m.other('ksk', 16), 2)],
  },
  {
    name: 'two-algorithms-data-signed-by-one',
    expect: 'secure',
    sign: (m) => ({ signWith: [m.ksk, m.zsk, m.other('ksk', 10), m.other('zsk', 10)] }),
    ds: (m) => [usual(m), m.ds(m.other('ksk', 10), 2)],
    lines: (zone, { form }) => zone.resign(zone.name('www'), 'A', form),
  },
  {
    name: 'damaged-signature-beside',
    expect: 'secure',
    lines: (zone, { form }) => {
      zone.editSignatures(zone.name('www'), 'A', corrupt).resign(zone.name('www'), 'A', { ...form, keep: true })
    },
  },
  {
    name: 'expired-signature-beside',
    expect: 'secure',
    lines: (zone, { form, now }) =>
      zone.resign(zone.name('www'), 'A', {
        ...form,
        keep: true,
        inception: now - 60 * DAY,
        expiration: now - 30 * DAY,
      }),
  },
  {
    name: 'ttl-above-original',
    expect: 'secure',
    lines: (zone) => {
      const raise = (words: string[]): void => {
        words[1] = '86400'
      }
      zone.edit(zone.name('www'), 'A', raise).editSignatures(zone.name('www'), 'A', raise)
    },
  },
  { name: 'signed-for-decades', expect: 'secure', sign: ({ now }) => ({ expiration: now + 9000 * DAY }) },
  {
    name: 'signed-for-minutes',
    expect: 'secure',
    sign: ({ now }) => ({ inception: now - 600, expiration: now + 6 * HOUR }),
  },
]

/** In turns, so that a lab of few zones has some of each kind. */
export const FAULTS: readonly Fault[] = inTurns([OF_KEYS, OF_DATA, INSECURE, HARMLESS])

function inTurns(groups: readonly (readonly Fault[])[]): Fault[] {
  const longest = Math.max(...groups.map((group) => group.length))
  return Array.from({ length: longest }, (_, i) => groups.flatMap((group) => group[i] ?? [])).flat()
}
