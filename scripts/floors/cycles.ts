/** Circles in a directed graph: one shortest circle for each strongly connected component. */

export function shortestCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  return components(graph).flatMap((component) => {
    const inside = new Set(component)
    const cycles = component.flatMap((start) => cycleFrom(start, graph, inside) ?? [])
    const shortest = cycles.toSorted((a, b) => a.length - b.length)[0]
    return shortest === undefined ? [] : [shortest]
  })
}

/** The shortest way from `start` back to it that stays inside, by breadth; wrapped, so that flatMap keeps it whole. */
function cycleFrom(
  start: string,
  graph: ReadonlyMap<string, readonly string[]>,
  inside: Set<string>,
): string[][] | undefined {
  const cameFrom = new Map<string, string>()
  const queue = [start]
  for (const node of queue) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) {
        const path = [node]
        for (let at = cameFrom.get(node); at !== undefined; at = cameFrom.get(at)) path.unshift(at)
        return [path]
      }
      if (inside.has(next) && !cameFrom.has(next)) {
        cameFrom.set(next, node)
        queue.push(next)
      }
    }
  }
  return undefined
}

/** Strongly connected components (Tarjan), in which a node without a circle is alone. */
function components(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>()
  const stack: string[] = []
  const onStack = new Set<string>()
  const found: string[][] = []

  const visit = (node: string): number => {
    const own = index.size
    let lowest = own
    index.set(node, own)
    stack.push(node)
    onStack.add(node)
    for (const next of graph.get(node) ?? []) {
      const seen = index.get(next)
      if (seen === undefined) lowest = Math.min(lowest, visit(next))
      else if (onStack.has(next)) lowest = Math.min(lowest, seen)
    }
    if (lowest === own) {
      const component = stack.splice(stack.indexOf(node))
      for (const member of component) onStack.delete(member)
      found.push(component)
    }
    return lowest
  }

  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return found
}
