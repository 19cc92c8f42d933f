/**
 * Records of every type that a zone may hold, between us and BIND and ldns: what they write of a zone of ours is read here
 * as the same octets, and what they do not know in words they take in the generic form. What each does not know is printed.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { TextError } from '../../src/dns/errors.ts'
import { OctetWriter } from '../../src/dns/octets.ts'
import { EntryScanner, Tokens } from '../../src/dns/presentation/index.ts'
import { parseGeneric, parseRdata, rdataText, recordType, recordTypes, typeNumber } from '../../src/dns/rr/index.ts'

const root = mkdtempSync(join(tmpdir(), 'signet-interop-types-'))
after(() => rmSync(root, { recursive: true, force: true }))

const HEAD =
  'example. 300 IN SOA ns.example. host.example. 1 2 3 4 5\nexample. 300 IN NS ns.example.\nns.example. 300 IN A 10.0.0.1\n'

const KEY = 'AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=='
const SHA256 = 'D2ABDE240D7CD3EE6B4B28C54DF034B97983A1D16E8A410E4561CB106618E971'

/** At least one record of each type; the awkward forms of those that have some. */
const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  A: ['192.0.2.1'],
  NS: ['ns.example.'],
  MD: ['host.example.'],
  MF: ['host.example.'],
  CNAME: ['Host.example.', '\\000\\.\\;x\\@\\(.example.'],
  MB: ['host.example.'],
  MG: ['host.example.'],
  MR: ['host.example.'],
  NULL: ['\\# 3 010203'],
  WKS: ['10.0.0.1 6 25 53', '10.0.0.1 17 53'],
  PTR: ['host.example.'],
  HINFO: ['"PC \\"x\\\\" "a;b"'],
  MINFO: ['a.example. b.example.'],
  MX: ['10 mail.example.'],
  TXT: ['"" "a\\000b\\255" "semi;colon" "back\\\\slash \\"quote\\""', `"${'x'.repeat(255)}"`],
  RP: ['a.example. b.example.'],
  AFSDB: ['1 host.example.'],
  X25: ['"311061700956"'],
  ISDN: ['"150862028003217"', '"150862028003217" "004"'],
  RT: ['10 host.example.'],
  NSAP: ['0x47000580005A0000000001E133FFFFFF00016100'],
  'NSAP-PTR': ['host.example.'],
  SIG: [`A 5 2 3600 20300101000000 20200101000000 2143 foo. ${KEY}`],
  KEY: [`512 3 5 ${KEY}`],
  PX: ['10 a.example. b.example.'],
  GPOS: ['"-32.6882" "116.8652" "10.0"'],
  AAAA: ['2001:db8::1', '::ffff:192.0.2.1', '1:2:3:4:5:6:7:8'],
  LOC: ['42 21 43.952 N 71 5 6.344 W -24.00m 1m 200m 10m', '1 2 3.004 S 5 6 7.008 E 0.05m 0.50m 0.01m 90000000m'],
  NXT: ['a.example. A NS SOA MX SIG KEY LOC NXT'],
  EID: ['1289AB'],
  NIMLOC: ['1289AB'],
  SRV: ['1 2 3 host.example.'],
  ATMA: ['+61200000000', '39246F000E7C9C03120001000100001234567800'],
  NAPTR: ['100 10 "" "" "!^urn:cid:.+@([^\\\\.]+\\\\.)(.*)$!\\\\2!i" .', '1 2 "s" "z3950+I2L" "" _z.example.'],
  KX: ['10 host.example.'],
  CERT: ['3 0 0 AQID', '254 65535 254 AQIDBA=='],
  A6: ['0 2345:c1:ca11:1:1234:5678:9abc:def0', '64 ::1234:5678:9abc:def0 Subnet.example.', '128 x.example.'],
  DNAME: ['target.example.'],
  SINK: ['1 2 3 AQID'],
  APL: ['1:192.168.32.0/21 !1:192.168.38.0/28', '1:224.0.0.0/4 2:ff00::/8'],
  DS: [`12345 13 2 ${SHA256}`],
  SSHFP: ['2 1 123456789ABCDEF67890123456789ABCDEF67890'],
  IPSECKEY: [`10 0 2 . ${KEY}`, `10 1 2 192.0.2.38 ${KEY}`, `10 2 2 2001:db8::1 ${KEY}`, `10 3 2 gw.example. ${KEY}`],
  RRSIG: [`A 13 2 300 20300101000000 20200101000000 2143 example. ${KEY}`],
  NSEC: ['a.example. A MX RRSIG NSEC TYPE1234'],
  DNSKEY: [`257 3 13 ${KEY}`],
  DHCID: ['AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA='],
  NSEC3: [
    '1 1 12 AABBCCDD 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY NSEC3PARAM',
    '1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A',
  ],
  NSEC3PARAM: ['1 0 0 -', '1 0 12 AABBCCDD'],
  TLSA: [`3 1 1 ${SHA256}`],
  SMIMEA: [`3 1 1 ${SHA256}`],
  HIP: [`2 200100107B1A74DF365639CC39F1D578 ${KEY}`, `2 200100107B1A74DF365639CC39F1D578 ${KEY} a.example. b.example.`],
  NINFO: ['"text"'],
  RKEY: [`0 1 8 ${KEY}`],
  TALINK: ['a.example. b.example.'],
  CDS: [`12345 13 2 ${SHA256}`, '0 0 0 00'],
  CDNSKEY: [`257 3 13 ${KEY}`, '0 3 0 AA=='],
  OPENPGPKEY: [KEY],
  CSYNC: ['66 3 A NS AAAA'],
  ZONEMD: [`1 1 241 ${SHA256}`],
  SVCB: [
    '0 foo.example.',
    '16 foo.example. mandatory=alpn,ipv4hint alpn="f\\\\\\\\oo\\\\,bar,h2" ipv4hint=192.0.2.1',
    '1 . alpn="h2,h3" no-default-alpn port=53 ech=AAEC ipv6hint=2001:db8::1,2001:db8::53:1 key667="hello\\210qoo"',
    '1 . alpn="h2" key7="/dns-query{?dns}"',
    '1 . key8 key9="\\000\\029"',
  ],
  HTTPS: ['1 . alpn="h2,h3"'],
  DSYNC: ['CDS NOTIFY 5359 scanner.example.'],
  HHIT: [KEY],
  BRID: [KEY],
  SPF: ['"v=spf1 -all"'],
  UINFO: ['\\# 3 010203'],
  UID: ['\\# 3 010203'],
  GID: ['\\# 3 010203'],
  UNSPEC: ['\\# 3 010203'],
  NID: ['10 0014:4fff:ff20:ee64'],
  L32: ['10 10.1.2.0'],
  L64: ['10 2001:0db8:1140:1000'],
  LP: ['10 subnet.example.'],
  EUI48: ['00-00-5e-00-53-2a'],
  EUI64: ['00-00-5e-ef-10-00-00-2a'],
  URI: ['10 1 "ftp://ftp1.example.com/public"'],
  CAA: ['0 issue "ca1.example.net; account=230123"', '128 tbs "Unknown"', '0 issue ";"'],
  AVC: ['"app-name:WOLFGANG|app-class:OAM"'],
  DOA: ['0 1 2 "" aHR0cHM6Ly93d3cuaXNjLm9yZy8=', '1234567890 1234567890 1 "image/gif" -'],
  AMTRELAY: ['0 1 0 .', '10 0 1 203.0.113.15', '10 0 2 2001:db8::15', '128 1 3 relays.example.'],
  RESINFO: ['"qnamemin" "exterr=15-17"'],
  WALLET: ['"ETH" "0x1"'],
  CLA: ['"TCP-v4-v6"'],
  IPN: ['18446744073709551615'],
  TA: [`12345 13 2 ${SHA256}`],
  DLV: [`12345 13 2 ${SHA256}`],
  WINS: ['LOCAL L2 C900 ( 10.0.0.1 )'],
  WINSR: ['L2 C900 example.'],
}

