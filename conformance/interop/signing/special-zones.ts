/** Zones of ours for what signers get wrong: one or two subjects each. Every tool signs them, ours among them. */
import { Name } from '../../../src/dns/name/index.ts'
import { fixedPair } from '../../../src/signer/fixed-keys.fixture.ts'
import type { Denial } from '../../../src/signer/index.ts'
import { NSEC, NSEC3, signText } from '../../../src/signer/signing.fixture.ts'
import type { ZoneFile } from './zones.ts'

const DS = '12345 8 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0102'
const LONG = 'a123456789012345678901234567890123456789012345678901234567890bc'

const TEXTS: Readonly<Record<string, string>> = {
  'empty non-terminals': `
a.b.c.d A 192.0.2.1
x.c.d A 192.0.2.2
deep.ent.y A 192.0.2.3
y AAAA 2001:db8::1
`,
  wildcards: `
* A 192.0.2.1
*.w MX 10 ns
*.*.w TXT "two stars"
a.*.w TXT "a star in the middle"
*.deep.x.w A 192.0.2.4
sub.*.v A 192.0.2.5
*a A 192.0.2.6
`,
  'DNAME with names below': `
d DNAME target.example.net.
d TXT "beside the DNAME"
a.d A 192.0.2.1
b.a.d TXT "below"
e A 192.0.2.2
`,
  'delegations with and without DS, glue': `
secure NS ns.secure
secure NS ns.other
secure DS ${DS}
ns.secure A 192.0.2.10
insecure NS ns.insecure
insecure NS ns.secure
ns.insecure AAAA 2001:db8::10
other NS ns.other
ns.other A 192.0.2.11
z A 192.0.2.1
`,
  'occluded names': `
cut NS ns.cut
cut TXT "beside the NS"
cut A 192.0.2.3
ns.cut A 192.0.2.1
text.cut TXT "below the cut"
deeper.cut NS ns.elsewhere.example.net.
deeper.cut DS ${DS}
x.deeper.cut A 192.0.2.2
*.cut A 192.0.2.4
cutter A 192.0.2.5
`,
  'DNAME at a delegation and delegation below a DNAME': `
both NS ns.example.net.
both DNAME target.example.net.
both DS ${DS}
x.both A 192.0.2.1
d DNAME target.example.net.
sub.d NS ns.example.net.
sub.d DS ${DS}
`,
  'mixed case': `
UPPER A 192.0.2.1
Mixed.Case.Sub TXT "Text Keeps Its Case"
upper AAAA 2001:db8::1
lower MX 10 ns
LOWER A 192.0.2.1
mail MX 10 MAIL.Example.NET.
Alias CNAME Some.Where.ELSE.
_sip._tcp SRV 1 2 3 Server.Example.
naptr NAPTR 1 2 "U" "E2U+sip" "!^.*$!sip:A@B.C!" .
rp RP Admin.Example.NET. Text.Example.
kx KX 10 Exchange.EXAMPLE.
afs AFSDB 1 Server.EXAMPLE.
Zone NS NS.Zone
NS.zone A 192.0.2.2
`,
  PX: `
px PX 10 Map.EXAMPLE. X400.EXAMPLE.
`,
  'escaped labels': `
\\000 A 192.0.2.1
\\000.\\000 A 192.0.2.9
\\001 A 192.0.2.2
a\\.b A 192.0.2.3
a.b A 192.0.2.4
\\255\\254 A 192.0.2.5
sp\\032ace A 192.0.2.6
back\\\\slash A 192.0.2.8
Z\\091 A 192.0.2.10
`,
  'a quote in a label': `
quote\\" A 192.0.2.7
`,
  'long names': `
${LONG}.${LONG}.${LONG}.a123456789012345678901234567890123456789012345678 A 192.0.2.1
${'a.'.repeat(110)}a A 192.0.2.2
${LONG} NS ${LONG}.example.net.
`,
  'mixture of TTLs': `
mix 60 A 192.0.2.1
mix 300 A 192.0.2.2
mix2 300 A 192.0.2.2
mix2 60 A 192.0.2.1
mix3 300 A 192.0.2.2
mix3 60 A 192.0.2.2
mix 0 TXT "zero"
mix 7200 AAAA 2001:db8::1
zero 0 A 192.0.2.3
sub 86400 NS ns.sub
ns.sub 5 A 192.0.2.4
ds 100 NS ns.sub
ds 200 DS ${DS}
`,
  'insecure delegations below an empty non-terminal': `
a.ent1 NS ns.example.net.
b.ent1 NS ns.example.net.
a.ent2 NS ns.example.net.
b.ent2 NS ns.example.net.
b.ent2 DS ${DS}
x.y.ent3 NS ns.example.net.
a.ent5 NS ns.example.net.
z.ent5 A 192.0.2.1
m.n.ent6 NS ns.example.net.
n.ent6 TXT "a name between"
`,
  'a wildcard that delegates': `
*.w NS ns.example.net.
a.w A 192.0.2.1
`,
  'CDS, CDNSKEY and CSYNC': `
@ CDS 0 0 0 00
@ CDNSKEY 0 3 0 AA==
@ CSYNC 1 3 NS A AAAA
sub CDS 12345 8 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0102
`,
  'many types': `
t1 HINFO "PC" "UNIX"
t1 LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m
t1 SSHFP 1 1 AABBCCDDEEFF00112233445566778899AABBCCDD
t1 TYPE65280 \\# 3 010203
t1 TYPE1234 \\# 0
t1 CAA 0 issue "ca.example.net"
_443._tcp.t1 TLSA 3 1 1 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0102
t2 SVCB 1 . alpn=h2 port=443
t2 HTTPS 0 t1
t2 URI 1 1 "http://example.net/"
t2 OPENPGPKEY AQID
`,
  duplicates: `
d A 192.0.2.1
d A 192.0.2.1
D A 192.0.2.1
m MX 10 Host.example.net.
m MX 10 host.EXAMPLE.net.
`,
}

