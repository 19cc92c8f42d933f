/**
 * The names that an NSEC3 chain hashes (RFC 5155 §7.1): every name of ours and every empty non-terminal, with word of whether
 * opt-out may leave it out: a delegation without DS, or an empty non-terminal that leads only to such.
 */
import { commonLabels, countLabels, dropLabels } from '../../dns/name/index.ts'
import { DS } from '../../dns/rr/index.ts'
import { DELEGATION, type Zone } from '../zone.ts'

/** In place of a node: the name has no records. */
export const EMPTY = 0xffffffff

export type HashedNames = {
  readonly count: number
  /** Where each name stands in the table's octets. */
  readonly names: Uint32Array
  /** Its node, or EMPTY. */
  readonly nodes: Uint32Array
  /** 1: opt-out may leave it out. */
  readonly optional: Uint8Array
}

/**
 * In canonical order everything below a name follows it: a name's missing ancestors are those that it does not share with the
 * name before it, and an empty non-terminal is needed as soon as one name below it is.
 */
export function collectHashedNames(zone: Zone, chain: Uint32Array): HashedNames {
  const { octets } = zone.table
  const apexLabels = zone.apex.labelCount
  let capacity = chain.length + 64
  let names = new Uint32Array(capacity)
  let nodes = new Uint32Array(capacity)
  let optional = new Uint8Array(capacity)
  let count = 0
  const add = (nameAt: number, node: number, mayMiss: boolean): void => {
    if (count === capacity) {
      capacity *= 2
      const grow = <T extends Uint32Array | Uint8Array>(old: T, grown: T): T => {
        grown.set(old)
        return grown
      }
      names = grow(names, new Uint32Array(capacity))
      nodes = grow(nodes, new Uint32Array(capacity))
      optional = grow(optional, new Uint8Array(capacity))
    }
    names[count] = nameAt
    nodes[count] = node
    optional[count++] = mayMiss ? 1 : 0
  }
  /** The empty non-terminal of each number of labels above the last name; -1 where the ancestor has records. */
  const above = new Int32Array(129).fill(-1)
  let last = -1
  for (let i = 0; i < chain.length; i++) {
    const node = chain[i]!
    const owner = zone.ownerOf(node)
    const labels = countLabels(octets, owner)
    const mayMiss = zone.kinds[node] === DELEGATION && zone.findRrset(node, DS.number) < 0
    const shared = last < 0 ? apexLabels : Math.max(apexLabels, commonLabels(octets, last, octets, owner))
    for (let missing = shared + 1; missing < labels; missing++) {
      above[missing] = count
      add(dropLabels(octets, owner, labels - missing), EMPTY, true)
    }
    above[labels] = -1
    if (!mayMiss) {
      for (let n = apexLabels + 1; n < labels; n++) if (above[n]! >= 0) optional[above[n]!] = 0
    }
    add(owner, node, mayMiss)
    last = owner
  }
  return { count, names, nodes, optional }
}
