/** Where a name that a record points to is, as far as the zone can tell. */
import { dropLabels, equalNames, isAtOrBelow, isWildcard, skipName } from '../../dns/name/index.ts'
import { OctetWriter } from '../../dns/octets.ts'
import { A, AAAA, CNAME, DNAME, NS } from '../../dns/rr/index.ts'
import { findNode } from '../find-node.ts'
import { DELEGATION, OCCLUDED, type Zone } from '../zone.ts'

/**
 * elsewhere: in another zone, or below a DNAME, so that nothing can be told. bare: the name is ours and has no address, or is
 * not there at all. unglued: at or below a cut, and no address stands beside it.
 */
export type TargetState = 'address' | 'alias' | 'bare' | 'unglued' | 'elsewhere'

const CACHE = 1024

export class Targets {
  readonly #zone: Zone
  /** Names that were looked up lately: many records point to few names. Slots hold the offset of a name and its state. */
  readonly #names = new Int32Array(CACHE).fill(-1)
  readonly #states: TargetState[] = []
  readonly #wildcard = new OctetWriter(256)

  constructor(zone: Zone) {
    this.#zone = zone
  }

  /** The state of the name at `at` in the table, which a record of `node` points to. */
  find(at: number, node: number): TargetState {
    const zone = this.#zone
    const { octets } = zone.table
    if (!isAtOrBelow(octets, at, zone.apex.octets, 0)) return 'elsewhere'
    // Most hosts take their own mail, and most servers of a delegation follow it in canonical order.
    for (let near = node; near < node + 4 && near < zone.nodeCount; near++) {
      if (equalNames(octets, at, octets, zone.ownerOf(near))) return this.#stateOfNode(near)
    }
    const slot = hashName(octets, at) & (CACHE - 1)
    const held = this.#names[slot]!
    const known = this.#states[slot]
    if (known !== undefined && held >= 0 && equalNames(octets, held, octets, at)) return known
    const found = findNode(zone, octets, at)
    const state = found >= 0 ? this.#stateOfNode(found) : this.#stateOfAbsent(at)
    this.#names[slot] = at
    this.#states[slot] = state
    return state
  }

  #stateOfNode(node: number): TargetState {
    const zone = this.#zone
    if (zone.findRrset(node, A.number) >= 0 || zone.findRrset(node, AAAA.number) >= 0) return 'address'
    if (zone.kinds[node] === OCCLUDED || zone.kinds[node] === DELEGATION)
      return this.#isBelowDname(node) ? 'elsewhere' : 'unglued'
    return zone.findRrset(node, CNAME.number) >= 0 ? 'alias' : 'bare'
  }

  #isBelowDname(node: number): boolean {
    const zone = this.#zone
    let above = node
    while (above > 0 && zone.kinds[above] === OCCLUDED) above--
    return zone.kinds[above] !== DELEGATION
  }

  /** A name without records: below a cut or a DNAME, covered by a wildcard, or not there. */
  #stateOfAbsent(at: number): TargetState {
    const zone = this.#zone
    const { octets } = zone.table
    for (
      let above = dropLabels(octets, at, 1);
      isAtOrBelow(octets, above, zone.apex.octets, 0);
      above = dropLabels(octets, above, 1)
    ) {
      const node = findNode(zone, octets, above)
      if (node >= 0) {
        if (zone.kinds[node] !== 0) return this.#isBelowDname(node) ? 'elsewhere' : 'unglued'
        if (zone.findRrset(node, DNAME.number) >= 0) return 'elsewhere'
      }
      const wildcard = this.#findWildcard(above)
      if (wildcard >= 0) {
        const state = this.#stateOfNode(wildcard)
        if (zone.findRrset(wildcard, NS.number) < 0) return state
      }
      if (node >= 0 || octets[above] === 0) return 'bare'
    }
    return 'bare'
  }

  #findWildcard(parent: number): number {
    const { octets } = this.#zone.table
    if (isWildcard(octets, parent)) return -1
    const name = this.#wildcard
    name.clear()
    name.u8(1)
    name.u8(0x2a)
    name.bytes(octets, parent, skipName(octets, parent))
    return findNode(this.#zone, name.octets, 0)
  }
}

function hashName(octets: Uint8Array, at: number): number {
  let hash = 0
  for (const end = skipName(octets, at); at < end; at++) hash = (Math.imul(hash, 31) + (octets[at]! | 0x20)) | 0
  return hash ^ (hash >>> 12)
}
