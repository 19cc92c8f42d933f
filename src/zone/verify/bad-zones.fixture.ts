/**
 * One deliberately broken zone for each fault of verifying: what was broken, and how. Where a signature would tell of it as
 * well, the RRset is signed again, so that only the fault itself is left. The zones stand in `conformance/bad-zones/verify`.
 */

import { Name } from '../../dns/name/index.ts'
import { SigningKey } from '../../dnssec/index.ts'
import { fixedKey } from '../../signer/fixed-keys.fixture.ts'
import { EXPIRATION, INCEPTION, NSEC3 } from '../../signer/signing.fixture.ts'
import type { VerifyCode } from './codes.ts'
import { APEX, AT, KSK, PLAIN, ZoneLines, ZSK } from './zone-lines.fixture.ts'

export type BadZone = {
  readonly code: VerifyCode
  /** What was done to the zone. */
  readonly what: string
  readonly zone: () => ZoneLines
  /** Codes that cannot but come with it. */
  readonly also?: readonly VerifyCode[]
  /** Trust anchors, as DS text. */
  readonly anchor?: string
}

const EX = 'example.'
const OTHER: SigningKey = changed(fixedKey(8, 'ksk', APEX), { flags: 257 })
const REVOKED: SigningKey = changed(fixedKey(15, 'ksk', APEX), { flags: 385, algorithm: 15, from: 'zsk' })
const SHA1_KEY: SigningKey = changed(fixedKey(8, 'ksk', APEX), { algorithm: 5 })
const EXTRA = (rdata: string): string => `example. 3600 IN DNSKEY ${rdata}`
const KEY32 = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='

/** The same key with other flags or under another algorithm number. */
function changed(key: SigningKey, to: { flags?: number; algorithm?: number; from?: 'zsk' }): SigningKey {
  const source = to.from === 'zsk' ? fixedKey(15, 'zsk', APEX) : key
  const { publicKey, privateKey } = source
  const flags = to.flags ?? key.flags
  return SigningKey.create({
    zone: APEX,
    algorithm: to.algorithm ?? key.algorithm,
    flags,
    publicKey,
    privateKey,
    source: key.source,
  })
}

const nsec = (): ZoneLines => ZoneLines.signed()
const nsec3 = (): ZoneLines => ZoneLines.signed({ denial: NSEC3 })
const withKey = (rdata: string): ZoneLines => nsec().add(EXTRA(rdata)).sign(EX, 'DNSKEY')
const ownerOf = (line: string): string => line.split(' ')[0] ?? ''
const digest = (): ZoneLines => ZoneLines.signed({ zonemd: [1] })

/** The NSEC3 record of the name with this bitmap, the first there is. */
function nsec3Of(zone: ZoneLines, bitmap: string): string {
  const found = zone.lines.find((line) => line.split(' ')[3] === 'NSEC3' && line.endsWith(bitmap))
  if (found === undefined) throw new Error(`no NSEC3 record ends with ${bitmap}`)
  return ownerOf(found)
}

/** Changes one NSEC3 record and signs it. */
function changeNsec3(change: (words: string[]) => void, bitmap = ' TXT RRSIG'): ZoneLines {
  const zone = nsec3()
  const owner = nsec3Of(zone, bitmap)
  return zone.edit(owner, 'NSEC3', (line) => edited(line, change)).sign(owner, 'NSEC3')
}

function edited(line: string, change: (words: string[]) => void): string {
  const words = line.split(' ')
  change(words)
  return words.join(' ')
}

/** Every RRset of a signed zone gets one more signature. */
function signAllWith(zone: ZoneLines, key: SigningKey): ZoneLines {
  const covered = new Set(
    zone.lines
      .filter((line) => line.includes(' RRSIG '))
      .filter((line) => line.split(' ')[3] === 'RRSIG')
      .map((line) => `${ownerOf(line)} ${line.split(' ')[4]}`),
  )
  for (const pair of covered) {
    const [owner = '', type = ''] = pair.split(' ')
    zone.sign(owner, type, { keys: [key], keep: true })
  }
  return zone
}

