/**
 * What the RFCs want an authoritative server to say, worked out step by step over plain lists of records: the reference that
 * answers from the image are compared with. Clear and slow. It shares no line with what it judges.
 */
import { Name } from '../dns/name/index.ts'
import { readU32 } from '../dns/octets.ts'
import { A, AAAA, CNAME, DNAME, DS, NS, NSEC, NSEC3, NSEC3PARAM, RRSIG, SOA } from '../dns/rr/index.ts'
import { hashLabel, hashOf, lineOf, type NaiveRecord, type NaiveZone } from './naive-zone.fixture.ts'

const ANY = 255
/** Aliases that are followed at the most. */
const MOST_ALIASES = 16
const NXDOMAIN = 3
const REFUSED = 5
const YXDOMAIN = 6

export type NaiveAnswer = {
  rcode: number
  aa: boolean
  answer: NaiveRecord[]
  authority: NaiveRecord[]
  /** Addresses that must stand in the additional section (RFC 9471). */
  requiredGlue: NaiveRecord[]
  /** Those that may. */
  possibleGlue: NaiveRecord[]
}

export function answerNaively(zones: readonly NaiveZone[], qname: Name, qtype: number, dnssec: boolean): NaiveAnswer {
  const result: NaiveAnswer = {
    rcode: 0,
    aa: true,
    answer: [],
    authority: [],
    requiredGlue: [],
    possibleGlue: [],
  }
  let name: Name | undefined = qname
  for (let aliases = 0; name !== undefined && aliases < MOST_ALIASES; aliases++) {
    const zone = zoneOf(zones, name, qtype)
    if (zone === undefined) return aliases === 0 ? { ...result, rcode: REFUSED, aa: false } : result
    name = new Step(zone, name, qtype, dnssec, result, aliases === 0).run()
  }
  return result
}

/** The nearest zone; a DS lies in the zone above (RFC 4035 §3.1.4.1). */
function zoneOf(zones: readonly NaiveZone[], name: Name, qtype: number): NaiveZone | undefined {
  const nearest = zones
    .filter(({ apex }) => name.isAtOrBelow(apex))
    .sort((a, b) => b.apex.labelCount - a.apex.labelCount)
  const [first, second] = nearest
  return qtype === DS.number && first?.apex.equals(name) ? (second ?? first) : first
}

/** RFC 1034 §4.3.2, steps 3 and 4, for one name in one zone. */
class Step {
  readonly zone: NaiveZone
  readonly name: Name
  readonly qtype: number
  readonly dnssec: boolean
  readonly result: NaiveAnswer
  readonly isFirst: boolean
  readonly denial: 'none' | 'nsec' | 'nsec3'

  constructor(zone: NaiveZone, name: Name, qtype: number, dnssec: boolean, result: NaiveAnswer, isFirst: boolean) {
    this.zone = zone
    this.name = name
    this.qtype = qtype
    this.dnssec = dnssec
    this.result = result
    this.isFirst = isFirst
    const { apex } = zone
    const announced = this.rrset(apex, NSEC3PARAM.number).length > 0 && this.matching(apex).length > 0
    this.denial = announced ? 'nsec3' : this.rrset(apex, NSEC.number).length > 0 ? 'nsec' : 'none'
  }

  /** Returns the name that the question goes on with, when there was an alias. */
  run(): Name | undefined {
    const { apex } = this.zone
    const depth = this.name.labelCount - apex.labelCount
    // 3: from the apex down, label by label.
    for (let up = depth; up >= 0; up--) {
      const name = ancestor(this.name, up)
      // 3b: out of the authoritative data.
      const isCut = !name.equals(apex) && this.rrset(name, NS.number).length > 0
      if (isCut && !(up === 0 && this.qtype === DS.number)) return this.refer(name)
      // RFC 6672 §3.2: a DNAME above the name.
      if (up > 0 && this.rrset(name, DNAME.number).length > 0) return this.rename(name)
    }
    // 3a: the whole name is matched; names above others exist too (RFC 4592 §2.2.2).
    if (this.exists(this.name)) return this.found(this.name, undefined)
    // 3c: the closest encloser, and the wildcard below it (RFC 4592 §3.3.1).
    let encloser = this.name.parent
    while (!this.exists(encloser)) encloser = encloser.parent
    const wildcard = childOf(encloser, '*')
    if (wildcard !== undefined && this.exists(wildcard)) return this.found(wildcard, encloser)
    this.result.rcode = NXDOMAIN
    this.addSoa()
    this.prove(() => this.proofOfNoName(encloser))
    return undefined
  }

