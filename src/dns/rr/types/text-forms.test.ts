/** Presentation format and octets side by side, mostly the examples of the documents that define the types. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DnsError } from '../../errors.ts'
import { Name } from '../../name/index.ts'
import { OctetWriter } from '../../octets.ts'
import { parseRdata, rdataText, recordType, typeNumber } from '../index.ts'

/** Title, type, text as written, octets, and the text that is printed where it differs. */
type Row = readonly [section: string, type: string, text: string, hex: string, printed?: string]

const IPSEC_KEY = 'AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=='
const IPSEC_KEY_HEX = '010351537986ed35533b6064478eeeb27b5bd74dae149b6e81ba3a0521af82ab7801'
const HOST_KEY =
  'AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D'
const HOST_KEY_HEX =
  '03010001b771ca136e4aeb5ce44333c53b3d2c13c22243851fc708bcce29f7e2eb5787b5f56ccad34f8223acc10904ddb56b2ec4a6d6232f3b50ea094f0914b3b941bbe529af582c36bbadefdaf2adaf9b4911906f5b2522603c615272b880ec8fb930cc6ee39c444daa75b1678f005a4b2499d1da5433f805c7a5ad3237acc5dd5c5e43'

const ROWS: readonly Row[] = [
  [
    'RFC1876 §4',
    'LOC',
    '42 21 54 N 71 06 18 W -24m 30m',
    '0033161389172dd070be15f000988d20',
    '42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m',
  ],
  [
    'RFC1876 §4',
    'LOC',
    '42 21 43.952 N 71 5 6.344 W -24m 1m 200m',
    '001224138917069070bf2dd800988d20',
    '42 21 43.952 N 71 5 6.344 W -24.00m 1m 200m 10m',
  ],
  [
    'RFC1876 §4',
    'LOC',
    '32 7 19 S 116 2 25 E 10m',
    '00121613791b7d2898e6486800989a68',
    '32 7 19.000 S 116 2 25.000 E 10.00m 1m 10000m 10m',
  ],
  [
    'RFC1876 §4',
    'LOC',
    '42 21 28.764 N 71 00 51.617 W -44m 2000m',
    '002516138916cb3c70c310df00988550',
    '42 21 28.764 N 71 0 51.617 W -44.00m 2000m 10000m 10m',
  ],
  [
    'RFC1876 §3',
    'LOC',
    '60 09 00.000 N 24 39 00.000 E 10.00m 90000000.00m 2000m 20m',
    '009925238ce82360854a10a000989a68',
    '60 9 0.000 N 24 39 0.000 E 10.00m 90000000m 2000m 20m',
  ],
  ['RFC1876 §2', 'LOC', '\\# 2 01ff', '01ff', '\\# 2 01FF'],
  [
    'RFC3123 §5',
    'APL',
    '1:192.168.32.0/21 !1:192.168.38.0/28',
    '00011503c0a82000011c83c0a826',
    '1:192.168.32.0/21 !1:192.168.38.0/28',
  ],
  ['RFC3123 §5', 'APL', '1:127.0.0.1/32 1:172.16.64.0/22', '000120047f00000100011603ac1040'],
  ['RFC3123 §5', 'APL', '1:224.0.0.0/4  2:FF00:0:0:0:0:0:0:0/8', '00010401e000020801ff', '1:224.0.0.0/4 2:ff00::/8'],
  ['RFC3123 §4', 'APL', '!2:2001:db8::/32', '0002208420010db8'],
  ['RFC3123 §4', 'APL', '', ''],
  ['RFC3123 §4', 'APL', '\\# 6 000308020102', '000308020102'],
  [
    'RFC8659 §4.4',
    'CAA',
    '0 issue "ca1.example.net; account=230123"',
    '000569737375656361312e6578616d706c652e6e65743b206163636f756e743d323330313233',
  ],
  ['RFC8659 §4.4', 'CAA', '128 tbs Unknown', '8003746273556e6b6e6f776e', '128 tbs "Unknown"'],
  ['RFC8659 §4.2', 'CAA', '0 issue ";"', '000569737375653b'],
  [
    'RFC7553 §4.5',
    'URI',
    '10 1 "ftp://ftp1.example.com/public"',
    '000a00016674703a2f2f667470312e6578616d706c652e636f6d2f7075626c6963',
  ],
  [
    'RFC8005 §6',
    'HIP',
    `( 2 200100107B1A74DF365639CC39F1D578\n ${HOST_KEY} )`,
    `10020084200100107b1a74df365639cc39f1d578${HOST_KEY_HEX}`,
    `2 200100107B1A74DF365639CC39F1D578 ${HOST_KEY}`,
  ],
  [
    'RFC8005 §6',
    'HIP',
    `2 200100107B1A74DF365639CC39F1D578 ${HOST_KEY} rvs.example.com.`,
    `10020084200100107b1a74df365639cc39f1d578${HOST_KEY_HEX}03727673076578616d706c6503636f6d00`,
  ],
  ['RFC8777 §4.3.2', 'AMTRELAY', '10 0 1 203.0.113.15', '0a01cb00710f'],
  ['RFC8777 §4.3.2', 'AMTRELAY', '10 0 2 2001:db8::15', '0a0220010db8000000000000000000000015'],
  [
    'RFC8777 §4.3.2',
    'AMTRELAY',
    '128 1 3 amtrelays.example.com.',
    '808309616d7472656c617973076578616d706c6503636f6d00',
  ],
  ['RFC8777 §4.2.3', 'AMTRELAY', '0 1 0 .', '0080'],
  ['RFC8777 §4.2.3', 'AMTRELAY', '\\# 4 00840102', '00840102', '\\# 4 00840102'],
  ['RFC4025 §3.2', 'IPSECKEY', `10 1 2 192.0.2.38 ${IPSEC_KEY}`, `0a0102c0000226${IPSEC_KEY_HEX}`],
  ['RFC4025 §3.2', 'IPSECKEY', `( 10 0 2\n . ${IPSEC_KEY} )`, `0a0002${IPSEC_KEY_HEX}`, `10 0 2 . ${IPSEC_KEY}`],
  [
    'RFC4025 §3.2',
    'IPSECKEY',
    `10 3 2 mygateway.example.com. ${IPSEC_KEY}`,
    `0a0302096d7967617465776179076578616d706c6503636f6d00${IPSEC_KEY_HEX}`,
  ],
  [
    'RFC4025 §3.2',
    'IPSECKEY',
    `10 2 2 2001:0DB8:0:8002::2000:1 ${IPSEC_KEY}`,
    `0a020220010db8000080020000000020000001${IPSEC_KEY_HEX}`,
    `10 2 2 2001:db8:0:8002::2000:1 ${IPSEC_KEY}`,
  ],
  ['RFC4025 §2.4', 'IPSECKEY', '10 0 0 .', '0a0000'],
  ['RFC7043 §3.2', 'EUI48', '00-00-5e-00-53-2a', '00005e00532a'],
  ['RFC7043 §4.2', 'EUI64', '00-00-5E-EF-10-00-00-2A', '00005eef1000002a', '00-00-5e-ef-10-00-00-2a'],
  ['RFC6742 §2.1.2', 'NID', '10 0014:4fff:ff20:ee64', '000a00144fffff20ee64'],
  ['RFC6742 §2.1.2', 'NID', '10 14:4fff:ff20:ee64', '000a00144fffff20ee64', '10 0014:4fff:ff20:ee64'],
  ['RFC6742 §2.2.2', 'L32', '10 10.1.2.0', '000a0a010200'],
  ['RFC6742 §2.3.2', 'L64', '10 2001:0DB8:1140:1000', '000a20010db811401000', '10 2001:0db8:1140:1000'],
  ['RFC6742 §2.4.2', 'LP', '10 l64-subnet1.example.com.', '000a0b6c36342d7375626e657431076578616d706c6503636f6d00'],
  ['RFC7477 §2.1.2', 'CSYNC', '66 3 A NS AAAA', '000000420003000460000008'],
  [
    'RFC9859 §2.3',
    'DSYNC',
    'CDS NOTIFY 5359 cds-scanner.example.net.',
    '003b0114ef0b6364732d7363616e6e6572076578616d706c65036e657400',
  ],
  ['RFC9859 §2.1', 'DSYNC', 'TYPE62 128 443 .', '003e8001bb00', 'CSYNC 128 443 .'],
  [
    'RFC3403 §6.2',
    'NAPTR',
    '100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.gatech.edu.',
    '0064003201730d7a333935302b49324c2b49324300065f7a33393530045f746370066761746563680365647500',
  ],
  [
    'RFC3403 §6.2',
    'NAPTR',
    '100 10 "" "" "!^urn:cid:.+@([^\\\\.]+\\\\.)(.*)$!\\\\2!i" .',
    '0064000a000021215e75726e3a6369643a2e2b40285b5e5c2e5d2b5c2e29282e2a2924215c32216900',
  ],
  [
    'RFC3403 §6.2',
    'NAPTR',
    '100 50 a rcds+N2C "" cidserver.example.com.',
    '00640032016108726364732b4e32430009636964736572766572076578616d706c6503636f6d00',
    '100 50 "a" "rcds+N2C" "" cidserver.example.com.',
  ],
  ['RFC1035 §3.4.2', 'WKS', '10.0.0.1 6 ( 0 1 2 21 23 )', '0a00000106e00005', '10.0.0.1 6 0 1 2 21 23'],
  ['RFC1035 §3.4.2', 'WKS', '10.0.0.1 TCP ( smtp domain )', '0a0000010600000040000004', '10.0.0.1 6 25 53'],
  ['RFC1035 §3.4.2', 'WKS', '\\# 7 0a000001064000', '0a000001064000', '\\# 7 0A000001064000'],
  [
    'RFC1706 §5',
    'NSAP',
    '0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00',
    '47000580005a0000000001e133ffffff00016100',
    '0x47000580005A0000000001E133FFFFFF00016100',
  ],
  ['RFC1183 §3.1', 'X25', '311061700956', '0c333131303631373030393536', '"311061700956"'],
  [
    'RFC1183 §3.2',
    'ISDN',
    '150862028003217 004',
    '0f31353038363230323830303332313703303034',
    '"150862028003217" "004"',
  ],
  ['RFC1183 §3.2', 'ISDN', '150862028003217', '0f313530383632303238303033323137', '"150862028003217"'],
  [
    'RFC1712 §3',
    'GPOS',
    '-32.6882 116.8652 10.0',
    '082d33322e36383832083131362e383635320431302e30',
    '"-32.6882" "116.8652" "10.0"',
  ],
  [
    'RFC2163 §4',
    'PX',
    '10 net2.it. PRMD-net2.ADMD-p400.C-it.',
    '000a046e657432026974000950524d442d6e6574320941444d442d7034303004432d697400',
  ],
  [
    'RFC2874 §3.1.2',
    'A6',
    '64 ::1234:5678:9abc:def0 SUBNET-1.IP6.EXAMPLE.',
    '40123456789abcdef0085355424e45542d3103495036074558414d504c4500',
  ],
  [
    'RFC2874 §3.1.2',
    'A6',
    '0 2345:00C1:CA11:0001:1234:5678:9ABC:DEF0',
    '00234500c1ca110001123456789abcdef0',
    '0 2345:c1:ca11:1:1234:5678:9abc:def0',
  ],
  ['RFC2874 §3.1.2', 'A6', '128 x.example.', '800178076578616d706c6500'],
  ['RFC2874 §3.1.1', 'A6', '44 ::1:0:0:0:0 x.', '2c0000010000000000000000017800', '44 0:0:0:1:: x.'],
  ['ATMA', 'ATMA', '+61200000000', '013631323030303030303030'],
  [
    'ATMA',
    'ATMA',
    '39.246f.00.0e7c9c.0312.0001.0001.000012345678.00',
    '0039246f000e7c9c03120001000100001234567800',
    '39246F000E7C9C03120001000100001234567800',
  ],
  ['EID', 'EID', '12 89 AB', '1289ab', '1289AB'],
  ['SINK', 'SINK', '1 2 3 AQID', '010203010203'],
  ['RFC2535 §5', 'NXT', 'a.secure. NS SOA MX SIG KEY LOC NXT', '01610673656375726500220100c6'],
  ['RFC4398 §2.1', 'CERT', 'PGP 0 0 AQID', '0003000000010203', '3 0 0 AQID'],
  ['RFC4398 §2.1', 'CERT', '254 65535 PRIVATEOID AQIDBA==', '00fefffffe01020304', '254 65535 254 AQIDBA=='],
  ['RFC2535 §3', 'KEY', '512 DNSSEC RSASHA1 AQID', '02000305010203', '512 3 5 AQID'],
  ['RFC2535 §3.1.2', 'KEY', '49152 3 0', 'c0000300'],
  [
    'RFC4701 §3.6.1',
    'DHCID',
    '( AAIBY2/AuCccgoJbsaxcQc9TUapptP69l\n OjxfNuVAA2kjEA= )',
    '000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000da48c40',
    'AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=',
  ],
  [
    'RFC4255 §3.2',
    'SSHFP',
    '2 1 123456789abcdef67890123456789abcdef67890',
    '0201123456789abcdef67890123456789abcdef67890',
    '2 1 123456789ABCDEF67890123456789ABCDEF67890',
  ],
  [
    'RFC6698 §2.3',
    'TLSA',
    '( 0 0 1 d2abde240d7cd3ee6b4b28c54df034b9\n 7983a1d16e8a410e4561cb106618e971 )',
    '000001d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971',
    '0 0 1 D2ABDE240D7CD3EE6B4B28C54DF034B97983A1D16E8A410E4561CB106618E971',
  ],
  [
    'DOA',
    'DOA',
    '0 1 2 "" aHR0cHM6Ly93d3cuaXNjLm9yZy8=',
    '0000000000000001020068747470733a2f2f7777772e6973632e6f72672f',
  ],
  ['DOA', 'DOA', '1234567890 1234567890 1 "image/gif" -', '499602d2499602d20109696d6167652f676966'],
  ['RFC8078 §4', 'CDS', '0 0 0 00', '0000000000'],
  ['RFC8078 §4', 'CDNSKEY', '0 3 0 AA==', '0000030000'],
  [
    'RFC2535 §4',
    'SIG',
    'A 5 2 3600 20300101000000 20200101000000 2143 foo. AQID',
    '0001050200000e1070dbd8805e0be100085f03666f6f00010203',
  ],
  [
    'RFC9606 §8',
    'RESINFO',
    'qnamemin exterr=15-17',
    '08716e616d656d696e0c6578746572723d31352d3137',
    '"qnamemin" "exterr=15-17"',
  ],
  [
    'RFC8976 §2.2.4',
    'ZONEMD',
    '1 1 240 aabbccddeeff001122334455',
    '0000000101f0aabbccddeeff001122334455',
    '1 1 240 AABBCCDDEEFF001122334455',
  ],
  ['IPN', 'IPN', '18446744073709551615', 'ffffffffffffffff'],
  ['CLA', 'CLA', 'TCP-v4-v6', '095443502d76342d7636', '"TCP-v4-v6"'],
  ['MS-DNSP §2.2.2.2.4', 'WINS', 'LOCAL L2 C900 ( 10.0.0.1 )', '000100000000000200000384000000010a000001'],
  ['MS-DNSP §2.2.2.2.4', 'WINS', '10.10.10.1', '000000000000000200000384000000010a0a0a01', 'L2 C900 ( 10.10.10.1 )'],
  [
    'MS-DNSP §2.2.2.2.4',
    'WINS',
    'LOCAL 5 3600 172.16.72.3 172.16.72.4',
    '000100000000000500000e1000000002ac104803ac104804',
    'LOCAL L5 C3600 ( 172.16.72.3 172.16.72.4 )',
  ],
  [
    'MS-DNSP §2.2.2.2.4',
    'WINSR',
    'L1 C900 ( example.com. )',
    '000000000000000100000384076578616d706c6503636f6d00',
    'L1 C900 example.com.',
  ],
  ['MS-DNSP §2.2.2.2.4', 'WINS-R', 'local c10 x.', '00010000000000020000000a017800', 'LOCAL L2 C10 x.'],
]

