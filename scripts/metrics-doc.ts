/**
 * Writes docs/metrics.md: every metric of `/metrics`, as its HELP line says.
 *
 *   node scripts/metrics-doc.ts
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMetrics } from '../src/management/metrics.ts'

export const METRICS_DOC = join(import.meta.dirname, '../docs/metrics.md')

const HEAD = `# Metrics

This page is made by \`node scripts/metrics-doc.ts\` from the metrics themselves. How to scrape them, and what to be warned of:
[Watching a server](guide/watch-a-server.md).

Counters count since the start of the server. Labels are bounded: types, codes and reasons come as a few names and \`other\`, \`zone\` is only
ever a zone of the configuration or of a catalogue, with its final dot. A zone that lacks a figure (no signatures, no primary) has no sample.
Besides these there are the usual \`process_…\` and \`nodejs_…\` metrics of memory, CPU, file descriptors, event loop and garbage collection.

| metric | kind | labels | meaning |
|---|---|---|---|
`

/** The page as it should be. */
export function renderMetricsDoc(): string {
  const rows = describeMetrics().map(({ name, kind, labels, help }) => {
    return `| \`${name}\` | ${kind} | ${labels.join(', ')} | ${help} |\n`
  })
  return HEAD + rows.join('')
}

if (import.meta.main) writeFileSync(METRICS_DOC, renderMetricsDoc())