/** TTL of the SOA and its MINIMUM. */
const SOA_TIMES: Readonly<Record<string, readonly [ttl: number, minimum: number]>> = {
  'SOA minimum above its TTL': [600, 3600],
  'SOA minimum below its TTL': [3600, 600],
  'SOA minimum and TTL of zero': [0, 0],
}

const BARE: Readonly<Record<string, string>> = {
  'in-addr.arpa': '1.2.0.192.in-addr.arpa.',
  root: '.',
  'one label': 'x.',
}

export function specialZones(): ZoneFile[] {
  return [
    ...Object.entries(TEXTS).map(([label, text]) => zone(label, 'example.', head(3600, 1800) + text)),
    ...Object.entries(SOA_TIMES).map(([label, [ttl, minimum]]) =>
      zone(label, 'example.', `${head(ttl, minimum)}a A 192.0.2.1\nsub NS ns.sub\nns.sub A 192.0.2.2\n`),
    ),
    ...Object.entries(BARE).map(([label, apex]) =>
      zone(
        label,
        apex,
        `${head(3600, 1800)}1 PTR host.example.net.\n5.sub PTR host.example.net.\ncom NS ns.com\nns.com A 192.0.2.1\n`,
      ),
    ),
    ...signedBefore(),
    zone('upper-case apex', 'EXAMPLE.', `${head(3600, 1800)}a A 192.0.2.1\n`),
  ]
}

/** What an earlier signing left, all of it and in parts. */
function signedBefore(): ZoneFile[] {
  const apex = Name.parse('example.')
  const plain = `$ORIGIN ${apex}\n${head(3600, 1800)}a A 192.0.2.1\nb.c A 192.0.2.2\nsub NS ns.sub\nns.sub A 192.0.2.3\n`
  const signed = (denial: Denial): string => signText(plain, { zone: apex, denial, signWith: fixedPair(15, apex) }).text
  const [key] = fixedPair(8, apex)
  return [
    { label: 'special: signed before, NSEC', apex, text: Buffer.from(signed(NSEC)) },
    { label: 'special: signed before, NSEC3', apex, text: Buffer.from(signed(NSEC3)) },
    zone('NSEC3PARAM in the input', 'example.', `${head(3600, 1800)}@ NSEC3PARAM 1 0 5 AABBCCDD\na A 192.0.2.1\n`),
    zone('ZONEMD in the input', 'example.', `${head(3600, 1800)}@ ZONEMD 1 1 1 ${'00'.repeat(48)}\na A 192.0.2.1\n`),
    zone('a DNSKEY of somebody else', 'example.', `${head(3600, 1800)}${key?.dnskeyText() ?? ''}\na A 192.0.2.1\n`),
    {
      label: 'special: records without a TTL',
      apex,
      text: Buffer.from(`@ SOA ns host 1 7200 3600 1209600 1800\n@ NS ns\nns A 192.0.2.1\n`),
    },
    zone('records of another zone', 'example.', `${head(3600, 1800)}a A 192.0.2.1\nmail.elsewhere. A 192.0.2.2\n`),
  ]
}

function head(ttl: number, minimum: number): string {
  return `$TTL 3600\n@ ${ttl} SOA ns hostmaster 1 7200 3600 1209600 ${minimum}\n@ NS ns\nns A 192.0.2.53\n`
}

function zone(label: string, apex: string, text: string): ZoneFile {
  return { label: `special: ${label}`, apex: Name.parse(apex), text: Buffer.from(`$ORIGIN ${apex}\n${text}`) }
}