  found(node: Name, encloser: Name | undefined): Name | undefined {
    const { qtype, result } = this
    const proveExpansion = (): void => {
      if (encloser !== undefined) this.prove(() => this.proofOfExpansion(encloser))
    }
    const records = this.visible(node, qtype)
    if (records.length > 0) {
      this.add(result.answer, this.renamed(records))
      proveExpansion()
      return undefined
    }
    const alias = this.rrset(node, CNAME.number)
    const [target] = alias
    if (target !== undefined && qtype !== RRSIG.number && qtype !== ANY) {
      const isNew = this.add(result.answer, this.renamed(this.signed(node, CNAME.number)))
      proveExpansion()
      return isNew ? Name.fromOctets(target.rdata) : undefined
    }
    this.addSoa()
    this.prove(() => (encloser === undefined ? this.proofOfNoData(node) : this.proofOfWildcardNoData(node, encloser)))
    return undefined
  }

  /** What answers a question for this type at a node. For ANY: the first RRset (RFC 8482 §4.1). */
  visible(node: Name, qtype: number): NaiveRecord[] {
    if (qtype === RRSIG.number) return this.rrset(node, RRSIG.number)
    if (qtype !== ANY) return this.signed(node, qtype)
    const types = this.at(node).map(({ type }) => type)
    const first = Math.min(...types.filter((type) => type !== RRSIG.number))
    return Number.isFinite(first) ? this.signed(node, first) : []
  }

  refer(cut: Name): undefined {
    const { result, zone } = this
    if (this.isFirst) result.aa = false
    const servers = this.rrset(cut, NS.number)
    this.add(result.authority, servers)
    if (this.dnssec) {
      const ds = this.signed(cut, DS.number)
      // RFC 4035 §3.1.4 speaks of signed zones: without a signature a DS is left out.
      if (ds.some(({ type }) => type === RRSIG.number)) this.add(result.authority, ds)
      else if (ds.length === 0) this.prove(() => this.proofOfNoData(cut))
    }
    for (const { rdata } of servers) {
      const server = Name.fromOctets(rdata)
      if (!server.isAtOrBelow(zone.apex)) continue
      const addresses = [...this.rrset(server, A.number), ...this.rrset(server, AAAA.number)]
      this.add(server.isAtOrBelow(cut) ? result.requiredGlue : result.possibleGlue, addresses)
    }
    return undefined
  }

  /** RFC 6672 §3.2: the DNAME, and the CNAME that it makes of the name. */
  rename(owner: Name): Name | undefined {
    const { result } = this
    const records = this.signed(owner, DNAME.number)
    this.add(result.answer, records)
    const [dname] = records
    if (dname === undefined) return undefined
    const prefix = this.name.octets.slice(0, this.name.octets.length - owner.octets.length)
    const octets = Uint8Array.of(...prefix, ...dname.rdata)
    if (octets.length > 255) {
      result.rcode = YXDOMAIN
      return undefined
    }
    const target = Name.fromOctets(octets)
    const isNew = this.add(result.answer, [
      { owner: this.name, type: CNAME.number, ttl: dname.ttl, rdata: target.octets },
    ])
    return this.qtype === CNAME.number || !isNew ? undefined : target
  }

  /** RFC 2308 §3: with the TTL of a negative answer, and its signature with the same. */
  addSoa(): void {
    const records = this.signed(this.zone.apex, SOA.number)
    const [soa] = records
    if (soa === undefined) return
    const ttl = Math.min(soa.ttl, readU32(soa.rdata, soa.rdata.length - 4))
    this.add(
      this.result.authority,
      records.map((record) => ({ ...record, ttl })),
    )
  }

  prove(proof: () => NaiveRecord[]): void {
    if (this.dnssec && this.denial !== 'none') this.add(this.result.authority, proof())
  }

  /** RFC 4035 §3.1.3.1; RFC 5155 §7.2.3, §7.2.4 and §7.2.7, where opt-out may leave the name out of the chain. */
  proofOfNoData(node: Name): NaiveRecord[] {
    if (this.denial === 'nsec') return this.nsecFor(node)
    const match = this.matching(node)
    return match.length > 0 ? match : this.closestProvable(node).proof
  }

  /** RFC 4035 §3.1.3.2; RFC 5155 §7.2.2. */
  proofOfNoName(encloser: Name): NaiveRecord[] {
    if (this.denial === 'nsec') return [...this.nsecFor(this.name), ...this.nsecFor(childOf(encloser, '*'))]
    const { proof, provable } = this.closestProvable(this.name)
    return [...proof, ...this.covering(childOf(provable, '*'))]
  }

