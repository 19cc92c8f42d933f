/**
 * Zones that others signed, each changed in one random place, before our verdict and theirs: dnssec-verify, ldns-verify-zone,
 * kzonecheck and validns. Where all of them, or dnssec-verify and one more, call a zone bad, `zone verify` or `zone check` does too; where we
 * call one bad, one of them does. `SIGNET_SEED` repeats a run.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { DnsError } from '../../src/dns/errors.ts'
import { Name } from '../../src/dns/name/index.ts'
import { textSource } from '../../src/dns/text/index.ts'
import { checkZone, loadRecords, printRecords, verifyZone, Zone } from '../../src/zone/index.ts'
import { lacking, run } from './signing/tools.ts'

const CHANGES = process.env.CI === 'true' ? 40 : 200
const APEX = Name.parse('example.')
const TOOLS = ['dnssec-verify', 'ldns-verify-zone', 'kzonecheck', 'validns'] as const
const folder = mkdtempSync(join(tmpdir(), 'signet-changed-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const PLAIN = `$ORIGIN example.
$TTL 3600
@ SOA ns1 hostmaster 1 7200 3600 1209600 3600
@ NS ns1
@ NS ns2
@ MX 10 mail
ns1 A 192.0.2.1
ns2 A 192.0.2.2
ns2 AAAA 2001:db8::2
mail A 192.0.2.3
*.wild TXT "wild card"
a.b.c.d.ent A 192.0.2.4
alias CNAME ns1
dn DNAME other.test.
sec NS ns.sec
ns.sec A 192.0.2.5
sec DS 60485 8 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A
insec NS ns.insec
ns.insec A 192.0.2.6
x.y.insec2 NS ns1
srv SRV 0 0 1 mail
txt TXT "a" "b"
zz A 192.0.2.9
`
const OWNERS = 'txt zz ns.sec sec insec new d.ent z.alias p.insec2 y.insec2'
  .split(' ')
  .map((name) => `${name}.example.`)
const ADDED = [
  'A\t192.0.2.77',
  'TXT\t"new"',
  'NS\tns1.example.',
  'AAAA\t2001:db8::9',
  'DS\t60485 8 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A',
  'NSEC\ttxt.example. A NSEC RRSIG',
  'CNAME\tns1.example.',
]

type Random = (bound: number) => number

/** Numbers from 0 to below `bound`, the same for the same seed. */
function randomNumbers(seed: number): Random {
  let state = seed >>> 0
  return (bound) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor(((state >>> 8) / 0x1000000) * bound)
  }
}

/** One change: what was done; undefined when there was nothing to do. `lines`: owner, TTL, class, type, RDATA between tabs. */
function change(lines: string[], random: Random): string | undefined {
  const at = random(lines.length)
  const line = lines[at] ?? ''
  const [owner = '', ttl = '', klass = '', type = '', rdata = ''] = line.split('\t')
  const other = OWNERS[random(OWNERS.length)] ?? ''
  const set = (...parts: string[]): void => {
    lines[at] = parts.join('\t')
  }
  const isOf = (one: string): boolean => {
    const [o, , , t, r = ''] = one.split('\t')
    return o === owner && (t === type || (t === 'RRSIG' && r.startsWith(`${type} `)))
  }
  const keep = (wanted: (one: string) => boolean): void => {
    lines.splice(0, lines.length, ...lines.filter(wanted))
  }
  switch (random(7)) {
    case 0:
      lines.splice(at, 1)
      return `without ${line}`
    case 1: {
      const place = random(rdata.length)
      const next = neighbour(rdata[place] ?? '')
      if (next === undefined) return undefined
      set(owner, ttl, klass, type, rdata.slice(0, place) + next + rdata.slice(place + 1))
      return `RDATA of ${line} changed at ${place}`
    }
    case 2:
      if (ttl === '0') return undefined
      set(owner, String(Number(ttl) + (random(2) === 0 ? 1 : -1)), klass, type, rdata)
      return `TTL of ${line}`
    case 3:
      set(other, ttl, klass, type, rdata)
      return `owner ${other} of ${line}`
    case 4: {
      const added = [random(2) === 0 ? owner : other, '3600', 'IN', ADDED[random(ADDED.length)] ?? ''].join('\t')
      lines.push(added)
      return `with ${added}`
    }
    case 5:
      if (owner === 'example.') return undefined
      keep((one) => !one.startsWith(`${owner}\t`))
      return `without ${owner}`
    default:
      if (type === 'SOA' || type === 'RRSIG') return undefined
      keep((one) => !isOf(one))
      return `without ${owner} ${type} and its signatures`
  }
}

