/**
 * A reporter of node:test for scripts/test.ts: one line of JSON for each test, told apart from what the tests print
 * because it goes to a file of its own. A parent that failed only through its subtests is not a failure of its own.
 */
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

export type TestLine =
  | { readonly kind: 'started'; readonly name: string }
  | { readonly kind: 'passed'; readonly name: string }
  | { readonly kind: 'skipped'; readonly name: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly name: string; readonly error: string }
  | { readonly kind: 'note'; readonly text: string }

/** What node:test itself says at the end of a file. */
const OWN_SUMMARY = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const line = lineOf(event)
    if (line !== undefined) yield `${JSON.stringify(line)}\n`
  }
}

function lineOf(event: TestEvent): TestLine | undefined {
  switch (event.type) {
    case 'test:dequeue':
      return { kind: 'started', name: event.data.name }
    case 'test:diagnostic':
      return OWN_SUMMARY.test(event.data.message) ? undefined : { kind: 'note', text: event.data.message }
    case 'test:pass': {
      const { name, details, skip, todo } = event.data
      if (skip !== undefined && skip !== false) return { kind: 'skipped', name, reason: String(skip) }
      if (todo !== undefined && todo !== false) return { kind: 'skipped', name, reason: `to do: ${todo}` }
      return details.type === 'suite' ? undefined : { kind: 'passed', name }
    }
    case 'test:fail': {
      const { name, details, todo } = event.data
      if (todo !== undefined && todo !== false) return { kind: 'skipped', name, reason: `to do: ${todo}` }
      const error: unknown = details.error
      if (isSubtestsFailed(error)) return undefined
      return { kind: 'failed', name, error: describe(error instanceof Error ? (error.cause ?? error) : error) }
    }
    default:
      return undefined
  }
}

function isSubtestsFailed(error: unknown): boolean {
  return error instanceof Error && 'failureType' in error && error.failureType === 'subtestsFailed'
}

/** The error without the frames of Node.js itself, and without the copies of what its message tells already. */
function describe(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? String(error)) : inspect(error)
  return text
    .split('\n')
    .filter((line) => !/^\s+at .*\(?node:/.test(line))
    .join('\n')
}
