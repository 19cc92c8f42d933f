/** The NSEC chain (RFC 4034 §4, RFC 4035 §2.3): each name that is ours points to the next, the last one to the apex. */
import { skipName } from '../dns/name/index.ts'
import { NSEC, RRSIG, writeTypeBitmap } from '../dns/rr/index.ts'
import { OCCLUDED, type Zone } from '../zone/index.ts'
import type { Planner } from './planner.ts'

/** The nodes that are in a chain of denial: all but occluded ones, in canonical order. */
export function chainNodes(zone: Zone): Uint32Array {
  const nodes = new Uint32Array(zone.nodeCount)
  let n = 0
  for (let node = 0; node < zone.nodeCount; node++) if (zone.kinds[node] !== OCCLUDED) nodes[n++] = node
  return nodes.subarray(0, n)
}

export class NsecChain {
  readonly #planner: Planner
  readonly #nodes: Uint32Array
  #next = 0

  constructor(planner: Planner, nodes: Uint32Array) {
    this.#planner = planner
    this.#nodes = nodes
  }

  /** Adds the NSEC record of the node. Nodes of the chain come one after the other. */
  addFor(node: number): void {
    const { zone, table } = this.#planner
    this.#next++
    const next = zone.ownerOf(this.#nodes[this.#next] ?? 0)
    const { out } = table
    const at = out.length
    // The name is copied out of the same octets: `bytes` reads them after it has made room.
    out.ensure(256)
    out.bytes(out.octets, next, skipName(out.octets, next))
    const types = this.#planner.typesAt(node)
    types.push(NSEC.number, RRSIG.number)
    writeTypeBitmap(types, out)
    this.#planner.denial(zone.ownerOf(node), NSEC.number, at, out.length - at)
  }
}
