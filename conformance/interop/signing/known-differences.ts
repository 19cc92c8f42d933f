/**
 * Where signing differs from ldns-signzone and dnssec-signzone, and on purpose. Each row has its section in
 * docs/differences.md; a difference that no row explains is an error, and so is a row that nothing shows.
 */
import type { Difference } from './normal-form.ts'
import { type ShownRecord, without, type ZoneFile } from './zones.ts'

export type Tool = 'ldns-signzone' | 'dnssec-signzone'

export type KnownDifference = {
  /** The heading in docs/differences.md. */
  readonly id: string
  readonly tools: readonly Tool[]
  /** Whether it explains one difference of the outputs. */
  readonly explains?: (difference: Difference, apex: string) => boolean
  /** Records of the input that are handled otherwise: without them, both sign alike. */
  readonly input?: (record: ShownRecord, signedBefore: boolean) => boolean
  /** For rows with `input`: when they matter although no record is to be left out. */
  readonly alsoWhen?: (zone: ZoneFile, outOfZone: number) => boolean
  /** What the tool says when it refuses a zone that is signed here; or what is wrong with its output, `unreadable`. */
  readonly refusal?: RegExp
}

const BOTH: readonly Tool[] = ['ldns-signzone', 'dnssec-signzone']
const LDNS: readonly Tool[] = ['ldns-signzone']
const BIND: readonly Tool[] = ['dnssec-signzone']

/** Records of the type at the apex, and the signatures over them, which ldns-signzone takes for a sign of the type. */
function atApexOf(wanted: string): (record: ShownRecord) => boolean {
  return ({ type, atApex, covered }) => atApex && (type === wanted || covered === wanted)
}

/** Whether the first record, the SOA, has no TTL and nothing before it gives one. */
function lacksTtls(text: string): boolean {
  return !/^\$TTL/m.test(text) && /^\S+\s+(IN\s+)?SOA\s/im.test(text)
}

const isTtl = ({ kind }: Difference): boolean => kind === 'ttl' || kind === 'original-ttl'
const isOf = ({ type, covered }: Difference, wanted: string): boolean => type === wanted || covered === wanted

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    id: 'TTL of NSEC3PARAM',
    tools: LDNS,
    explains: (d) => isTtl(d) && isOf(d, 'NSEC3PARAM') && d.values[0] === '0',
  },
  {
    id: 'Records of an RRset with several TTLs',
    tools: BOTH,
    explains: (d) => isTtl(d) && /^mix/.test(d.owner) && Number(d.values[0]) < Number(d.values[1]),
  },
  {
    id: 'TTL of DNSKEY below a SOA of TTL zero',
    tools: LDNS,
    explains: (d) => isTtl(d) && isOf(d, 'DNSKEY') && d.values[0] === '0' && d.values[1] === '3600',
  },
  {
    id: 'CDS and CDNSKEY below the apex',
    tools: LDNS,
    explains: ({ type, covered, owner }, apex) =>
      type === 'RRSIG' && (covered === 'CDS' || covered === 'CDNSKEY') && owner !== apex,
  },
  { id: 'ZONEMD in the input', tools: BOTH, input: atApexOf('ZONEMD') },
  { id: 'NSEC3PARAM in the input', tools: LDNS, input: atApexOf('NSEC3PARAM') },
  {
    id: 'Chain of denial of an earlier signing',
    tools: LDNS,
    input: ({ type, covered }) => [type, covered].some((one) => one === 'NSEC' || one === 'NSEC3'),
  },
  {
    id: 'DNSKEYs of an earlier signing',
    tools: BOTH,
    input: ({ type, atApex }, signedBefore) => signedBefore && atApex && type === 'DNSKEY',
  },
  { id: 'Records of another zone', tools: LDNS, input: () => false, alsoWhen: (_zone, outOfZone) => outOfZone > 0 },
  {
    id: 'Records without a TTL',
    tools: LDNS,
    input: () => false,
    alsoWhen: ({ text }) => lacksTtls(text.toString('latin1')),
  },
  { id: 'A wildcard that delegates', tools: BIND, refusal: /invalid NS owner name \(wildcard\)/ },
  { id: 'A quote in a label', tools: LDNS, refusal: /^unreadable: a quoted string is not closed/ },
]

/**
 * The zone without what the tool handles otherwise than we do, and the rows that this is by. Nothing when no row applies.
 */
export function withoutKnown(zone: ZoneFile, tool: Tool): { zone: ZoneFile; ids: string[] } | undefined {
  const rows = KNOWN_DIFFERENCES.filter(({ tools, input }) => tools.includes(tool) && input !== undefined)
  const used = new Set<string>()
  const signedBefore = /\sRRSIG\s+DNSKEY\s/.test(zone.text.toString('latin1'))
  const stripped = without(zone, (record) => {
    const row = rows.find(({ input }) => input?.(record, signedBefore) === true)
    if (row !== undefined) used.add(row.id)
    return row !== undefined
  })
  for (const { id, alsoWhen } of rows) if (alsoWhen?.(zone, stripped.outOfZone) === true) used.add(id)
  return used.size === 0 ? undefined : { zone: stripped.zone, ids: [...used] }
}
