/**
 * The NSEC3 chain of a whole zone (RFC 5155 §7.1): the hashes of all names that are ours, empty non-terminals among them, each
 * pointing to the next in the order of hashes. With opt-out, delegations without DS are left out, and so are the empty
 * non-terminals that lead only to such.
 */
import { DnsError } from '../../dns/errors.ts'
import { commonLabels, countLabels, dropLabels, nameText } from '../../dns/name/index.ts'
import { compareOctets } from '../../dns/octets.ts'
import { DS, NSEC3 } from '../../dns/rr/index.ts'
import { NSEC3_HASH_LENGTH } from '../../dnssec/index.ts'
import type { Zone } from '../../zone/index.ts'
import { isOptedOut, nsec3Types } from '../node-rules.ts'
import type { Nsec3Parameters } from '../options.ts'
import type { Planner } from '../planner.ts'
import { Nsec3Writer } from './nsec3.ts'

const NO_NODE = 0xffffffff
const NO_TYPES: readonly number[] = []

/** The names to be hashed: where each stands, and its node (none for an empty non-terminal). */
class HashedNames {
  readonly #zone: Zone
  names: Uint32Array
  nodes: Uint32Array
  count = 0

  constructor(zone: Zone, expected: number) {
    this.#zone = zone
    this.names = new Uint32Array(expected)
    this.nodes = new Uint32Array(expected)
  }

  add(nameAt: number, node: number): void {
    if (this.count === this.names.length) {
      const names = new Uint32Array(this.count * 2)
      names.set(this.names)
      this.names = names
      const nodes = new Uint32Array(this.count * 2)
      nodes.set(this.nodes)
      this.nodes = nodes
    }
    this.names[this.count] = nameAt
    this.nodes[this.count++] = node
  }

  /**
   * Collects the nodes of the chain and the empty non-terminals above them. In canonical order everything below a name
   * follows it, so a name's missing ancestors are those that it does not share with the name before it.
   */
  collect(chain: Uint32Array, optOut: boolean): void {
    const zone = this.#zone
    const { octets } = zone.table
    const apexLabels = zone.apex.labelCount
    let last = -1
    for (let i = 0; i < chain.length; i++) {
      const node = chain[i]!
      if (optOut && isOptedOut(zone.kinds[node]!, zone.findRrset(node, DS.number) >= 0)) continue
      const owner = zone.ownerOf(node)
      const labels = countLabels(octets, owner)
      const shared = last < 0 ? labels : Math.max(apexLabels, commonLabels(octets, last, octets, owner))
      for (let missing = shared + 1; missing < labels; missing++)
        this.add(dropLabels(octets, owner, labels - missing), NO_NODE)
      this.add(owner, node)
      last = owner
    }
  }
}

export function addNsec3Chain(planner: Planner, chain: Uint32Array, parameters: Nsec3Parameters): void {
  const { zone, table } = planner
  const writer = new Nsec3Writer(zone.apex, parameters)
  const hashed = new HashedNames(zone, chain.length + 16)
  hashed.collect(chain, parameters.optOut)
  const hashes = new Uint8Array(hashed.count * NSEC3_HASH_LENGTH)
  for (let i = 0; i < hashed.count; i++) {
    writer.hash(table.octets, hashed.names[i]!, hashes, i * NSEC3_HASH_LENGTH)
  }
  const order = sortHashes(hashes, hashed.count)
  checkCollisions(hashes, order, hashed, table.octets)
  const { out } = table
  for (let i = 0; i < hashed.count; i++) {
    const at = order[i]!
    const next = order[i + 1 === hashed.count ? 0 : i + 1]!
    const node = hashed.nodes[at]!
    const types = node === NO_NODE ? NO_TYPES : nsec3Types(zone.kinds[node]!, planner.typesAt(node))
    const ownerAt = out.length
    writer.writeOwner(hashes, at * NSEC3_HASH_LENGTH, out)
    const rdataAt = out.length
    writer.writeRdata(hashes, next * NSEC3_HASH_LENGTH, types, out)
    planner.denial(ownerAt, NSEC3.number, rdataAt, out.length - rdataAt)
  }
}

/** Indices of hashes in ascending order. The first six octets of each, as a number, settle nearly all comparisons. */
function sortHashes(hashes: Uint8Array, count: number): Uint32Array {
  const prefix = new Float64Array(count)
  const order = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    let value = 0
    for (let k = 0; k < 6; k++) value = value * 256 + hashes[i * NSEC3_HASH_LENGTH + k]!
    prefix[i] = value
    order[i] = i
  }
  return order.sort((a, b) => prefix[a]! - prefix[b]! || compareHashes(hashes, a, b))
}

function compareHashes(hashes: Uint8Array, a: number, b: number): number {
  const aFrom = a * NSEC3_HASH_LENGTH
  const bFrom = b * NSEC3_HASH_LENGTH
  return compareOctets(hashes, aFrom, aFrom + NSEC3_HASH_LENGTH, hashes, bFrom, bFrom + NSEC3_HASH_LENGTH)
}

/** RFC 5155 §7.1: two names with one hash need another salt. */
function checkCollisions(hashes: Uint8Array, order: Uint32Array, hashed: HashedNames, octets: Uint8Array): void {
  for (let i = 1; i < order.length; i++) {
    const a = order[i - 1]!
    const b = order[i]!
    if (compareHashes(hashes, a, b) !== 0) continue
    const names = `${nameText(octets, hashed.names[a]!)} and ${nameText(octets, hashed.names[b]!)}`
    throw new DnsError('signing-refused', `${names} have the same NSEC3 hash: choose another salt`)
  }
}
