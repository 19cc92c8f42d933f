/** An explanation as a graph in the DOT language: a box a link, an arrow to what it vouches for. */

import { printable } from '../../dns/presentation/index.ts'
import type { ExplainedLink } from './explained-part.ts'
import type { Explanation } from './explanation.ts'

const COLOURS: Readonly<Record<ExplainedLink['status'], string>> = {
  secure: '#2f9e44',
  insecure: '#e8890c',
  bogus: '#e03131',
  indeterminate: '#9c36b5',
}

/** Letters of a detail that fit into a box. */
const MOST_DETAIL = 60
/** Replies of servers, the last ones, that fit into a box. */
const MOST_REPLIES = 8

export function explanationDot(explanation: Explanation): string[] {
  const { name, type, parts, above } = explanation
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
  for (const line of failureLines(explanation)) lines.add(line)
  const head = [
    `digraph "${quoted(`${name} ${type}`)}" {`,
    '  rankdir=TB;',
    '  node [shape=box, fontname="sans-serif", style=rounded];',
  ]
  return [...head, ...lines, '}']
}

/** A box for what could not be judged, below the last link that holds, and one for what the servers replied. */
function failureLines({ name, type, parts, above, remarks, replies }: Explanation): string[] {
  const last = parts.at(-1)
  if (last === undefined || last.links.length > 0) return []
  const colour = COLOURS.indeterminate
  const label = `${quoted(`${name} ${type}`)}\\n${quoted(shorten(remarks[0]?.text ?? ''))}`
  const lines = [`  "failure" [label="${label}", color="${colour}"];`]
  // Under an alias the failure is that of its target.
  const holds = above?.links.at(-1) ?? parts.at(-2)?.links.at(-1)
  if (holds !== undefined) lines.push(`  ${idOf(holds)} -> "failure" [style=dotted];`)
  if (replies.length === 0) return lines
  const rows = replies.slice(-MOST_REPLIES).map(({ server, protocol, question, reply }) => {
    const by = protocol === 'udp' ? server : `${server} (${protocol})`
    return quoted(`${by} ${question}: ${shorten(reply)}`)
  })
  lines.push(`  "replies" [label="${rows.join('\\l')}\\l", color="${colour}", style=dashed];`)
  return [...lines, '  "failure" -> "replies" [style=dotted, arrowhead=none];']
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
