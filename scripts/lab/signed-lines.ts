/** A signed zone as lines of text, one record a line: what is broken on purpose is broken here, and signed again where no signature is to tell. */
import { countLabels, Name } from '../../src/dns/name/index.ts'
import { OctetWriter } from '../../src/dns/octets.ts'
import { RRSIG, typeMnemonic, typeNumber } from '../../src/dns/rr/index.ts'
import { textSource } from '../../src/dns/text/index.ts'
import type { SigningKey } from '../../src/dnssec/index.ts'
import { fillSignatures, planSigning, readySigners, type SigningOptions } from '../../src/signer/index.ts'
import { loadRecords, printRecords, writeSignedData, Zone } from '../../src/zone/index.ts'

export type SignatureForm = {
  readonly keys: readonly SigningKey[]
  readonly inception: number
  readonly expiration: number
  /** As the owner has, unless said. */
  readonly labels?: number
  readonly signer?: Name
  readonly originalTtl?: number
  /** The signatures that are there stay. */
  readonly keep?: boolean
}

export class SignedLines {
  readonly apex: Name
  /** Owner, TTL, class, type, RDATA, with single blanks between. */
  lines: string[]

  private constructor(apex: Name, lines: string[]) {
    this.apex = apex
    this.lines = lines
  }

  /** Signs a zone as `signet zone sign` does. */
  static sign(apex: Name, text: string, options: SigningOptions): SignedLines {
    const { table } = loadRecords(textSource(text), apex)
    const plan = planSigning(table, apex, options)
    fillSignatures(table, plan.order, 0, plan.order.length, readySigners(plan.signers), plan.zone.ownerOf(0))
    return new SignedLines(apex, print(table, plan.order))
  }

  get text(): string {
    return `${this.lines.join('\n')}\n`
  }

  /** The name below the apex as it stands in the lines. */
  name(relative: string): string {
    return relative === '@' ? this.apex.toString() : `${relative}.${this.apex.toString()}`
  }

  /** The RRset without its signatures. */
  records(owner: string, type: string): string[] {
    return this.lines.filter((line) => isOf(line, owner, type))
  }

  drop(keep: (words: string[]) => boolean): this {
    this.lines = this.lines.filter((line) => keep(line.split(' ')))
    return this
  }

  dropSignatures(owner: string, type: string): this {
    this.lines = this.lines.filter((line) => !isSignature(line, owner, type))
    return this
  }

  /** Changes the words of each record of an RRset. */
  edit(owner: string, type: string, change: (words: string[]) => void): this {
    this.lines = this.lines.map((line) => (isOf(line, owner, type) ? edited(line, change) : line))
    return this
  }

  editSignatures(owner: string, type: string, change: (words: string[]) => void): this {
    this.lines = this.lines.map((line) => (isSignature(line, owner, type) ? edited(line, change) : line))
    return this
  }

  /** Signs an RRset anew. */
  resign(owner: string, type: string, form: SignatureForm): this {
    if (form.keep !== true) this.dropSignatures(owner, type)
    this.lines.push(...form.keys.map((key) => this.#signature(owner, type, key, form)))
    return this
  }

  #signature(owner: string, type: string, key: SigningKey, form: SignatureForm): string {
    const records = this.records(owner, type)
    const { table } = loadRecords(textSource(`${records.join('\n')}\n`), this.apex)
    const name = Name.parse(owner)
    const zone = Zone.arrange(this.apex, table)
    const ttl = Number(records[0]?.split(' ')[1])
    const signer = key.signer()
    const rdata = RRSIG.encode({
      typeCovered: typeMnemonic(typeNumber(type) ?? 0),
      algorithm: key.algorithm,
      labels: form.labels ?? countLabels(name.octets, 0) - (name.isWildcard ? 1 : 0),
      originalTtl: form.originalTtl ?? ttl,
      expiration: form.expiration,
      inception: form.inception,
      keyTag: key.tag,
      signer: (form.signer ?? this.apex).toString(),
      signature: Buffer.alloc(signer.signatureLength).toString('base64'),
    })
    const at = table.addOctets(rdata)
    const [first = 0] = zone.records
    const record = table.record(table.owner[first] ?? 0, RRSIG.number, ttl, at, rdata.length)
    const data = new OctetWriter(1024)
    writeSignedData(table, zone.records, 0, records.length, at, data)
    signer.sign(data.octets.subarray(0, data.length), table.octets, at + rdata.length - signer.signatureLength)
    return print(table, Uint32Array.of(record))[0] ?? ''
  }
}

function print(table: Parameters<typeof printRecords>[0], order: Uint32Array): string[] {
  const text = Buffer.from(printRecords(table, order, 0, order.length)).toString('latin1')
  return text.replaceAll('\t', ' ').trimEnd().split('\n')
}

function isOf(line: string, owner: string, type: string): boolean {
  const [lineOwner, , , lineType] = line.split(' ')
  return lineType === type && lineOwner?.toLowerCase() === owner.toLowerCase()
}

function isSignature(line: string, owner: string, covered: string): boolean {
  return isOf(line, owner, 'RRSIG') && line.split(' ')[4] === covered
}

function edited(line: string, change: (words: string[]) => void): string {
  const words = line.split(' ')
  change(words)
  return words.join(' ')
}
