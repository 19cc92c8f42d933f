/**
 * The NSEC3 chain (RFC 5155 §7.1): the hashes of all names that are ours, empty non-terminals among them, each pointing to
 * the next in the order of hashes. With opt-out, delegations without DS are left out, and so are the empty non-terminals that
 * lead only to such.
 */
import { DnsError } from '../dns/errors.ts'
import { commonLabels, countLabels, dropLabels, MAX_NAME, nameText, skipName } from '../dns/name/index.ts'
import { compareOctets, OctetWriter } from '../dns/octets.ts'
import { encodeBase32Hex } from '../dns/presentation/index.ts'
import { DS, NSEC3, RRSIG, writeTypeBitmap } from '../dns/rr/index.ts'
import { lowerName, NSEC3_HASH_LENGTH, nsec3Hash } from '../dnssec/index.ts'
import { DELEGATION, type Zone } from '../zone/index.ts'
import type { Nsec3Parameters } from './options.ts'
import type { Planner } from './planner.ts'

const NO_NODE = 0xffffffff
/** Octets of the first label of an NSEC3 owner name, its length among them. */
const HASH_LABEL = 33

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
      if (optOut && zone.kinds[node] === DELEGATION && zone.findRrset(node, DS.number) < 0) continue
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
  if (HASH_LABEL + zone.apex.octets.length > MAX_NAME) {
    throw new DnsError(
      'signing-refused',
      `${zone.apex} is too long for NSEC3, whose names are ${HASH_LABEL} octets longer than the zone's (at most ${MAX_NAME}): use NSEC`,
    )
  }
  const hashed = new HashedNames(zone, chain.length + 16)
  hashed.collect(chain, parameters.optOut)
  const hashes = hashNames(hashed, table.octets, parameters)
  const order = sortHashes(hashes, hashed.count)
  checkCollisions(hashes, order, hashed, table.octets)
  const { out } = table
  const apex = zone.apex.toCanonical().octets
  const { salt, iterations } = parameters
  const head = Uint8Array.of(
    1,
    parameters.optOut ? 1 : 0,
    iterations >> 8,
    iterations & 255,
    salt.length,
    ...salt,
    NSEC3_HASH_LENGTH,
  )
  for (let i = 0; i < hashed.count; i++) {
    const at = order[i]!
    const next = order[i + 1 === hashed.count ? 0 : i + 1]!
    out.ensure(HASH_LABEL + apex.length + head.length + NSEC3_HASH_LENGTH + 64)
    const ownerAt = out.length
    out.octets[ownerAt] = 32
    out.length = encodeBase32Hex(hashes, at * NSEC3_HASH_LENGTH, (at + 1) * NSEC3_HASH_LENGTH, out.octets, ownerAt + 1)
    out.bytes(apex)
    const rdataAt = out.length
    out.bytes(head)
    out.bytes(hashes, next * NSEC3_HASH_LENGTH, (next + 1) * NSEC3_HASH_LENGTH)
    const node = hashed.nodes[at]!
    if (node !== NO_NODE) writeTypeBitmap(bitmapTypes(planner, node), out)
    planner.denial(ownerAt, NSEC3.number, rdataAt, out.length - rdataAt)
  }
}

/** RRSIG is in the bitmap where something of the name is signed: everywhere but at delegations without DS. */
function bitmapTypes(planner: Planner, node: number): number[] {
  const types = planner.typesAt(node)
  if (planner.zone.kinds[node] !== DELEGATION || types.includes(DS.number)) types.push(RRSIG.number)
  return types
}

function hashNames(hashed: HashedNames, octets: Uint8Array, parameters: Nsec3Parameters): Uint8Array {
  const hashes = new Uint8Array(hashed.count * NSEC3_HASH_LENGTH)
  const name = new OctetWriter(256)
  for (let i = 0; i < hashed.count; i++) {
    const at = hashed.names[i]!
    name.clear()
    lowerName(octets, at, skipName(octets, at), name)
    nsec3Hash(name.octets, 0, name.length, parameters.salt, parameters.iterations, hashes, i * NSEC3_HASH_LENGTH)
  }
  return hashes
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
