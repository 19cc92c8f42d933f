/** An explanation as a graph in the DOT language: a box a link, an arrow to what it vouches for. */
import type { ExplainedLink, Explanation } from './explanation.ts'
import { printable } from './show-answer.ts'

const COLOURS: Readonly<Record<ExplainedLink['status'], string>> = {
  secure: '#2f9e44',
  insecure: '#e8890c',
  bogus: '#e03131',
  indeterminate: '#9c36b5',
}

/** Letters of a detail that fit into a box. */
const MOST_DETAIL = 60

export function explanationDot({ name, type, parts, above, remarks }: Explanation): string {
  const lines = new Set<string>()
  for (const { links } of above === undefined ? parts : [...parts, above]) {
    for (const [i, link] of links.entries()) {
      const label = `${link.name}\\n${link.what}: ${link.status}\\n${quoted(shorten(link.detail))}`
      lines.add(`  ${idOf(link)} [label="${label}", color="${COLOURS[link.status]}"];`)
      const before = links[i - 1]
      if (before !== undefined) lines.add(`  ${idOf(before)} -> ${idOf(link)} [color="${COLOURS[link.status]}"];`)
    }
  }
  // The last box of an alias leads to that of its target.
  for (const [i, { links }] of parts.entries()) {
    const [from, to] = [links.at(-1), parts[i + 1]?.links.at(-1)]
    if (from !== undefined && to !== undefined)
      lines.add(`  ${idOf(from)} -> ${idOf(to)} [style=dashed, label="alias"];`)
  }
  const holds = above?.links.at(-1)
  if (holds !== undefined) {
    const label = `${quoted(`${name} ${type}`)}\\n${quoted(shorten(remarks[0]?.text ?? ''))}`
    lines.add(`  "failure" [label="${label}", color="${COLOURS.indeterminate}"];`)
    lines.add(`  ${idOf(holds)} -> "failure" [style=dotted];`)
  }
  const head = [
    `digraph "${quoted(`${name} ${type}`)}" {`,
    '  rankdir=TB;',
    '  node [shape=box, fontname="sans-serif", style=rounded];',
  ]
  return [...head, ...lines, '}'].join('\n')
}

function idOf({ kind, name, type }: ExplainedLink): string {
  return `"${quoted(`${kind} ${name} ${type}`)}"`
}

function quoted(text: string): string {
  return printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}

function shorten(text: string): string {
  return text.length <= MOST_DETAIL ? text : `${text.slice(0, MOST_DETAIL - 1)}…`
}
