/** An explanation for people: a line a link, indented from the anchor down to the name, in columns. */

import { formatTable, type Line, paint, showTime } from '../../dns/presentation/index.ts'
import type { ExplainedLink, ExplainedPart } from './explained-part.ts'
import type { Explanation, RecordedContext } from './explanation.ts'
import { extendedErrorText } from './extended-error-text.ts'
import type { ServerReply } from './server-replies.ts'

/** Lines of replies that are shown. */
const MOST_REPLIES = 24

export function explanationText(explanation: Explanation): Line[] {
  const { name, type, status, rcode, remarks, parts, above, replies, notes } = explanation
  const { at, takenAt, messages, milliseconds, missing, recorded } = explanation
  const lines: Line[] = [
    [paint(`${name} ${type}`, 'strong'), ': ', paint(status, status), rcode === 'NOERROR' ? '' : `, ${rcode}`],
  ]
  for (const part of parts) {
    lines.push('')
    if (parts.length > 1)
      lines.push([paint(`${part.name} ${part.type}`, 'strong'), ': ', paint(part.status, part.status)])
    if (above === undefined || part.links.length + part.sentences.length > 0) lines.push(...partLines(part))
  }
  if (above !== undefined) {
    const head = paint(`${above.name} ${above.type}`, 'strong')
    lines.push(['above the failure, ', head, ': ', paint(above.status, above.status)])
    lines.push(...partLines(above))
  }
  const told = remarks.filter(({ text }) => !parts.some(({ sentences }) => sentences.includes(text)))
  if (told.length > 0) lines.push('', ...told.map(({ code, text }) => extendedErrorText(code, text)))
  for (const note of notes) lines.push('', note)
  if (replies.length > 0) lines.push('', 'what the servers replied', ...replyLines(replies))
  const count = messages === 1 ? '1 message' : `${messages} messages`
  if (recorded !== undefined) {
    lines.push(...recordedLines(recorded), '', [
      paint(`recorded by the server ${showTime(at)}: ${count}, ${milliseconds} ms`, 'quiet'),
    ])
    return lines
  }
  const when = takenAt === at ? `as of ${showTime(at)}` : `taken ${showTime(takenAt)}, judged as of ${showTime(at)}`
  lines.push('', [paint(`${count}, ${milliseconds} ms; ${when}`, 'quiet')])
  if (missing > 0) lines.push([paint(`${missing} questions came up of which nothing was written down`, 'quiet')])
  return lines
}

/** What to do, and how often it failed. */
function recordedLines({ zone, cause, questions, first, last, advice, steps }: RecordedContext): Line[] {
  const commands = formatTable(steps.map(({ command, purpose }) => [`  ${command}`, purpose]))
  const since = first === last ? '' : `, the first ${showTime(first)}, the last ${showTime(last)}`
  const count = questions === 1 ? '1 question' : `${questions} questions`
  return [
    '',
    [paint('what to do', 'strong')],
    `  ${advice}`,
    ...commands,
    '',
    `${count} failed in the zone ${zone} for this cause (${cause})${since}`,
  ]
}

/** A line for each server and question. */
function replyLines(replies: readonly ServerReply[]): Line[] {
  const rows = replies.slice(0, MOST_REPLIES).map(({ server, protocol, question, reply, times, milliseconds }) => {
    const by = protocol === 'udp' ? server : `${server} (${protocol})`
    const took = `${milliseconds} ms`
    return [`  ${by}`, question, reply, times === 1 ? took : `${times} times, ${took}`]
  })
  const more = replies.length - MOST_REPLIES
  return [...formatTable(rows), ...(more > 0 ? [[paint(`  and ${more} more: --json has them all`, 'quiet')]] : [])]
}

function partLines(part: ExplainedPart): Line[] {
  const { sentences, status, reason } = part
  const links = shownLinks(part)
  const trees = links.map(treeOf)
  const widths = {
    tree: widest(trees),
    what: widest(links.map(({ what }) => what)),
    status: widest(links.map(({ status: word }) => word)),
  }
  const lines = links.map((link, i): Line => {
    const tree = (trees[i] ?? '').padEnd(widths.tree)
    const word = link.status.padEnd(widths.status)
    const what = link.what.padEnd(widths.what)
    return [`  ${tree}  ${what}  `, paint(word, link.status), `  ${detailOf(link, links[i - 1])}`]
  })
  if (links.length === 0 && sentences.length === 0)
    lines.push(['  ', paint('nothing was found that could be judged', 'quiet')])
  // What the link that failed says already is not said twice.
  const more = sentences.filter((sentence) => !links.some(({ detail }) => detail === sentence))
  const last = more.map((sentence, i): Line => {
    // The word under which docs/verdicts.md tells what to do.
    const word = i === 0 && reason !== undefined ? [' ', paint(`(${reason})`, 'quiet')] : []
    return ['  ', paint('=>', status), ` ${sentence}`, ...word]
  })
  return [...lines, ...last]
}

/** The links as they are shown: records of one proof are one line, at the name that they speak of. */
function shownLinks({ name, type, links }: ExplainedPart): ExplainedLink[] {
  const shown: ExplainedLink[] = []
  for (const link of links) {
    const before = shown.at(-1)
    if (link.kind !== 'denial') shown.push(link)
    else if (before?.kind !== 'denial' || before.detail !== link.detail) {
      const depth = before?.name === name ? before.depth : (before?.depth ?? -1) + 1
      shown.push({ ...link, name, type, what: 'proof', depth })
    }
  }
  return shown
}

/** What was found, without the name that stands before it, and not twice in a row. */
function detailOf({ name, type, detail }: ExplainedLink, before: ExplainedLink | undefined): string {
  if (detail === before?.detail) return ''
  for (const head of [`${name} ${type}: `, `${name}: `]) if (detail.startsWith(head)) return detail.slice(head.length)
  return detail
}

/** The name, indented; the same name once more stays blank. */
function treeOf({ depth, name }: ExplainedLink, i: number, links: readonly ExplainedLink[]): string {
  const isAgain = i > 0 && links[i - 1]?.name === name
  const indent = depth === 0 ? '' : `${'  '.repeat(depth - 1)}${isAgain ? '  ' : '└ '}`
  return isAgain ? indent : `${indent}${name}`
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, { length }) => Math.max(width, length), 0)
}
