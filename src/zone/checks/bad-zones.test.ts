import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { textSource } from '../../dns/text/index.ts'
import { type CheckReport, checkZone, loadRecords, Zone } from '../index.ts'
import { CHECK_SEVERITIES, type CheckCode } from './codes.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'conformance', 'bad-zones', 'check')
const APEX = Name.parse('example.')

function check(text: string): CheckReport {
  const loaded = loadRecords(textSource(text), APEX)
  return checkZone(Zone.arrange(APEX, loaded.table), loaded)
}

for (const file of readdirSync(folder).sort()) {
  const code = file.replace('.zone', '')
  const text = readFileSync(join(folder, file), 'latin1')
  const [, what = ''] = text.split('\n')
  test(`a zone with the fault ${code}: ${what.slice(2)}`, () => {
    const report = check(text)
    assert.deepEqual([...new Set(report.faults.map((fault) => fault.code))], [code])
    const [first] = report.faults
    assert.ok(first !== undefined && first.message.length > 20 && first.owner.endsWith('.'))
    assert.equal(report.verdict, first.severity === 'error' ? 'bad' : 'good')
  })
}

test('every code has a zone of its own', () => {
  const codes = readdirSync(folder).map((file) => file.replace('.zone', ''))
  assert.deepEqual(codes.sort(), Object.keys(CHECK_SEVERITIES).sort())
})

const GOOD = `$ORIGIN example.
$TTL 3600
@ SOA ns1 hostmaster 1 7200 3600 1209600 3600
@ NS ns1
@ NS ns.elsewhere.test.
@ MX 10 mail
@ MX 20 any.wild
ns1 A 192.0.2.1
mail AAAA 2001:db8::1
*.wild A 192.0.2.2
nomail MX 0 .
_sip._tcp SRV 0 0 5060 host.sub
_ldap._tcp SRV 0 0 389 host.renamed
renamed DNAME other.test.
sub NS ns.sub
ns.sub A 192.0.2.3
sub DS 60485 8 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A
glued NS glued
glued A 192.0.2.4
alias CNAME mail
alias RRSIG CNAME 15 2 3600 20270101000000 20260101000000 1 example. AAAA
alias NSEC @ CNAME RRSIG NSEC
`

test('what is right gives no fault', () => {
  assert.deepEqual(check(GOOD).faults, [])
})

type Case = { readonly text: string; readonly codes: readonly CheckCode[]; readonly severity?: string }