for (const [section, type, text, hex, printed] of ROWS) {
  test(`${section}: ${type} ${text.slice(0, 60)}`, () => {
    const number = typeNumber(type)
    const octets = parseRdata(number, text)
    assert.equal(octets.toHex(), hex)
    assert.equal(rdataText(number, octets), printed ?? text)
  })
}

/** Section, type, text, and a part of what the error says. */
const REFUSED: readonly (readonly [section: string, type: string, text: string, says: RegExp])[] = [
  ['RFC1876 §3', 'LOC', '91 N 0 E 0m', /latitude/],
  ['RFC1876 §3', 'LOC', '90 0 0.001 N 0 E 0m', /at most 90/],
  ['RFC1876 §3', 'LOC', '10 60 N 0 E 0m', /latitude/],
  ['RFC1876 §3', 'LOC', '10 N 0 E 42849672.96m', /altitude/],
  ['RFC1876 §3', 'LOC', '10 N 0 E 0m 90000000.01m', /size/],
  ['RFC1876 §3', 'LOC', '10 N 0 E', /ends here/],
  ['RFC3123 §5', 'APL', '1:192.168.32.0/33', /at most 32 bits/],
  ['RFC3123 §5', 'APL', '3:1234/8', /no text form/],
  ['RFC3123 §5', 'APL', '1:2001:db8::/32', /no address/],
  ['RFC8659 §4.1', 'CAA', '0 is-sue "x"', /letters and digits/],
  ['RFC8659 §4.1', 'CAA', '256 issue "x"', /0 to 255/],
  ['RFC7553 §4.4', 'URI', '10 1 ""', /empty/],
  ['RFC1183 §3.1', 'X25', '123', /at least four/],
  ['RFC1035 §3.3.14', 'TXT', '', /ends here/],
  ['RFC8976 §2.2.4', 'ZONEMD', '1 1 240 aabbccddeeff0011223344', /at least 12/],
  ['RFC4034 §5.3', 'DS', '1 8 2 00', /32 octets/],
  ['RFC4255 §3.1.2', 'SSHFP', '1 1 00', /20 octets/],
  ['RFC7043 §3.2', 'EUI48', '00-00-5e-00-53', /EUI-48/],
  ['RFC7043 §3.2', 'EUI48', '0-00-5e-00-53-2a', /EUI-48/],
  ['RFC2874 §3.1.2', 'A6', '129 ::1 x.', /128/],
  ['RFC4025 §2.5', 'IPSECKEY', '10 4 2 . AQID', /no text form/],
  ['RFC4025 §2.5', 'IPSECKEY', '10 0 2 192.0.2.1 AQID', /none/],
  ['RFC8005 §5', 'HIP', '2 20 ', /ends here/],
  ['RFC1035 §3.3.10', 'NULL', 'text', /no text form/],
  ['RFC3597 §5', 'A', '\\# 3 010203', /no RDATA of type A/],
  ['RFC3597 §5', 'TYPE65280', 'text', /unknown here/],
  ['RFC1035 §5.1', 'A', '192.0.2.1 192.0.2.2', /unexpected/],
  ['RFC1035 §5.1', 'A', '192.0.2.1\n192.0.2.2', /second line/],
]

