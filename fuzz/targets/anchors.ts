/**
 * What trust anchors come from: DS and DNSKEY text, whole zones of them, root-anchors.xml and its signature, Unbound's files, the
 * form in which trust points are kept; drawn by the first octet. Any of it is read or a DnsError, and what is read prints and
 * reads again as the same.
 */
import { isDeepStrictEqual } from 'node:util'
import { parseAnchorRecords, parseRootAnchors } from '../../src/store/index.ts'
import { checkRootAnchors } from '../../src/store/root-anchors-signature.ts'
import {
  decodeTrustPoint,
  encodeTrustPoint,
  parseAutotrust,
  printAnchor,
  printAutotrust,
  ROOT_ANCHORS,
} from '../../src/validator/index.ts'
import { type FuzzTarget, hold } from '../target.ts'

const decoder = new TextDecoder('latin1')
const encoder = new TextEncoder()

const AUTOTRUST = `; autotrust trust anchor file
;;id: example.com. 1
;;last_queried: 1251100000 ;;Mon Aug 24 07:46:40 2009
;;query_failed: 3
example.com. 10800 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= ;{id = 3613 (ksk)} ;;state=1 [ ADDPEND ] ;;count=2 ;;lastchange=1251000000 ;;x
`
const XML = `<?xml version="1.0"?><TrustAnchor><Zone>.</Zone><KeyDigest validFrom="2017-02-02T00:00:00+00:00"><KeyTag>20326</KeyTag>
<Algorithm>8</Algorithm><DigestType>2</DigestType><Digest>E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D</Digest></KeyDigest></TrustAnchor>`

function readRecords(text: string): string {
  const anchors = parseAnchorRecords(text, 'a')
  const again = parseAnchorRecords(anchors.map((anchor) => `${printAnchor(anchor)}\n`).join(''), 'b')
  hold(again.length === anchors.length, 'anchors read back from their text')
  return `records ${Math.min(4, anchors.length)}`
}

function readAutotrust(text: string): string {
  const point = parseAutotrust(text, 'a')
  hold(
    isDeepStrictEqual(parseAutotrust(printAutotrust(point), 'b').anchors.length, point.anchors.length),
    'a file reads back',
  )
  hold(isDeepStrictEqual(decodeTrustPoint(encodeTrustPoint(point)), point), 'a trust point reads back')
  return `autotrust ${point.anchors.map(({ state }) => state).join()}`
}

function readPoint(text: string): string {
  const point = decodeTrustPoint(text)
  if (typeof point === 'string') return point.slice(0, 24)
  hold(isDeepStrictEqual(decodeTrustPoint(encodeTrustPoint(point)), point), 'a trust point reads back')
  return 'point'
}

const READERS: readonly ((octets: Uint8Array) => string)[] = [
  (octets) => readRecords(decoder.decode(octets)),
  (octets) => `xml ${parseRootAnchors(decoder.decode(octets), 'a.xml').length}`,
  (octets) => readAutotrust(decoder.decode(octets)),
  (octets) => readPoint(decoder.decode(octets)),
  (octets) => `signed ${checkRootAnchors(encoder.encode(XML), octets, 1_800_000_000).length}`,
]

export const target: FuzzTarget = {
  name: 'anchors',
  maxLength: 8000,
  run(octets) {
    return READERS[(octets[0] ?? 0) % READERS.length]?.(octets.subarray(1))
  },
  seeds() {
    const texts = [
      ROOT_ANCHORS.map((anchor) => `${printAnchor(anchor)}\n`).join(''),
      XML,
      AUTOTRUST,
      encodeTrustPoint(parseAutotrust(AUTOTRUST, 'a')),
      '\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x02\x30\x00',
    ]
    const seeds = texts.map((text, i) => Uint8Array.from(`${String.fromCharCode(i)}${text}`, (c) => c.charCodeAt(0)))
    return [...seeds, encoder.encode(`\0$TTL 60\n@ SOA ns. host. 1 2 3 4 5\n NS ns.\n$ORIGIN x.\na DS 1 8 2 00\n`)]
  },
  dictionary: [
    ' IN DNSKEY 257 3 8 ',
    ' DS 1 8 2 ',
    '$ORIGIN ',
    '$GENERATE 1-9 ',
    ';;state=2 ',
    ';;REVOKED\n',
    '<KeyDigest>',
    '</KeyDigest>',
    '&amp;',
    '"anchors":[',
    '( ',
    ' )',
    '\x30\x82',
    '\xa0\x82',
  ].map((word) => encoder.encode(word)),
}
