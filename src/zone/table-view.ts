/**
 * A zone in a table as a view. Which names exist and which hashes there are is gathered once, when the view is made: that takes
 * as long as it takes to walk over all records.
 */
import { compareNames, countLabels, isAtOrBelow, Name } from '../dns/name/index.ts'
import { compareOctets } from '../dns/octets.ts'
import { NSEC3 } from '../dns/rr/index.ts'
import { countFirst } from './binary-search.ts'
import { findNode } from './find-node.ts'
import { isHashed, type NodeRecord } from './image/owner-changes.ts'
import { groupRecords, hashOfOwner, makesName } from './view-rrsets.ts'
import type { Zone } from './zone.ts'
import type { ViewNode, ViewNsec3, ViewRrset, ZoneView } from './zone-view.ts'

type HashedNode = { readonly hash: Uint8Array; readonly node: number }

export class TableView implements ZoneView {
  readonly apex: Name
  readonly #zone: Zone
  readonly #apexLabels: number
  /** The nodes whose names exist, in canonical order. */
  readonly #names: Uint32Array
  /** The nodes of NSEC3 records, in the order of their hashes. */
  readonly #hashes: readonly HashedNode[]

  constructor(zone: Zone) {
    this.apex = zone.apex
    this.#zone = zone
    this.#apexLabels = zone.apex.labelCount
    const names = new Uint32Array(zone.nodeCount)
    const hashes: HashedNode[] = []
    let count = 0
    for (let node = 0; node < zone.nodeCount; node++) {
      if (this.#some(node, (type, hashed) => !hashed && makesName(type))) names[count++] = node
      const hash = hashOfOwner(zone.table.octets, zone.ownerOf(node))
      if (hash !== undefined && this.#some(node, (type, hashed) => hashed && type === NSEC3.number)) {
        hashes.push({ hash, node })
      }
    }
    this.#names = names.subarray(0, count)
    this.#hashes = hashes
  }

  node(name: Name): ViewNode | undefined {
    const node = this.#find(name)
    if (node < 0) return undefined
    const rrsets = this.#rrsets(node, false)
    return rrsets.length === 0 ? undefined : { owner: this.#nameOf(node), rrsets }
  }

  has(name: Name, type: number): boolean {
    const node = this.#find(name)
    return node >= 0 && this.#some(node, (own, hashed) => !hashed && own === type)
  }

  exists(name: Name): boolean {
    const node = this.#find(name)
    return node >= 0 && this.#names[this.#count((other) => other < node)] === node
  }

  hasBelow(name: Name): boolean {
    return this.nameAfter(name)?.isAtOrBelow(name) ?? false
  }

  nameAfter(name: Name): Name | undefined {
    return this.#nameAt(this.#count((node) => this.#compare(node, name) <= 0))
  }

  nameBehind(name: Name): Name | undefined {
    const { octets } = this.#zone.table
    const isBefore = (node: number): boolean =>
      this.#compare(node, name) <= 0 || isAtOrBelow(octets, this.#zone.ownerOf(node), name.octets, 0)
    return this.#nameAt(this.#count(isBefore))
  }

  nameBefore(name: Name): Name | undefined {
    return this.#nameAt(this.#count((node) => this.#compare(node, name) < 0) - 1)
  }

  nsec3(hash: Uint8Array): ViewRrset | undefined {
    const found = this.#hashes[this.#countHashes(hash)]
    return found === undefined || compareHashes(found.hash, hash) !== 0 ? undefined : this.#nsec3At(found)
  }

  nsec3Before(hash: Uint8Array): ViewNsec3 | undefined {
    const found = this.#hashes.at(this.#countHashes(hash) - 1)
    const rrset = found && this.#nsec3At(found)
    return rrset && { hash: found.hash, rrset }
  }

  #find(name: Name): number {
    return findNode(this.#zone, name.octets, 0)
  }

  #nameOf(node: number): Name {
    return Name.fromOctets(this.#zone.table.octets, this.#zone.ownerOf(node))
  }

  #nameAt(place: number): Name | undefined {
    const node = this.#names[place]
    return node === undefined ? undefined : this.#nameOf(node)
  }

  #compare(node: number, name: Name): number {
    return compareNames(this.#zone.table.octets, this.#zone.ownerOf(node), name.octets, 0)
  }

  /** How many names there are for which this holds; those are the first ones. */
  #count(isBefore: (node: number) => boolean): number {
    return countFirst(this.#names.length, (place) => isBefore(this.#names[place]!))
  }

  /** How many hashes precede this one. */
  #countHashes(hash: Uint8Array): number {
    return countFirst(this.#hashes.length, (place) => compareHashes(this.#hashes[place]!.hash, hash) < 0)
  }

  #nsec3At({ node }: HashedNode): ViewRrset | undefined {
    return this.#rrsets(node, true).find(({ type }) => type === NSEC3.number)
  }

  #rrsets(node: number, hashed: boolean): ViewRrset[] {
    const records: NodeRecord[] = []
    const { table } = this.#zone
    this.#some(node, (type, isOfHash, index) => {
      const rdata = table.octets.subarray(table.rdata[index]!, table.rdataEnd(index))
      if (isOfHash === hashed) records.push({ type, ttl: table.ttl[index]!, rdata })
      return false
    })
    return groupRecords(records)
  }

  /** Whether a record of the node passes the test. `hashed`: the record stands with the hashes, not with the name. */
  #some(node: number, test: (type: number, hashed: boolean, index: number) => boolean): boolean {
    const { table, records, nodes } = this.#zone
    const labels = countLabels(table.octets, this.#zone.ownerOf(node))
    for (let position = nodes[node]!; position < nodes[node + 1]!; position++) {
      const index = records[position]!
      const type = table.type[index]!
      if (test(type, isHashed(type, table.octets, table.rdata[index]!, labels, this.#apexLabels), index)) return true
    }
    return false
  }
}

function compareHashes(a: Uint8Array, b: Uint8Array): number {
  return compareOctets(a, 0, a.length, b, 0, b.length)
}
