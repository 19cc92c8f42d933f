/** The checks of one name after the other: its types, what they may stand beside, and where they point. */
import { isAtOrBelow, isWildcard, misplacedULabels, nameText, skipName } from '../../dns/name/index.ts'
import {
  A,
  AAAA,
  CDNSKEY,
  CDS,
  CNAME,
  DNAME,
  DNSKEY,
  DS,
  MX,
  NS,
  NSEC,
  NSEC3,
  NSEC3PARAM,
  RP,
  RRSIG,
  SOA,
  SRV,
  TXT,
  typeMnemonic,
  ZONEMD,
} from '../../dns/rr/index.ts'
import type { FaultList, FaultPlace } from '../faults.ts'
import { DELEGATION, OCCLUDED, type Zone } from '../zone.ts'
import { cnameLoop, dnameLoop } from './aliases.ts'
import type { CheckCode } from './codes.ts'
import { isAddressText, isHostName } from './host-name.ts'
import { mailboxWithAt } from './mailbox.ts'
import { MessageSizes } from './message-size.ts'
import { checkNodeStructure } from './structure.ts'
import { Targets } from './targets.ts'
import { severalPolicies } from './text-policies.ts'

/** Types that stand at the apex only. */
const APEX_ONLY: ReadonlySet<number> = new Set([DNSKEY, NSEC3PARAM, CDS, CDNSKEY, ZONEMD].map((type) => type.number))
/** What belongs to a delegation; addresses may be glue of the name itself. */
const AT_CUT: ReadonlySet<number> = new Set([NS, DS, RRSIG, NSEC, A, AAAA].map((type) => type.number))

export class NodeChecks {
  hasNsec = false
  hasNsec3 = false
  readonly #zone: Zone
  readonly #faults: FaultList<CheckCode>
  readonly #targets: Targets
  readonly #sizes: MessageSizes
  /** Whether the name that is looked at has U-labels, which was said. */
  #isUnicode = false
  /** Whether what is occluded lies below a DNAME rather than a cut. */
  #belowDname = false

  constructor(zone: Zone, faults: FaultList<CheckCode>) {
    this.#zone = zone
    this.#faults = faults
    this.#targets = new Targets(zone)
    this.#sizes = new MessageSizes(zone)
  }

  /** Names come in canonical order. */
  check(node: number): void {
    const zone = this.#zone
    const end = zone.nodes[node + 1]!
    this.#isUnicode = this.#unicodeOwner(node)
    const kind = zone.kinds[node]!
    let hasDname = false
    checkNodeStructure(zone, node, this.#faults)
    for (let position = zone.nodes[node]!; position < end; ) {
      const type = zone.typeAt(position)
      const next = position + 1 === end ? end : zone.rrsetEnd(position, end)
      if (type === DNAME.number) hasDname = true
      if (type !== RRSIG.number) {
        if (next > position + 1) this.#sameTtl(node, type, position, next)
        if (next > position + 1 || this.#sizes.isLarge(position)) this.#size(node, type, position, next)
        this.#rrset(node, kind, type, position, next)
      }
      position = next
    }
    if (kind !== OCCLUDED && (hasDname || kind === DELEGATION)) this.#belowDname = kind !== DELEGATION
  }

  #place(node: number, type: number): FaultPlace {
    return { octets: this.#zone.table.octets, owner: this.#zone.ownerOf(node), type }
  }

  /** The TTLs of an RRset of several records. */
  #sameTtl(node: number, type: number, from: number, to: number): void {
    const { table, records } = this.#zone
    const ttl = table.ttl[records[from]!]!
    for (let position = from + 1; position < to; position++) {
      const other = table.ttl[records[position]!]!
      if (other === ttl) continue
      const message = `the records have different TTLs (${ttl}, ${other}); those of an RRset have one (RFC 2181 §5.2): make them the same`
      this.#faults.add('ttl-differs', this.#place(node, type), message)
      break
    }
  }

  #size(node: number, type: number, from: number, to: number): void {
    const size = this.#sizes.judge(node, type, from, to)
    if (size === 'fits') return
    const what = size === 'too-large' ? '' : ' and their signatures'
    const message = `${to - from} records${what} do not fit into one message of 65535 octets, so that no resolver gets them: spread them over several names`
    this.#faults.add('rrset-too-large', this.#place(node, type), message)
  }

