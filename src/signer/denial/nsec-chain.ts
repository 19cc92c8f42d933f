/** The NSEC chain of a whole zone. */
import { NSEC } from '../../dns/rr/index.ts'
import type { Zone } from '../../zone/index.ts'
import { isChained } from '../node-rules.ts'
import type { Planner } from '../planner.ts'
import { writeNsec } from './nsec.ts'

/** The nodes that are in a chain of denial, in canonical order. */
export function chainNodes(zone: Zone): Uint32Array {
  const nodes = new Uint32Array(zone.nodeCount)
  let n = 0
  for (let node = 0; node < zone.nodeCount; node++) if (isChained(zone.kinds[node]!)) nodes[n++] = node
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
    // The name is copied out of the same octets: they are read after there is room.
    out.ensure(256)
    writeNsec(out.octets, next, zone.kinds[node]!, this.#planner.typesAt(node), out)
    this.#planner.denial(zone.ownerOf(node), NSEC.number, at, out.length - at)
  }
}