const CASES: Readonly<Record<string, Case>> = {
  "a server of a delegation is an alias: not this zone's own trouble": {
    text: 'sub NS alias\n',
    codes: ['ns-alias'],
    severity: 'warning',
  },
  'a server of a delegation is ours and has no address': {
    text: 'sub2 NS nobody\n',
    codes: ['ns-without-address'],
    severity: 'warning',
  },
  'a mail exchange that only a wildcard without address covers': {
    text: '*.bare TXT "x"\nm MX 10 host.bare\n',
    codes: ['target-without-address'],
  },
  'a mail exchange at an empty non-terminal': {
    text: 'a.ent A 192.0.2.9\nm MX 10 ent\n',
    codes: ['target-without-address'],
  },
  'an MX that looks like an IPv6 address': { text: 'm MX 10 2001:db8::1.\n', codes: ['mx-address'] },
  'the removal of DS records, told twice over but alone': { text: '@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==\n', codes: [] },
  'a CDS without keys, in a zone that is yet to be signed': {
    text: '@ CDS 60485 8 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A\n',
    codes: ['cds-unmatched'],
    severity: 'warning',
  },
  'RFC7505 §3: a null MX alone, and several exchanges': { text: 'm1 MX 0 .\nm2 MX 1 mail\nm2 MX 2 mail\n', codes: [] },
  'RFC7505 §3: a null MX beside an exchange, whatever its preference': {
    text: 'm MX 10 mail\nm MX 20 .\n',
    codes: ['null-and-other'],
  },
  'RFC2782: a service that is not offered, and a host for it': {
    text: '_x._tcp SRV 0 0 0 .\n_x._tcp SRV 0 0 1 mail\n_y._tcp SRV 0 0 0 .\n',
    codes: ['null-and-other'],
  },
  'two aliases that lead to each other': { text: 'a CNAME b\nb CNAME a\n', codes: ['alias-loop', 'alias-loop'] },
  'three aliases in a circle, and one that leads into it': {
    text: 'a CNAME b\nb CNAME c\nc CNAME a\nd CNAME a\n',
    codes: ['alias-loop', 'alias-loop', 'alias-loop'],
  },
  'aliases that end': { text: 'a CNAME b\nb CNAME c\nc CNAME mail\nd CNAME d.elsewhere.test.\n', codes: [] },
  'RFC4592 §2.2.1: a wildcard alias of a name that it covers': {
    text: '*.w CNAME nobody.w\n',
    codes: ['alias-loop'],
  },
  'a wildcard alias of names that are there, or that it does not cover': {
    text: '*.w CNAME some.w\nsome.w A 192.0.2.9\n*.v CNAME ent.v\nx.ent.v A 192.0.2.9\n*.u CNAME mail\n*.t CNAME a.b.t\nc.b.t A 192.0.2.9\n',
    codes: [],
  },
  'RFC6672 §2.2: a DNAME to a name below its own': { text: 'd DNAME x.d\n', codes: ['alias-loop'] },
  'a DNAME to a name above its own': { text: 'd.e DNAME e\n', codes: [] },
  'RFC1035 §8: mailboxes of RP records': {
    text: 'r1 RP a@b.test. .\nr2 RP a\\@b.test. .\nr3 RP a.b.test. txt\n',
    codes: ['mailbox-at', 'mailbox-at'],
  },
  'a comment right behind a word of a TXT, SPF or CAA record': {
    text: 'a TXT a;b\nb SPF v=spf1;x\nc CAA 0 issue ca.test;policy=ev\nd TXT ( v=DKIM1;\n k=rsa )\ne TXT v=DKIM1 ; p=AAAA\nf TXT "a" b;c\n',
    codes: ['text-cut', 'text-cut', 'text-cut', 'text-cut', 'text-cut', 'text-cut'],
  },
  'comments that are meant, and semicolons that are text': {
    text: 'a TXT "a;b"\nb TXT a\\;b\nc TXT "a";b\nd TXT a=b ; what it is for\ne TXT "v=DKIM1" ; p=AAAA\nf A 192.0.2.9;x\ng CAA 0 issue ";"\nh TXT word ; was=that\n',
    codes: [],
  },
  'a text that is cut in a record of another zone': {
    text: 'mail TXT "x"\no.elsewhere.test. TXT a;b\n',
    codes: ['out-of-zone'],
  },
  'RFC7208 §4.5: SPF records in pieces, in another case, and text that only looks like one': {
    text: 's1 TXT "v=" "SPF1"\ns1 TXT "v=spf1 -all"\ns2 TXT "v=spf1 -all"\ns2 TXT "v=spf10"\ns2 TXT "spf"\ns2 TXT ""\n',
    codes: ['policy-several'],
  },
  'RFC7489 §6.6.3, RFC8460 §3, RFC8461 §3.1: other policies of which there is one': {
    text: '_dmarc TXT "v=DMARC1; p=none"\n_dmarc TXT "v=DMARC1;p=reject"\n_mta-sts TXT "v=STSv1; id=1"\n_mta-sts TXT "v=STSv1; id=2"\n_smtp._tls TXT "v=TLSRPTv1; rua=a"\n_smtp._tls TXT "v=TLSRPTv1; rua=b"\n',
    codes: ['policy-several', 'policy-several', 'policy-several'],
  },
  'different policies at one name': { text: 'p TXT "v=spf1 -all"\np TXT "v=DMARC1; p=none"\n', codes: [] },
  'RFC5890 §2.3.2.1: owners in UTF-8, whatever their types, once each': {
    text: 'bücher A 192.0.2.9\nbücher TXT "x"\nstraße CNAME mail\n*.ü._x TXT "x"\n',
    codes: ['host-name', 'host-name', 'host-name'],
    severity: 'note',
  },
  'owners in another encoding, of hosts only': {
    text: 'b\\252cher A 192.0.2.9\nstra\\223e TXT "x"\n',
    codes: ['host-name'],
  },
  'glue of a delegation is no host of ours': { text: 'x.sub A 192.0.2.9\n', codes: [] },
}