  #rrset(node: number, kind: number, type: number, from: number, to: number): void {
    if (kind === OCCLUDED) {
      this.#occluded(node, type)
      return
    }
    switch (type) {
      case A.number:
      case AAAA.number:
        this.#hostName(node, type)
        return
      case NS.number:
        this.#nameServers(node, kind, from, to)
        return
      case CNAME.number:
        this.#found('alias-loop', node, type, cnameLoop(this.#zone, node, this.#rdataAt(from)))
        break
      case TXT.number:
        this.#found('policy-several', node, type, severalPolicies(this.#zone, from, to))
        break
      case RP.number:
        for (let position = from; position < to; position++) this.#mailbox(node, type, this.#rdataAt(position))
        break
      case SOA.number:
        // The mailbox stands behind the name of the primary server.
        this.#mailbox(node, type, skipName(this.#zone.table.octets, this.#rdataAt(from)))
        return
      case MX.number:
        this.#nullTargets(node, type, from, to, 2, 'takes no mail (RFC 7505 §3)')
        this.#mailHosts(node, from, to)
        return
      case SRV.number:
        this.#nullTargets(node, type, from, to, 6, 'does not offer the service (RFC 2782)')
        for (let position = from; position < to; position++) this.#target(node, type, this.#rdataAt(position) + 6)
        return
      case DNAME.number:
        this.#wildcardDname(node)
        this.#found('alias-loop', node, type, dnameLoop(this.#zone, node, this.#rdataAt(from)))
        return
      case DS.number:
        this.#delegationSigner(node, kind)
        return
      case NSEC.number:
        this.hasNsec = true
        return
      case NSEC3.number:
        this.hasNsec3 = true
        return
    }
    if (node > 0 && APEX_ONLY.has(type)) {
      const message = `${typeMnemonic(type)} records mean nothing below the apex: take them out`
      this.#faults.add('not-at-apex', this.#place(node, type), message)
    }
    if (kind === DELEGATION && !AT_CUT.has(type)) {
      const message = `${typeMnemonic(type)} records stand at a zone cut, where the delegated zone answers: move them into that zone, or take the NS records out`
      this.#faults.add('delegation-and-other', this.#place(node, type), message)
    }
  }

  #found(code: CheckCode, node: number, type: number, message: string | undefined): void {
    if (message !== undefined) this.#faults.add(code, this.#place(node, type), message)
  }

  #mailbox(node: number, type: number, at: number): void {
    this.#found('mailbox-at', node, type, mailboxWithAt(this.#zone.table.octets, at))
  }

  /** A record whose target is the root says that there is none, and stands alone. */
  #nullTargets(node: number, type: number, from: number, to: number, offset: number, meaning: string): void {
    if (to === from + 1) return
    const { octets } = this.#zone.table
    for (let position = from; position < to; position++) {
      if (octets[this.#rdataAt(position) + offset] !== 0) continue
      const message = `${typeMnemonic(type)} with the target . says that the name ${meaning}, and stands beside others that name a host: take it out, or the others`
      this.#faults.add('null-and-other', this.#place(node, type), message)
      return
    }
  }

  #rdataAt(position: number): number {
    return this.#zone.table.rdata[this.#zone.records[position]!]!
  }

  #occluded(node: number, type: number): void {
    if (this.#belowDname) {
      const message = `${typeMnemonic(type)} records stand below a DNAME, where nobody sees them (RFC 6672 §2.4): take them out`
      this.#faults.add('dname-names-below', this.#place(node, type), message)
    } else if (type !== A.number && type !== AAAA.number) {
      const message = `${typeMnemonic(type)} records stand below a zone cut, where the delegated zone answers: move them into that zone`
      this.#faults.add('occluded', this.#place(node, type), message)
    }
  }

  /** Notes an owner that has U-labels, whatever its types; returns whether it has. */
  #unicodeOwner(node: number): boolean {
    const { octets } = this.#zone.table
    const owner = this.#zone.ownerOf(node)
    const found = misplacedULabels(octets, owner)
    if (found === undefined) return false
    const { unicode, ascii } = found
    const message = `the name ${unicode} is written in UTF-8, and clients ask for its A-label ${ascii}: write that (RFC 5890 §2.3.2.1)`
    this.#faults.add('host-name', { octets, owner }, message)
    return true
  }

  #hostName(node: number, type: number): void {
    const { octets } = this.#zone.table
    if (this.#isUnicode) return
    if (isHostName(octets, this.#zone.ownerOf(node))) return
    const message =
      'the name of a host has letters, digits and hyphens only (RFC 1123 §2.1); some programs refuse others'
    this.#faults.add('host-name', this.#place(node, type), message)
  }

  #wildcardDname(node: number): void {
    if (!isWildcard(this.#zone.table.octets, this.#zone.ownerOf(node))) return
    const message = 'a wildcard owns DNAME records: its effect is not defined (RFC 4592 §4.4); write out the names'
    this.#faults.add('wildcard-dname', this.#place(node, DNAME.number), message)
  }

  #delegationSigner(node: number, kind: number): void {
    if (node === 0 || kind === DELEGATION) return
    const message =
      'DS records stand at a name without NS records, which is no delegation: add the NS records, or take the DS out'
    this.#faults.add('ds-without-ns', this.#place(node, DS.number), message)
  }

  #nameServers(node: number, kind: number, from: number, to: number): void {
    const { octets } = this.#zone.table
    const severity = kind === DELEGATION ? 'warning' : 'error'
    for (let position = from; position < to; position++) {
      const at = this.#rdataAt(position)
      const state = this.#targets.find(at, node)
      if (state === 'address' || state === 'elsewhere') continue
      const place = this.#place(node, NS.number)
      const target = nameText(octets, at)
      if (state === 'alias') {
        const message = `the name server ${target} is an alias, which it may not be (RFC 2181 §10.3): name the host itself`
        this.#faults.add('ns-alias', place, message, severity)
      } else if (kind === DELEGATION && isAtOrBelow(octets, at, octets, this.#zone.ownerOf(node))) {
        const message = `the name server ${target} lies within the delegated zone and has no glue, so that nobody finds it: add its A or AAAA records here`
        this.#faults.add('glue-missing', place, message)
      } else if (state === 'unglued') {
        const message = `the name server ${target} lies in another delegated zone and has no glue here: adding it spares resolvers a search`
        this.#faults.add('glue-sibling-missing', place, message)
      } else {
        const message = `the name server ${target} has no A or AAAA record in the zone: add one, or correct the name`
        this.#faults.add('ns-without-address', place, message, severity)
      }
    }
  }

  #mailHosts(node: number, from: number, to: number): void {
    for (let position = from; position < to; position++) {
      const at = this.#rdataAt(position) + 2
      const { octets } = this.#zone.table
      if (isAddressText(octets, at)) {
        const message = `the mail exchange ${nameText(octets, at)} looks like an address; MX names a host (RFC 1035 §3.3.9): write its name`
        this.#faults.add('mx-address', this.#place(node, MX.number), message)
      } else this.#target(node, MX.number, at)
    }
  }

  /** A host that MX or SRV points to; the root says that there is none (RFC 7505, RFC 2782). */
  #target(node: number, type: number, at: number): void {
    const { octets } = this.#zone.table
    if (octets[at] === 0) return
    const state = this.#targets.find(at, node)
    if (state === 'alias') {
      const message = `${typeMnemonic(type)} points to ${nameText(octets, at)}, which is an alias and may not be (RFC 2181 §10.3): name the host itself`
      this.#faults.add('target-alias', this.#place(node, type), message)
    } else if (state === 'bare') {
      const message = `${typeMnemonic(type)} points to ${nameText(octets, at)}, which has no A or AAAA record in the zone: add one, or correct the name`
      this.#faults.add('target-without-address', this.#place(node, type), message)
    }
  }
}
