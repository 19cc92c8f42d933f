/** The names of a configuration that have A-labels, both ways: who wrote a U-label sees what became of it. */
import { Name, showBothWays, unicodeText } from '../../dns/name/index.ts'
import { AccessList } from '../access-list.ts'
import type { Configuration } from './schema.ts'

/** One line for each name, with the place where it stands first: `zones[0].name: xn--bcher-kva.example. (bücher.example.)`. */
export function listUnicodeNames(configuration: Configuration): string[] {
  const lines = new Map<string, string>()
  collect(configuration, '', lines)
  return [...lines.values()]
}

function collect(value: unknown, path: string, lines: Map<string, string>): void {
  if (value instanceof Name) {
    if (unicodeText(value) !== undefined && !lines.has(value.key))
      lines.set(value.key, `${path}: ${showBothWays(value)}`)
  } else if (value instanceof AccessList) {
    for (const key of value.keys) collect(key, path, lines)
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) collect(item, `${path}[${i}]`, lines)
  } else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [key, item] of Object.entries(value)) collect(item, path === '' ? key : `${path}.${key}`, lines)
  }
}