for (const [name, { text, codes, severity }] of Object.entries(CASES)) {
  test(name, () => {
    const { faults } = check(GOOD + text)
    assert.deepEqual(
      faults.map((fault) => fault.code),
      codes,
    )
    if (severity !== undefined) assert.equal(faults[0]?.severity, severity)
  })
}

test('RFC5890 §2.3.2.1: the note on a name in UTF-8 tells its A-label', () => {
  const [note] = check(`${GOOD}www.bücher A 192.0.2.9\n`).faults
  assert.match(
    note?.message ?? '',
    /^the name www\.bücher\.example\. .* A-label www\.xn--bcher-kva\.example\.: write that/,
  )
})

test('RFC2181 §5: an RRset fits a message to the octet, compressed as it is sent', () => {
  // Header and question take 12 + 13 + 4 octets, a TXT record with an owner that is pointed to 12 and its RDATA.
  const texts = (last: number): string =>
    Array.from({ length: 245 }, (_, i) => `big TXT "${String(i).padStart(254, 'x')}"\n`).join('') +
    `big TXT "${'y'.repeat(last)}"\n`
  const left = 65535 - 29 - 245 * (12 + 255)
  assert.deepEqual(check(GOOD + texts(left - 13)).faults, [])
  const [fault, ...more] = check(GOOD + texts(left - 12)).faults
  assert.deepEqual(
    [fault?.code, fault?.severity, fault?.owner, more.length],
    ['rrset-too-large', 'error', 'big.example.', 0],
  )
  const one = (octets: number): string => `one TYPE65280 \\# ${octets} ${'00'.repeat(octets)}\n`
  assert.deepEqual(check(GOOD + one(65535 - 29 - 12)).faults, [])
  assert.equal(check(GOOD + one(65535 - 29 - 11)).faults[0]?.code, 'rrset-too-large')
  // 3000 names of servers are 90 kB in full, and half of that when what they share is pointed to.
  const servers = Array.from({ length: 3000 }, (_, i) => `many NS s${i}.servers.with.a.long.name.test.\n`)
  assert.deepEqual(check(GOOD + servers.join('')).faults, [])
})

test('RFC4035 §3.1.1: an RRset that fits, but not together with its signatures', () => {
  const texts = Array.from({ length: 244 }, (_, i) => `big TXT "${String(i).padStart(254, 'x')}"\n`).join('')
  const signed = (last: number): string => `${texts}big TXT "${'y'.repeat(last)}"\n${signature}`
  const signature = `big RRSIG TXT 8 2 3600 20270101000000 20260101000000 1 example. ${'A'.repeat(342)}==\n`
  // 12 octets before RDATA, 18 before the signer, 9 for the signer, 256; and the OPT record.
  const left = 65535 - 29 - 244 * (12 + 255) - (12 + 18 + 9 + 256) - 11
  assert.deepEqual(check(GOOD + signed(left - 13)).faults, [])
  assert.deepEqual(check(GOOD + signed(left - 12).replace('RRSIG TXT', 'RRSIG A')).faults, [])
  assert.match(check(GOOD + signed(left - 12)).faults[0]?.message ?? '', /^245 records and their signatures do not fit/)
})

test('what was cut is told with its place, that of the directive where $GENERATE made it', () => {
  const places = check(`${GOOD}a TXT v=x; y\n$GENERATE 1-2 g$ TXT "v=x; y"\n`).faults.map(
    ({ message }) => message.split(':')[0],
  )
  const line = GOOD.split('\n').length
  assert.deepEqual(places, [`text, line ${line}`, `text, line ${line + 1}`, `text, line ${line + 1}`])
})

test('faults beyond the bound are counted', () => {
  const lines = Array.from({ length: 250 }, (_, i) => `h${i}_ A 192.0.2.1\n`)
  const report = check(GOOD + lines.join(''))
  assert.deepEqual(report.counts, [{ code: 'host-name', severity: 'note', count: 250 }])
  assert.equal(report.faults.length + report.omitted, 250)
  assert.equal(report.omitted, 150)
})
