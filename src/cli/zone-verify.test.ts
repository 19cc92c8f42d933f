import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { signText } from '../signer/signing.fixture.ts'
import { AT, KSK } from '../zone/verify/zone-lines.fixture.ts'
import { Workplace } from './signet.fixture.ts'

const place = new Workplace({ isShared: true })
const bad = (code: string): string => join(import.meta.dirname, '../../conformance/bad-zones', `${code}.zone`)
const plain = `$ORIGIN example.
$TTL 3600
@ SOA ns1 hostmaster 7 7200 3600 1209600 3600
@ NS ns1
ns1 A 192.0.2.1
`
place.write('good', signText(plain).text)
place.write('anchor', `${KSK.dnskeyText()}\n`)
const many = plain + Array.from({ length: 1200 }, (_, i) => `h${i} A 192.0.2.${i % 250}\n`).join('')
place.write('many', signText(many).text)

test('a good zone: status 0 and one line', async () => {
  const { status, stdout, stderr } = await place.signet(`zone verify good --zone example --at ${AT} --anchor anchor`)
  assert.equal(status, 0)
  assert.equal(stdout, 'example. serial 7 is good: 0 errors, 0 warnings, 0 notes; 6 signatures checked\n')
  assert.equal(stderr, '')
})

test('a bad zone: status 1, a fault a line with its code, errors first', async () => {
  const { status, stdout } = await place.signet([
    'zone',
    'verify',
    bad('verify/signature-unusable-key'),
    '--zone',
    'example.',
    '--at',
    '20260115000000',
  ])
  assert.equal(status, 1)
  const lines = stdout.trimEnd().split('\n')
  assert.match(lines[0] ?? '', /^error: a\.example\. TXT: the signature .* \[signature-unusable-key\]$/)
  assert.match(lines[1] ?? '', /^warning: example\. DNSKEY: .* \[dnskey-not-zone-key\]$/)
  assert.match(lines[2] ?? '', /^example\. serial 1 is bad: 1 error, 1 warning, 0 notes; \d+ signatures checked$/)
})

test('--json: zone, serial, verdict and faults', async () => {
  const words = ['zone', 'verify', bad('verify/nsec-missing'), '--zone', 'example.', '--at', String(AT), '--json']
  const { status, stdout } = await place.signet(words)
  assert.equal(status, 1)
  const report: unknown = JSON.parse(stdout)
  assert.ok(typeof report === 'object' && report !== null && 'faults' in report && Array.isArray(report.faults))
  const { faults, ...rest } = report
  assert.deepEqual(rest, {
    zone: 'example.',
    serial: 1,
    verdict: 'bad',
    signatures: 18,
    counts: [{ code: 'nsec-missing', severity: 'error', count: 1 }],
    omitted: 0,
  })
  assert.equal(faults.length, 1)
  const { message, ...fault } = faults[0]
  assert.deepEqual(fault, { code: 'nsec-missing', severity: 'error', owner: 'b.example.', type: 'NSEC' })
  assert.ok(typeof message === 'string')
})

test('workers come to the same verdict', async () => {
  const words = `zone verify many --zone example. --at ${AT} --json`
  const [one, two] = await Promise.all([place.run(`${words} --jobs 1`), place.run(`${words} --jobs 2`)])
  assert.equal(one, two)
  assert.match(one, /"verdict":"good","signatures":240[0-9]/)
  const broken = place.read('many').replace('192.0.2.77\n', '192.0.2.78\n')
  place.write('broken', broken)
  const three = await place.signet(`zone verify broken --zone example. --at ${AT} --jobs 2`)
  assert.equal(three.status, 1)
  assert.match(three.stdout, /\[signature-bogus\]\n.* is bad: 1 error, 0 warnings, 0 notes/)
  const piped = await place.signet(`zone verify - --zone example. --at ${AT} --jobs 2`, { input: broken })
  assert.equal(piped.stdout, three.stdout)
})

test('what cannot be read: status 2, the place in the first line', async () => {
  place.write('cut', `${plain}a A ( 192.0.2.\n`)
  const uses: readonly (readonly [string, RegExp])[] = [
    ['zone verify cut --zone example.', /^signet: cut:6:5: /],
    ['zone check cut --zone example.', /^signet: cut:6:5: /],
    ['zone verify absent --zone example.', /^signet: absent: no such file/],
    ['zone verify good --zone example. --anchor absent', /^signet: absent: no such file/],
    ['zone verify good --zone example. --anchor good', /^signet: good:1:/],
    ['zone verify good --zone example. --at soon', /^signet: .*'soon' is no time/],
    ['zone verify good --zone example. --jobs 0', /^signet: --jobs takes a number/],
    ['zone verify good', /^signet: required option '--zone/],
  ]
  for (const [words, expected] of uses) {
    const { status, stdout, stderr } = await place.signet(words)
    assert.equal(status, 2, words)
    assert.equal(stdout, '')
    assert.match(stderr, expected)
  }
})

test('zone check: good, bad, and as JSON', async () => {
  place.write('plain', `${plain}a_b A 192.0.2.1\n`)
  const good = await place.signet('zone check plain --zone example.')
  assert.equal(good.status, 0)
  assert.match(
    good.stdout,
    /^note: a_b\.example\. A: .* \[host-name\]\nexample\. serial 7 is good: 0 errors, 0 warnings, 1 note; 3 names, 4 records, not signed\n$/,
  )
  const wrong = await place.signet(['zone', 'check', bad('check/cname-several'), '--zone', 'example.', '--json'])
  assert.equal(wrong.status, 1)
  assert.match(
    wrong.stdout,
    /^\{"zone":"example\.","serial":1,"verdict":"bad",.*"faults":\[\{"code":"cname-several","severity":"error","owner":"a\.example\.","type":"CNAME","message":"/,
  )
})