function neighbour(character: string): string | undefined {
  if (/[0-8]/.test(character)) return String(Number(character) + 1)
  if (character === '9') return '0'
  return /[a-yA-Y]/.test(character) ? String.fromCharCode(character.charCodeAt(0) + 1) : undefined
}

/** Codes of all errors that we find; `unreadable` where the file does not parse. */
function judgeHere(text: string, at: number): { dnssec: string[]; other: string[] } {
  try {
    const { table, outOfZone } = loadRecords(textSource(text), APEX)
    const zone = Zone.arrange(APEX, table)
    const errors = (counts: ReturnType<typeof verifyZone>['counts']): string[] =>
      counts.filter(({ severity }) => severity === 'error').map(({ code }) => code)
    return { dnssec: errors(verifyZone(zone, { at }).counts), other: errors(checkZone(zone, { outOfZone }).counts) }
  } catch (error) {
    if (!(error instanceof DnsError)) throw error
    return { dnssec: ['unreadable'], other: [] }
  }
}

async function judgeThere(file: string): Promise<Record<(typeof TOOLS)[number], boolean>> {
  const [bind, ldns, knot, validns] = await Promise.all([
    run('dnssec-verify', ['-q', '-o', 'example', file], folder),
    run('ldns-verify-zone', [file], folder),
    run('kzonecheck', ['-o', 'example.', '-d', 'on', file], folder),
    run('validns', ['-z', 'example', file], folder),
  ])
  return { 'dnssec-verify': bind.ok, 'ldns-verify-zone': ldns.ok, kzonecheck: knot.ok, validns: validns.ok }
}

const WAYS: Readonly<Record<string, readonly string[]>> = {
  NSEC: [],
  NSEC3: ['-3', 'aabb', '-H', '3'],
  'opt-out': ['-3', '-', '-A'],
}

const skip = lacking('dnssec-keygen', 'dnssec-signzone', ...TOOLS)
const seed = Number(process.env.SIGNET_SEED ?? Date.now() % 0x100000000)

test('zones changed in one place: our verdict and those of others', { skip }, async () => {
  console.log(`seed of the changes: ${seed}`)
  for (const flags of [['-f', 'KSK'], []]) {
    assert.ok((await run('dnssec-keygen', ['-q', '-a', 'RSASHA256', ...flags, 'example'], folder)).ok)
  }
  writeFileSync(join(folder, 'plain'), PLAIN)
  const random = randomNumbers(seed)
  const tally = new Map<string, number>()
  for (const [way, flags] of Object.entries(WAYS)) {
    const signed = await run(
      'dnssec-signzone',
      ['-q', '-S', '-x', ...flags, '-o', 'example', '-f', 'signed', 'plain'],
      folder,
    )
    assert.ok(signed.ok, signed.output)
    const { table } = loadRecords(textSource(readFileSync(join(folder, 'signed'))), APEX)
    const order = Uint32Array.from({ length: table.count }, (_, i) => i)
    const lines = Buffer.from(printRecords(table, order, 0, order.length))
      .toString('latin1')
      .trimEnd()
      .split('\n')
    for (let done = 0; done < CHANGES; ) {
      const changed = [...lines]
      const what = change(changed, random)
      if (what === undefined) continue
      done++
      const text = `${changed.join('\n')}\n`
      writeFileSync(join(folder, 'changed'), text)
      const ours = judgeHere(text, Math.floor(Date.now() / 1000))
      const theirs = await judgeThere('changed')
      const bad = TOOLS.filter((tool) => !theirs[tool])
      const told = `seed ${seed}, ${way}, ${what}: here ${[...ours.dnssec, ...ours.other].join(' ') || 'good'}; bad for ${bad.join(' ') || 'none'}`
      if (bad.length > 1 && bad.includes('dnssec-verify')) assert.ok(ours.dnssec.length + ours.other.length > 0, told)
      if (ours.dnssec.length > 0) assert.ok(bad.length > 0, told)
      const key = `${ours.dnssec.length > 0 ? 'bad' : 'good'} here, bad for ${bad.length} of ${TOOLS.length}`
      tally.set(key, (tally.get(key) ?? 0) + 1)
    }
  }
  for (const [key, count] of [...tally].sort()) console.log(`${count} zones: ${key}`)
})
