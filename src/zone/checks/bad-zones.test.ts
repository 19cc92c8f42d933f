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
  const { table, outOfZone } = loadRecords(textSource(text), APEX)
  return checkZone(Zone.arrange(APEX, table), { outOfZone })
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

test('faults beyond the bound are counted', () => {
  const lines = Array.from({ length: 250 }, (_, i) => `h${i}_ A 192.0.2.1\n`)
  const report = check(GOOD + lines.join(''))
  assert.deepEqual(report.counts, [{ code: 'host-name', severity: 'note', count: 250 }])
  assert.equal(report.faults.length + report.omitted, 250)
  assert.equal(report.omitted, 150)
})
