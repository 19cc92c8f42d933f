/** A signed zone as lines of text that tests break on purpose, and can sign again where the break is not to be seen by a signature. */
import { countLabels, Name } from '../../dns/name/index.ts'
import { OctetWriter } from '../../dns/octets.ts'
import { RRSIG, typeMnemonic, typeNumber } from '../../dns/rr/index.ts'
import { textSource } from '../../dns/text/index.ts'
import type { SigningKey } from '../../dnssec/index.ts'
import { fixedKey } from '../../signer/fixed-keys.fixture.ts'
import { EXPIRATION, INCEPTION, type SignTextOptions, signText } from '../../signer/signing.fixture.ts'
import { loadRecords, printRecords, writeSignedData, Zone } from '../index.ts'

export const APEX: Name = Name.parse('example.')
export const KSK: SigningKey = fixedKey(15, 'ksk', APEX)
export const ZSK: SigningKey = fixedKey(15, 'zsk', APEX)
/** Between inception and expiration. */
export const AT = 1768435200

export const PLAIN = `$ORIGIN example.
$TTL 3600
@ SOA ns1 hostmaster 1 7200 3600 1209600 3600
@ NS ns1
ns1 A 192.0.2.1
a TXT "a"
b TXT "b"
c TXT "c"
*.w TXT "wild"
deep.er.ent A 192.0.2.4
sec NS ns.sec
ns.sec A 192.0.2.5
sec DS 60485 8 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A
insec NS ns.insec
ns.insec A 192.0.2.6
`

export type SignatureChanges = {
  readonly keys?: readonly SigningKey[]
  readonly inception?: number
  readonly expiration?: number
  readonly labels?: number
  readonly signer?: Name
  readonly ttl?: number
  /** Adds to the signatures that are there. */
  readonly keep?: boolean
}

export class ZoneLines {
  /** Owner, TTL, class, type, RDATA, with single blanks between. */
  lines: string[]
  readonly apex: Name

  constructor(lines: readonly string[], apex: Name = APEX) {
    this.lines = [...lines]
    this.apex = apex
  }

  static signed(options: SignTextOptions = {}, plain: string = PLAIN): ZoneLines {
    const { plan, lines } = signText(plain, options)
    return new ZoneLines(lines, plan.zone.apex)
  }

  get text(): string {
    return `${this.lines.join('\n')}\n`
  }

  zone(): Zone {
    return Zone.arrange(this.apex, loadRecords(textSource(this.text), this.apex).table)
  }

  /** Whether a line is of this owner and type; for RRSIG, `covered` may say which. */
  static matches(line: string, owner: string, type: string, covered?: string): boolean {
    const [lineOwner, , , lineType, first] = line.split(' ')
    return lineOwner === owner && lineType === type && (covered === undefined || first === covered)
  }

  find(type: string, owner?: string): string {
    const found = this.lines.find((line) => {
      const words = line.split(' ')
      return words[3] === type && (owner === undefined || words[0] === owner)
    })
    if (found === undefined) throw new Error(`there is no ${type} in the zone`)
    return found
  }

  add(...lines: string[]): this {
    this.lines.push(...lines)
    return this
  }

  /** Takes out an RRset with its signatures. */
  drop(owner: string, type: string): this {
    return this.dropRecords(owner, type).dropSignatures(owner, type)
  }

  dropRecords(owner: string, type: string): this {
    this.lines = this.lines.filter((line) => !ZoneLines.matches(line, owner, type))
    return this
  }

  dropSignatures(owner: string, type: string): this {
    this.lines = this.lines.filter((line) => !ZoneLines.matches(line, owner, 'RRSIG', type))
    return this
  }

  /** Changes the lines of an RRset. */
  edit(owner: string, type: string, change: (line: string) => string): this {
    this.lines = this.lines.map((line) => (ZoneLines.matches(line, owner, type) ? change(line) : line))
    return this
  }

  /** Signs an RRset anew, by the KSK at DNSKEY, else by the ZSK. */
  sign(owner: string, type: string, changes: SignatureChanges = {}): this {
    if (changes.keep !== true) this.dropSignatures(owner, type)
    const keys = changes.keys ?? [fixedKey(15, type === 'DNSKEY' ? 'ksk' : 'zsk', this.apex)]
    this.lines.push(...keys.map((key) => this.#signature(owner, typeNumber(type), key, changes)))
    return this
  }

  #signature(owner: string, type: number, key: SigningKey, changes: SignatureChanges): string {
    const zone = this.zone()
    const { table } = zone
    const name = Name.parse(owner)
    const wanted = Array.from({ length: zone.nodeCount }, (_, node) => node).find((node) =>
      Name.fromOctets(table.octets, zone.ownerOf(node)).equals(name),
    )
    const from = wanted === undefined ? -1 : zone.findRrset(wanted, type)
    if (wanted === undefined || from < 0) throw new Error(`there is no ${typeMnemonic(type)} at ${owner}`)
    const ttl = changes.ttl ?? table.ttl[zone.records[from] ?? 0] ?? 0
    const signer = key.signer()
    const rdata = RRSIG.encode({
      typeCovered: typeMnemonic(type),
      algorithm: key.algorithm,
      labels: changes.labels ?? countLabels(name.octets, 0) - (name.isWildcard ? 1 : 0),
      originalTtl: ttl,
      expiration: changes.expiration ?? EXPIRATION,
      inception: changes.inception ?? INCEPTION,
      keyTag: key.tag,
      signer: (changes.signer ?? this.apex).toString(),
      signature: Buffer.alloc(signer.signatureLength).toString('base64'),
    })
    const at = table.addOctets(rdata)
    const record = table.record(zone.ownerOf(wanted), RRSIG.number, ttl, at, rdata.length)
    const data = new OctetWriter(1024)
    writeSignedData(table, zone.records, from, zone.rrsetEnd(from, zone.nodes[wanted + 1] ?? 0), at, data)
    signer.sign(data.octets.subarray(0, data.length), table.octets, at + rdata.length - signer.signatureLength)
    const line = Buffer.from(printRecords(table, Uint32Array.of(record), 0, 1)).toString('latin1')
    return line.trimEnd().replaceAll('\t', ' ')
  }
}