type Peer = {
  readonly name: string
  /** Types that the tool takes in no form. */
  readonly refuses: readonly string[]
  /** Types that it writes in a form of its own, so that nothing can be compared: ldns shows the bitmap of NXT as `\\# …` behind the
   * name, ATMA without its format and of SINK the first octet. */
  readonly differs: readonly string[]
  read(zone: string): { text: string; error: string }
}

const PEERS: readonly Peer[] = [
  {
    name: 'named-compilezone',
    refuses: ['MD', 'MF'],
    differs: [],
    read(zone) {
      const output = join(root, 'bind.zone')
      // No checks of integrity: they would ask about the targets of the records.
      const args = ['-q', '-i', 'none', '-k', 'ignore', '-s', 'full', '-o', output, 'example', zone]
      const { status, stdout, stderr } = spawnSync('named-compilezone', args, { encoding: 'utf8' })
      return status === 0
        ? { text: readFileSync(output, 'utf8'), error: '' }
        : { text: '', error: stdout + stderr || 'refused' }
    },
  },
  {
    name: 'ldns-read-zone',
    refuses: [],
    differs: ['NXT', 'ATMA', 'SINK'],
    read(zone) {
      const { status, stdout, stderr } = spawnSync('ldns-read-zone', [zone], { encoding: 'utf8' })
      return status === 0 ? { text: stdout, error: '' } : { text: '', error: stderr || 'failed' }
    },
  },
]