  /** RFC 4035 §3.1.3.3; RFC 5155 §7.2.6. */
  proofOfExpansion(encloser: Name): NaiveRecord[] {
    return this.denial === 'nsec' ? this.nsecFor(this.name) : this.covering(this.nextCloser(encloser))
  }

  /** RFC 4035 §3.1.3.4; RFC 5155 §7.2.5. */
  proofOfWildcardNoData(wildcard: Name, _encloser: Name): NaiveRecord[] {
    if (this.denial === 'nsec') return [...this.nsecFor(this.name), ...this.nsecFor(wildcard)]
    return [...this.closestProvable(this.name).proof, ...this.matching(wildcard)]
  }

  nextCloser(encloser: Name): Name {
    return ancestor(this.name, this.name.labelCount - encloser.labelCount - 1)
  }

  /** RFC 5155 §7.2.1: the nearest ancestor that has an NSEC3 record, and the name below it on the way, which has none. */
  closestProvable(name: Name): { provable: Name; proof: NaiveRecord[] } {
    let next = name
    while (!next.parent.equals(this.zone.apex) && this.matching(next.parent).length === 0) next = next.parent
    return { provable: next.parent, proof: [...this.matching(next.parent), ...this.covering(next)] }
  }

  /** The NSEC record that matches or covers a name. */
  nsecFor(name: Name | undefined): NaiveRecord[] {
    if (name === undefined) return []
    const owners = this.zone.records
      .filter(({ owner, type }) => type === NSEC.number && owner.compareTo(name) <= 0)
      .map(({ owner }) => owner)
      .sort((a, b) => a.compareTo(b))
    const last = owners.at(-1)
    return last === undefined ? [] : this.signed(last, NSEC.number)
  }

  matching(name: Name): NaiveRecord[] {
    return this.signed(this.zone.apex.child(hashLabel(hashOf(name))), NSEC3.number)
  }

  covering(name: Name | undefined): NaiveRecord[] {
    if (name === undefined) return []
    const hash = hashLabel(hashOf(name))
    const owners = this.zone.records.filter(({ type }) => type === NSEC3.number).map(({ owner }) => owner)
    const sorted = owners.sort((a, b) => (firstLabel(a) < firstLabel(b) ? -1 : 1))
    const owner = sorted.findLast((each) => firstLabel(each) <= hash) ?? sorted.at(-1)
    return owner === undefined ? [] : this.signed(owner, NSEC3.number)
  }

  /** Records of a name. The NSEC3 records are no part of the zone's names (RFC 5155 §7.2.8). */
  at(name: Name): NaiveRecord[] {
    return this.zone.records.filter((record) => record.owner.equals(name) && !isOfNsec3(record))
  }

  rrset(name: Name, type: number): NaiveRecord[] {
    return type === NSEC3.number
      ? this.zone.records.filter((record) => record.type === type && record.owner.equals(name))
      : this.at(name).filter((record) => record.type === type)
  }

  /** An RRset, with its signatures for those who want them. */
  signed(name: Name, type: number): NaiveRecord[] {
    const records = this.rrset(name, type)
    if (records.length === 0 || !this.dnssec) return records
    const signatures = this.zone.records.filter(
      ({ owner, type: own, rdata }) =>
        own === RRSIG.number && owner.equals(name) && rdata[0] === type >> 8 && rdata[1] === (type & 255),
    )
    return [...records, ...signatures]
  }

  exists(name: Name): boolean {
    return this.zone.records.some((record) => record.owner.isAtOrBelow(name) && !isOfNsec3(record))
  }

  /** What comes from a wildcard has the name that was asked for. */
  renamed(records: NaiveRecord[]): NaiveRecord[] {
    return records.map((record) => ({ ...record, owner: this.name }))
  }

  /** Adds what is not there yet (RFC 2181 §5). Returns whether anything was new. */
  add(section: NaiveRecord[], records: readonly NaiveRecord[]): boolean {
    const there = new Set(section.map(lineOf))
    const before = section.length
    for (const record of records) {
      const line = lineOf(record)
      if (!there.has(line)) section.push(record)
      there.add(line)
    }
    return section.length > before
  }
}

function isOfNsec3({ type, rdata }: NaiveRecord): boolean {
  return type === NSEC3.number || (type === RRSIG.number && rdata[0] === 0 && rdata[1] === NSEC3.number)
}

/** The name with as many labels less. */
function ancestor(name: Name, up: number): Name {
  let result = name
  for (let i = 0; i < up; i++) result = result.parent
  return result
}

function childOf(name: Name, label: string): Name | undefined {
  return name.octets.length + label.length + 1 > 255 ? undefined : name.child(label)
}

function firstLabel(name: Name): string {
  return name.toCanonical().toString().slice(0, 32)
}
