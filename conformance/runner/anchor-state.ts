/**
 * State files of trust points (RFC 5011) as Unbound writes them, by their fields: texts of two programs are never the same. The
 * times in brackets and the order of keys are left out.
 */

import { Name } from '../../src/dns/name/index.ts'
import { computeKeyTag } from '../../src/dnssec/index.ts'
import { readRecord } from './records.ts'

export type KeyState = {
  readonly tag: number
  readonly flags: number
  readonly algorithm: number
  /** 0 START, 1 ADDPEND, 2 VALID, 3 MISSING, 4 REVOKED; undefined: the file does not tell, nor the next two. Keys in state 5 are left out. */
  readonly state: number | undefined
  readonly count: number
  readonly lastChange: number
}

export type AnchorState = {
  readonly zone: string
  readonly isRevoked: boolean
  readonly lastQueried?: number
  readonly lastSuccess?: number
  readonly failures?: number
  readonly queryInterval?: number
  readonly retrySeconds?: number
  readonly keys: readonly KeyState[]
}

const FIELDS = [
  ['lastQueried', 'last_queried'],
  ['lastSuccess', 'last_success'],
  ['failures', 'query_failed'],
  ['queryInterval', 'query_interval'],
  ['retrySeconds', 'retry_time'],
] as const

const TYPE_DNSKEY = 48
/** REMOVED: Unbound drops such keys; the product keeps those that were revoked, so that they never return. */
const REMOVED = 5

/** Reads the lines of a state file whose macros were replaced. */
export function readAnchorState(lines: readonly string[]): AnchorState {
  const told: { -readonly [K in (typeof FIELDS)[number][0]]?: number } = {}
  const keys: KeyState[] = []
  let zone: string | undefined
  let isRevoked = false
  for (const line of lines.map((text) => text.trim()).filter((text) => text !== '')) {
    zone = /^;;id: (\S+)/.exec(line)?.[1] ?? zone
    if (line.startsWith(';;REVOKED')) isRevoked = true
    for (const [field, word] of FIELDS) {
      const value = new RegExp(`^;;${word}: ([0-9.]+)`).exec(line)?.[1]
      if (value !== undefined) told[field] = Number(value)
    }
    if (line.startsWith(';')) continue
    zone ??= line.split(/\s+/)[0]
    keys.push(...keyOf(line))
  }
  return {
    zone: Name.parse(zone ?? '.')
      .toString()
      .toLowerCase(),
    isRevoked,
    ...told,
    keys: sorted(keys),
  }
}

function keyOf(line: string): KeyState[] {
  const { type, rdata } = readRecord(line, { origin: '.', ttl: 3600 })
  if (type !== TYPE_DNSKEY) return []
  const field = (word: string): number => Number(new RegExp(`;;${word}=([0-9.]+)`).exec(line)?.[1] ?? 0)
  const state = line.includes(';;state=') ? field('state') : undefined
  if (state === REMOVED) return []
  return [
    {
      tag: computeKeyTag(rdata),
      flags: ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0),
      algorithm: rdata[3] ?? 0,
      state,
      count: field('count'),
      lastChange: field('lastchange'),
    },
  ]
}

/** What of a state is not as expected, in words. Of failures it counts whether there are any: how often one tries is one's own affair. */
export function compareAnchorStates(expected: AnchorState, got: AnchorState): string[] {
  const differences: string[] = []
  if (got.zone !== expected.zone) differences.push(`zone ${got.zone} instead of ${expected.zone}`)
  if (got.isRevoked !== expected.isRevoked) differences.push(`the trust point is ${got.isRevoked ? '' : 'not '}revoked`)
  for (const [field, word] of FIELDS) {
    const isSame =
      field === 'failures' ? (got[field] ?? 0) > 0 === (expected[field] ?? 0) > 0 : got[field] === expected[field]
    if (expected[field] !== undefined && !isSame) {
      differences.push(`${word} ${got[field] ?? 'absent'} instead of ${expected[field]}`)
    }
  }
  const isPlain = expected.keys.every(({ state }) => state === undefined)
  const text = (key: KeyState): string => keyText(isPlain ? { ...key, state: undefined } : key)
  const wanted = expected.keys.map(text)
  const have = sorted(got.keys).map(text)
  differences.push(...wanted.filter((key) => !have.includes(key)).map((key) => `- ${key}`))
  differences.push(...have.filter((key) => !wanted.includes(key)).map((key) => `+ ${key}`))
  return differences
}

function keyText({ tag, flags, algorithm, state, count, lastChange }: KeyState): string {
  const known = state === undefined ? '' : ` state ${state} count ${count} since ${lastChange}`
  return `key ${tag} flags ${flags} algorithm ${algorithm}${known}`
}

function sorted(keys: readonly KeyState[]): KeyState[] {
  return keys.toSorted((a, b) => a.tag - b.tag)
}