/** The records of a printed zone below `x`: owner → octets in hexadecimal. Reads every line with our own scanner and types. */
function recordsOf(text: string): Map<string, string> {
  const records = new Map<string, string>()
  const octets = Buffer.from(text, 'latin1')
  let given = false
  const tokens = new Tokens()
  const read = (into: Uint8Array, at: number): number => {
    if (given) return 0
    given = true
    into.set(octets, at)
    return octets.length
  }
  const scanner = new EntryScanner({ file: 'peer', read }, tokens, octets.length + 1)
  while (scanner.next()) {
    const owner = tokens.string(0)
    if (!owner.startsWith('x')) continue
    const type = typeNumber(tokens.string(3))
    tokens.cursor = 4
    const out = new OctetWriter()
    const declared = recordType(type)
    try {
      if (declared === undefined) parseGeneric(tokens, out)
      else declared.parse(tokens, out)
    } catch (error) {
      // What a tool writes in a form of its own counts as not known to it.
      if (error instanceof TextError) continue
      throw error
    }
    records.set(`${owner} ${type}`, out.copy().toHex())
  }
  return records
}

/** One record's zone: whether the peer reads the line, and as which octets. */
function askPeer(peer: Peer, lines: readonly string[]): { records: Map<string, string>; error: string } {
  const zone = join(root, 'ours.zone')
  writeFileSync(zone, HEAD + lines.map((line) => `${line}\n`).join(''))
  const { text, error } = peer.read(zone)
  return { records: recordsOf(text), error }
}

function installed(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}

test('each type that a zone may hold has a sample', () => {
  const held = recordTypes().filter((type) => type.declaration.only === undefined && type.mnemonic !== 'SOA')
  assert.deepEqual(
    held.map((type) => type.mnemonic).filter((mnemonic) => SAMPLES[mnemonic] === undefined),
    [],
  )
})

for (const peer of PEERS) {
  const skip = installed(peer.name) ? false : `${peer.name} is not installed`
  test(`${peer.name}: what we print is read, and what it prints is read here`, { skip }, (context) => {
    const unknown: string[] = []
    const refused: string[] = []
    const whole: string[] = []
    const expected = new Map<string, string>()
    for (const [mnemonic, texts] of Object.entries(SAMPLES)) {
      if (peer.differs.includes(mnemonic)) continue
      const number = typeNumber(mnemonic)
      for (const text of texts) {
        const octets = parseRdata(number, text)
        const owner = `x${expected.size}.example.`
        const key = `${owner} ${number}`
        const inWords = `${owner} 300 IN ${mnemonic} ${rdataText(number, octets)}`
        // RFC 3597 §5: what a tool does not know by name, it must take in the generic form.
        const generic = `${owner} 300 IN TYPE${number} \\# ${octets.length} ${octets.toHex()}`
        const readAs = (line: string): string | undefined => askPeer(peer, [line]).records.get(key)
        const answer = readAs(inWords)
        if (answer !== undefined) assert.equal(answer, octets.toHex(), inWords)
        else unknown.push(mnemonic)
        if (answer === undefined && readAs(generic) === undefined) {
          refused.push(mnemonic)
          continue
        }
        whole.push(answer === undefined ? generic : inWords)
        expected.set(key, octets.toHex())
      }
    }
    const { records, error } = askPeer(peer, whole)
    assert.equal(error, '')
    assert.deepEqual(new Map([...records].sort()), new Map([...expected].sort()))
    context.diagnostic(`refused in the generic form too: ${refused.join(' ')}`)
    context.diagnostic(`not known in words: ${[...new Set(unknown)].join(' ')}`)
    assert.deepEqual(refused, peer.refuses)
    for (const mnemonic of ['A', 'MX', 'SVCB', 'NSEC3', 'RRSIG', 'LOC', 'APL', 'NAPTR', 'CAA', 'IPSECKEY', 'HIP']) {
      assert.ok(!unknown.includes(mnemonic), `${peer.name} knows ${mnemonic}, but not our text of it`)
    }
  })
}