/** Keys and signatures of algorithm 15 told to be of 253 (PRIVATEDNS), with the tags that the keys then have. */
function underAnotherAlgorithm(): ZoneLines {
  const lines = nsec().lines.map((line) =>
    edited(line, (words) => {
      if (words[3] === 'DNSKEY') words[6] = '253'
      if (words[3] !== 'RRSIG') return
      words[5] = '253'
      words[10] = String(Number(words[10]) + 253 - 15)
    }),
  )
  return new ZoneLines(lines)
}

function bothKindsOfDenial(): ZoneLines {
  const zone = nsec()
  const other = nsec3()
  const owners = other.lines.filter((line) => line.split(' ')[3] === 'NSEC3').map(ownerOf)
  zone.add(...other.lines.filter((line) => ['NSEC3', 'NSEC3PARAM'].includes(line.split(' ')[3] ?? '')))
  for (const owner of owners) {
    zone.edit(owner, 'NSEC3', (line) => (line.split(' ').length > 9 ? `${line} NSEC` : line)).sign(owner, 'NSEC3')
  }
  zone.sign(EX, 'NSEC3PARAM')
  return zone.edit(EX, 'NSEC', (line) => `${line} NSEC3PARAM`).sign(EX, 'NSEC')
}

export const BAD_ZONES: readonly BadZone[] = [
  { code: 'soa-missing', what: 'the SOA record is taken out', zone: () => nsec().drop(EX, 'SOA') },
  { code: 'zone-unsigned', what: 'it was never signed', zone: () => new ZoneLines(PLAIN.split('\n').filter(Boolean)) },
  {
    code: 'no-supported-algorithm',
    what: 'keys and signatures are of algorithm 253',
    zone: underAnotherAlgorithm,
    also: ['dnskey-algorithm-unsupported'],
  },
  { code: 'dnskey-protocol', what: 'a further DNSKEY has protocol 2', zone: () => withKey(`256 2 15 ${KEY32}`) },
  {
    code: 'dnskey-malformed',
    what: 'a further DNSKEY has 31 octets of key',
    zone: () => withKey('256 3 15 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg=='),
  },
  { code: 'dnskey-not-zone-key', what: 'a further DNSKEY has flags 0', zone: () => withKey(`0 3 15 ${KEY32}`) },
  {
    code: 'dnskey-algorithm-unsupported',
    what: 'a further DNSKEY is of algorithm 253',
    zone: () => withKey(`256 3 253 ${KEY32}`),
  },
  {
    code: 'dnskey-algorithm-nsec3',
    what: 'it has NSEC3 and is signed with algorithm 5 too',
    zone: () => {
      const zone = nsec3()
        .add(`${SHA1_KEY.dnskeyText().replace(' IN', ' 3600 IN')}`)
        .sign(EX, 'DNSKEY')
      return signAllWith(zone, SHA1_KEY)
    },
  },
  {
    code: 'dnskey-revoked-unsigned',
    what: 'a further key is revoked, without signing the DNSKEY RRset',
    zone: () => nsec().add(REVOKED.dnskeyText().replace(' IN', ' 3600 IN')).sign(EX, 'DNSKEY'),
  },
  {
    code: 'dnskey-sep-unsigned',
    what: 'the ZSK signs the DNSKEY RRset, the KSK does not',
    zone: () => nsec().sign(EX, 'DNSKEY', { keys: [ZSK] }),
  },
  {
    code: 'rrset-unsigned',
    what: 'the signature over an RRset is taken out',
    zone: () => nsec().dropSignatures('a.example.', 'TXT'),
  },
  {
    code: 'algorithm-missing',
    what: 'a key of algorithm 8 signs the DNSKEY RRset only',
    zone: () =>
      nsec()
        .add(OTHER.dnskeyText().replace(' IN', ' 3600 IN'))
        .sign(EX, 'DNSKEY', { keys: [KSK, OTHER] }),
  },
  {
    code: 'signature-bogus',
    what: 'a signed record is changed',
    zone: () => nsec().edit('a.example.', 'TXT', (line) => line.replace('"a"', '"A"')),
  },
  {
    code: 'signature-expired',
    what: 'a signature has expired',
    zone: () => nsec().sign('a.example.', 'TXT', { inception: INCEPTION, expiration: AT - 1 }),
  },
  {
    code: 'signature-not-yet-valid',
    what: 'a signature begins later',
    zone: () => nsec().sign('a.example.', 'TXT', { inception: AT + 1, expiration: EXPIRATION }),
  },
  {
    code: 'signature-times',
    what: 'a signature expires before it begins',
    zone: () => nsec().sign('a.example.', 'TXT', { inception: EXPIRATION, expiration: INCEPTION }),
  },
  {
    code: 'signature-signer',
    what: 'a signature names another signer',
    zone: () => nsec().sign('a.example.', 'TXT', { signer: Name.parse('a.example.') }),
  },
  {
    code: 'signature-labels',
    what: 'a signature is one of the wildcard above',
    zone: () => nsec().sign('a.example.', 'TXT', { labels: 1 }),
  },
  {
    code: 'signature-unknown-key',
    what: 'a signature is by a key that is not published',
    zone: () => nsec().sign('a.example.', 'TXT', { keys: [changed(KSK, { flags: 256 })] }),
  },
  {
    code: 'signature-revoked-key',
    what: 'an RRset is signed by a revoked key',
    zone: () =>
      nsec()
        .add(REVOKED.dnskeyText().replace(' IN', ' 3600 IN'))
        .sign(EX, 'DNSKEY', { keys: [KSK, REVOKED] })
        .sign('a.example.', 'TXT', { keys: [REVOKED] }),
  },
  {
    code: 'signature-unusable-key',
    what: 'an RRset is signed by a key whose DNSKEY has no zone key flag',
    zone: () => {
      const zone = nsec()
        .add(EXTRA(`0 3 15 ${KSK.dnskeyText().split(' ').at(-1)}`))
        .sign(EX, 'DNSKEY')
      const tag = KSK.tag - 257
      return zone.edit('a.example.', 'RRSIG', (line) =>
        line.includes(' RRSIG TXT ') ? line.replace(` ${ZSK.tag} example.`, ` ${tag} example.`) : line,
      )
    },
    also: ['dnskey-not-zone-key'],
  },
  {
    code: 'signature-ttl',
    what: 'an RRSIG has another TTL than its RRset',
    zone: () =>
      nsec().edit('b.example.', 'RRSIG', (line) =>
        line.includes('RRSIG TXT') ? line.replace(' 3600 IN', ' 1800 IN') : line,
      ),
  },
  {
    code: 'original-ttl',
    what: 'the TTL of a signed record is raised',
    zone: () => nsec().edit('a.example.', 'TXT', (line) => line.replace('3600', '7200')),
  },
  {
    code: 'signature-covers-nothing',
    what: 'an RRSIG says that it covers MX records, of which there are none',
    zone: () => {
      const zone = nsec()
      const line = zone.lines.find((one) => ZoneLines.matches(one, 'a.example.', 'RRSIG', 'TXT')) ?? ''
      return zone.add(line.replace('RRSIG TXT', 'RRSIG MX'))
    },
  },
  {
    code: 'signature-beyond-authority',
    what: 'the NS records of a delegation are signed',
    zone: () => nsec().sign('insec.example.', 'NS'),
  },
  {
    code: 'anchor-mismatch',
    what: 'nothing: the trust anchor is of another key',
    zone: nsec,
    anchor: `example. IN DS ${KSK.tag} 15 2 ${'00'.repeat(32)}\n`,
  },
  {
    code: 'anchor-not-signing',
    what: 'nothing: the trust anchor is of the ZSK, which does not sign the DNSKEY RRset',
    zone: nsec,
    anchor: `${ZSK.dnskeyText()}\n`,
  },
  {
    code: 'anchor-unsupported',
    what: 'nothing: the trust anchor has a digest of type 3',
    zone: nsec,
    anchor: `example. IN DS ${KSK.tag} 15 3 ${'00'.repeat(32)}\n`,
  },
  {
    code: 'denial-missing',
    what: 'all NSEC records are taken out',
    zone: () => {
      const zone = nsec()
      for (const owner of zone.lines.filter((line) => line.split(' ')[3] === 'NSEC').map(ownerOf))
        zone.drop(owner, 'NSEC')
      return zone
    },
  },
  { code: 'nsec-and-nsec3', what: 'it has a chain of NSEC and one of NSEC3, both complete', zone: bothKindsOfDenial },
  { code: 'nsec-missing', what: 'an NSEC record is taken out', zone: () => nsec().drop('b.example.', 'NSEC') },
  {
    code: 'nsec-several',
    what: 'a name has two NSEC records',
    zone: () => nsec().add('b.example. 3600 IN NSEC d.example. TXT RRSIG NSEC').sign('b.example.', 'NSEC'),
  },
  {
    code: 'nsec-extra',
    what: 'a glue name has an NSEC record',
    zone: () => nsec().add('ns.sec.example. 3600 IN NSEC *.w.example. A RRSIG NSEC'),
  },
  {
    code: 'nsec-next',
    what: 'an NSEC record points past a name',
    zone: () =>
      nsec()
        .edit('a.example.', 'NSEC', (line) => line.replace('b.example.', 'c.example.'))
        .sign('a.example.', 'NSEC'),
  },
  {
    code: 'nsec-bitmap',
    what: 'an NSEC record lacks a type',
    zone: () =>
      nsec()
        .edit('a.example.', 'NSEC', (line) => line.replace('TXT ', ''))
        .sign('a.example.', 'NSEC'),
  },
  {
    code: 'denial-ttl',
    what: 'an NSEC record has half the TTL',
    zone: () =>
      nsec()
        .edit('a.example.', 'NSEC', (line) => line.replace('3600', '1800'))
        .sign('a.example.', 'NSEC'),
  },
  {
    code: 'nsec3param-missing',
    what: 'the NSEC3PARAM record is taken out',
    zone: () => nsec3().drop(EX, 'NSEC3PARAM'),
  },
  {
    code: 'nsec3param-flags',
    what: 'the NSEC3PARAM record has a flag',
    zone: () =>
      nsec3()
        .edit(EX, 'NSEC3PARAM', (line) => line.replace(' 1 0 0 ', ' 1 1 0 '))
        .sign(EX, 'NSEC3PARAM'),
  },
  {
    code: 'nsec3param-unsupported',
    what: 'the NSEC3PARAM record names hash algorithm 2',
    zone: () =>
      nsec3()
        .edit(EX, 'NSEC3PARAM', (line) => line.replace(' 1 0 0 ', ' 2 0 0 '))
        .sign(EX, 'NSEC3PARAM'),
  },
  {
    code: 'nsec3-chain-missing',
    what: 'a second NSEC3PARAM record has no chain',
    zone: () => nsec3().add('example. 0 IN NSEC3PARAM 1 0 0 AB').sign(EX, 'NSEC3PARAM'),
    also: ['nsec3-salt'],
  },
  {
    code: 'nsec3-parameters',
    what: 'an NSEC3 record has a salt, the NSEC3PARAM has none',
    zone: () => {
      const zone = nsec3()
      const owner = nsec3Of(zone, ' TXT RRSIG')
      const line = zone.find('NSEC3', owner)
      return zone.add(edited(line, (words) => words.splice(7, 1, 'AB'))).sign(owner, 'NSEC3')
    },
  },
  {
    code: 'nsec3-owner',
    what: 'the owner of a further NSEC3 record is no hash',
    zone: () => {
      const zone = nsec3()
      const line = zone.find('NSEC3')
      return zone.add(edited(line, (words) => words.splice(0, 1, 'short.example.'))).sign('short.example.', 'NSEC3')
    },
  },
  {
    code: 'nsec3-flags',
    what: 'an NSEC3 record has an unknown flag',
    zone: () => changeNsec3((words) => words.splice(5, 1, '2')),
  },
  {
    code: 'nsec3-missing',
    what: 'an NSEC3 record is taken out',
    zone: () => {
      const zone = nsec3()
      return zone.drop(nsec3Of(zone, ' TXT RRSIG'), 'NSEC3')
    },
  },
  {
    code: 'nsec3-several',
    what: 'a hash has two NSEC3 records',
    zone: () => {
      const zone = nsec3()
      const owner = nsec3Of(zone, ' TXT RRSIG')
      const line = zone.find('NSEC3', owner)
      return zone.add(line.replace(' TXT RRSIG', ' TXT MX RRSIG')).sign(owner, 'NSEC3')
    },
  },
  {
    code: 'nsec3-extra',
    what: 'there is an NSEC3 record for no name',
    zone: () => {
      const zone = nsec3()
      const line = zone.find('NSEC3')
      const owner = '0000000000000000000000000000000a.example.'
      return zone.add(edited(line, (words) => words.splice(0, 1, owner))).sign(owner, 'NSEC3')
    },
  },
  {
    code: 'nsec3-next',
    what: 'an NSEC3 record points to a hash that is not the next',
    zone: () => changeNsec3((words) => words.splice(8, 1, '0'.repeat(32))),
  },
  {
    code: 'nsec3-bitmap',
    what: 'an NSEC3 record has a type too many',
    zone: () => changeNsec3((words) => words.push('MX')),
  },
  {
    code: 'nsec3-iterations',
    what: 'it is signed with 5 additional iterations',
    zone: () => ZoneLines.signed({ denial: { kind: 'nsec3', iterations: 5, salt: new Uint8Array(0), optOut: false } }),
  },
  {
    code: 'nsec3-salt',
    what: 'it is signed with a salt',
    zone: () =>
      ZoneLines.signed({ denial: { kind: 'nsec3', iterations: 0, salt: Uint8Array.of(0xaa, 0xbb), optOut: false } }),
  },
  {
    code: 'zonemd-digest',
    what: 'glue is changed',
    zone: () => digest().edit('ns.sec.example.', 'A', (line) => line.replace('192.0.2.5', '192.0.2.55')),
  },
  {
    code: 'zonemd-serial',
    what: 'the ZONEMD record is of another serial',
    zone: () =>
      digest()
        .edit(EX, 'ZONEMD', (line) => line.replace('ZONEMD 1 ', 'ZONEMD 2 '))
        .sign(EX, 'ZONEMD'),
  },
  {
    code: 'zonemd-unsupported',
    what: 'the ZONEMD record names hash algorithm 240',
    zone: () =>
      digest()
        .edit(EX, 'ZONEMD', (line) => line.replace('ZONEMD 1 1 1 ', 'ZONEMD 1 1 240 '))
        .sign(EX, 'ZONEMD'),
  },
  {
    code: 'zonemd-repeated',
    what: 'there is a second ZONEMD record of one scheme and hash algorithm',
    zone: () =>
      digest()
        .add(`example. 3600 IN ZONEMD 1 1 1 ${'00'.repeat(48)}`)
        .sign(EX, 'ZONEMD'),
  },
  {
    code: 'zonemd-length',
    what: 'the digest is cut short',
    zone: () =>
      digest()
        .edit(EX, 'ZONEMD', (line) => line.slice(0, -8))
        .sign(EX, 'ZONEMD'),
  },
  {
    code: 'ds-unsupported',
    what: 'the only DS of a child has a digest of type 200',
    zone: () =>
      nsec()
        .edit('sec.example.', 'DS', (line) => line.replace(' 8 2 ', ' 8 200 '))
        .sign('sec.example.', 'DS'),
  },
  {
    code: 'ds-sha1-only',
    what: 'the only DS of a child has a SHA-1 digest',
    zone: () =>
      nsec()
        .edit('sec.example.', 'DS', (line) => line.replace(/ 8 2 .*/, ` 8 1 ${'AB'.repeat(20)}`))
        .sign('sec.example.', 'DS'),
  },
]

/** The zone file, with what is wrong in it as comments. */
export function badZoneText(bad: BadZone): string {
  const codes = [bad.code, ...(bad.also ?? [])].join(' ')
  return `; codes: ${codes}\n; at: 20260115000000\n; ${bad.what}\n${bad.zone().text}`
}