for (const [section, type, text, says] of REFUSED) {
  test(`${section}: ${type} refuses ${text}`, () => {
    assert.throws(
      () => parseRdata(typeNumber(type), text),
      (error) => error instanceof DnsError && says.test(error.message),
    )
  })
}

test('relative names continue with the origin', () => {
  const octets = parseRdata(typeNumber('MX'), '10 mail', Name.parse('example.org.'))
  assert.equal(rdataText(typeNumber('MX'), octets), '10 mail.example.org.')
})

test('RFC3597 §5: octets that are no RDATA of their type are written in the generic form', () => {
  assert.equal(rdataText(typeNumber('A'), Uint8Array.of(1, 2, 3)), '\\# 3 010203')
  assert.equal(rdataText(65280, Uint8Array.of()), '\\# 0')
})

test('RFC3597 §4: compressed names are accepted where senders used to write them, and nowhere else', () => {
  const message = Uint8Array.of(...new Array<number>(12).fill(0), 1, 0x41, 0, 0, 10, 1, 0x62, 0xc0, 12)
  for (const [mnemonic, accepted] of [
    ['MX', true],
    ['AFSDB', true],
    ['RT', true],
    ['KX', true],
    ['LP', false],
  ] as const) {
    const number = typeNumber(mnemonic)
    const rdata = message.slice(15, message.length)
    assert.equal(rdataText(number, rdata).startsWith('\\#'), true, 'a pointer is no uncompressed name')
    assert.equal(expands(number, message, 15), accepted, mnemonic)
  }
})

function expands(type: number, message: Uint8Array, at: number): boolean {
  return recordType(type)?.expand(message, at, message.length, new OctetWriter()) ?? false
}
