/** PowerDNS' zones, made ready for a server: without what only PowerDNS knows, and signed by us as its tests have them signed. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Workplace } from '../../src/cli/signet.fixture.ts'
import type { Mode } from './pdns-cases.fixture.ts'
import { SERVER, type ServedZone } from './serving.fixture.ts'

const ZONES = [
  '2.0.192.in-addr.arpa',
  'cdnskey-cds-test.com',
  'cryptokeys.org',
  'delegated.dnssec-parent.com',
  'dnssec-parent.com',
  'example.com',
  'hiddencryptokeys.org',
  'insecure.dnssec-parent.com',
  'minimal.com',
  'nztest.com',
  'powerdnssec.org',
  'secure-delegated.dnssec-parent.com',
  'stest.com',
  'test.com',
  'tsig.com',
  'wtest.com',
]
/** RDATA of a WALLET record, a type that not all servers know: two character strings. */
const WALLET = ['currency-identifier', 'wallet-identifier']
  .map((text) => Buffer.from([text.length, ...Buffer.from(text)]).toString('hex'))
  .join('')
/** Its name says it. */
const NEVER_SIGNED = ['insecure.dnssec-parent.com']

/** Published by the test bed of PowerDNS, not in its file: the parent is asked to take the DS away (RFC 8078 §4). */
const DELETING = 'dnssec-parent.com'
const DELETE_RECORDS = '@ 86400 IN CDS 0 0 0 00\n@ 86400 IN CDNSKEY 0 3 0 AA==\n'

/** What no server but PowerDNS loads, and what stands there instead. The names stay: they are links of the chains of denial. */
const REPLACED: readonly (readonly [found: RegExp, instead: string])[] = [
  // A type of PowerDNS alone.
  [/^(google-alias)\s.*$/m, '$1 IN A 192.0.2.1'],
  // A beside a CNAME (RFC 1034 §3.6.2); the test that asks expects the CNAME.
  [/^\*\.mixed-wc\s+IN\s+A\s.*$/m, ''],
  // no-default-alpn without alpn (RFC 9460 §7.1.1).
  [/ no-default-alpn dohpath=.*$/m, ''],
  // Keys with leading zeros (RFC 9460 §2.1).
  [/ key00997="quoted" key0998=foo /, ' key997="quoted" key998=foo '],
  [/WALLET "currency-identifier" "wallet-identifier"/, `TYPE262 \\# 38 ${WALLET}`],
  // A character string of more than 255 octets.
  [/(very-long-txt.*?boy you won't believe how long\. )/, '$1" "'],
  // DS at the apex (RFC 4035 §2.4); those of the parent are asked for.
  [/^@\s+IN\s+DS\s.*$/m, ''],
  // Not of the zone.
  [/^(testnonzone\.com|NZTEST\.COM\.NET)\..*$/gm, ''],
]

/** Types of RFC 1035 that Knot DNS does not read. */
const OBSOLETE = /^.*\sIN\s+(MB|MG|MR|MINFO)\s.*$/gm

const DENIAL: Readonly<Record<Exclude<Mode, 'plain'>, readonly string[]>> = {
  nsec: ['--denial', 'nsec'],
  nsec3: ['--denial', 'nsec3'],
  'nsec3-optout': ['--denial', 'nsec3', '--opt-out'],
}
const NSEC3_PARAMETERS = ['--nsec3-iterations', '1', '--nsec3-salt', 'abcd']

/** Writes the zones of `folder` into the workplace, signed with one P-256 key each unless `mode` is plain. */
export async function prepareZones(folder: string, place: Workplace, mode: Mode): Promise<ServedZone[]> {
  const zones: ServedZone[] = []
  for (const name of ZONES) {
    const file = `${name}.${mode}`
    const whole = readFileSync(join(folder, name), 'latin1')
    const original = SERVER === 'knot' ? whole.replaceAll(OBSOLETE, '') : whole
    const text = REPLACED.reduce((text, [found, instead]) => text.replace(found, instead), original)
    const origin = /^\$ORIGIN/m.test(text) ? '' : `$ORIGIN ${name}.\n`
    const signed = mode !== 'plain' && !NEVER_SIGNED.includes(name)
    const added = signed && name === DELETING ? DELETE_RECORDS : ''
    writeFileSync(join(place.folder, `${file}.unsigned`), origin + text + added, 'latin1')
    if (signed) await sign(place, name, file, mode)
    zones.push({ name: `${name}.`, file: join(place.folder, signed ? file : `${file}.unsigned`) })
  }
  return zones
}

async function sign(place: Workplace, name: string, file: string, mode: Exclude<Mode, 'plain'>): Promise<void> {
  const keys = `${name}.keys`
  await place.run(['key', 'generate', '--zone', name, '--role', 'csk', '--keys', `${mode}/${keys}`])
  const parameters = mode === 'nsec' ? [] : NSEC3_PARAMETERS
  const words = ['zone', 'sign', `${file}.unsigned`, '--zone', name, '--keys', `${mode}/${keys}`, '--out', file]
  await place.run([...words, '--serial', 'keep', ...DENIAL[mode], ...parameters])
  // Peers that do not know the type read its number.
  const wallet = /WALLET\t.*$/gm
  place.write(
    file,
    place
      .read(file)
      .replace(wallet, `TYPE262 \\# 38 ${WALLET}`)
      .replaceAll(/\bWALLET\b/g, 'TYPE262'),
  )
}
