/**
 * Reads the configuration of `signet serve`: YAML text → value → schema → relations between settings → `Configuration`.
 *
 * It reads no file but the text it is given: certificates, secrets in files and zone files are read by those who use them.
 * Each step runs when the one before found nothing; within a step all faults are collected.
 */
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import type * as z from 'zod'
import { Name } from '../../dns/name/index.ts'
import { AccessList } from '../access-list.ts'
import { ConfigurationError, type ConfigurationFault, formatSetting } from './configuration-error.ts'
import { findContradictions } from './contradictions.ts'
import { findNearest } from './nearest.ts'
import {
  type CompletedConfiguration,
  type Configuration,
  configurationSchema,
  type ParsedConfiguration,
} from './schema.ts'
import { Secret } from './secret.ts'
import { findWithoutEffect } from './without-effect.ts'
import { type ValuePath, YamlText } from './yaml-text.ts'
import { readZoneLines } from './zone-lines.ts'

const MAX_FAULTS = 100

/**
 * The configuration that `text` is. `file` is its name in messages, and the folder it is in is where relative paths start.
 * Throws ConfigurationError (`configuration-invalid`), which has the place of each fault.
 */
export function readConfiguration(text: string, file: string): Configuration {
  const quick = readManyZones(text, file)
  if (quick !== undefined) return quick
  const yaml = new YamlText(text, file)
  if (yaml.value === null || yaml.value === undefined) {
    throw refuse(yaml, [{ path: [], reason: 'is empty: at the least it says data' }])
  }
  const result = accept(yaml.value, file)
  if (result.configuration === undefined) throw refuse(yaml, result.faults)
  return result.configuration
}

/** The same for a long list of zones in the form that is read quickly, if nothing is wrong with it. */
function readManyZones(text: string, file: string): Configuration | undefined {
  const lines = readZoneLines(text)
  if (lines === undefined) return undefined
  try {
    const { value } = new YamlText(lines.rest, file)
    if (!hasNoZones(value)) return undefined
    return accept({ ...value, zones: lines.zones }, file).configuration
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined
    throw error
  }
}

function hasNoZones(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || !('zones' in value)) return false
  return Array.isArray(value.zones) && value.zones.length === 0
}

type Accepted = { readonly configuration: Configuration }
type Refused = { readonly configuration?: undefined; readonly faults: readonly [Fault, ...Fault[]] }

function accept(value: unknown, file: string): Accepted | Refused {
  const result = schemaFor(dirname(resolve(file))).safeParse(value, { error: wordIssue })
  const [first, ...rest] = result.success
    ? [...findContradictions(result.data), ...findWithoutEffect(result.data)]
    : result.error.issues.flatMap((issue) => flatten(issue, []))
  if (first !== undefined) return { faults: [first, ...rest] }
  if (!result.success) return { faults: [{ path: [], reason: 'is not accepted' }] }
  return { configuration: freeze(complete(result.data)) }
}

let kept: { readonly folder: string; readonly schema: ReturnType<typeof configurationSchema> } | undefined

/** Building the schema takes longer than most readings: the last one is kept for a reload. */
function schemaFor(folder: string): ReturnType<typeof configurationSchema> {
  if (kept?.folder !== folder) kept = { folder, schema: configurationSchema(folder) }
  return kept.schema
}

type Fault = { readonly path: ValuePath; readonly reason: string; readonly ofKey?: boolean }

function refuse(yaml: YamlText, faults: readonly Fault[]): ConfigurationError {
  const [first, ...rest] = faults.slice(0, MAX_FAULTS).map(
    ({ path, reason, ofKey }): ConfigurationFault => ({
      setting: formatSetting(ofKey === true ? path.slice(0, -1) : path),
      reason,
      place: yaml.placeOf(path, ofKey),
    }),
  )
  return new ConfigurationError([first ?? { setting: '', reason: 'is not accepted', place: yaml.placeOf([]) }, ...rest])
}

/** zod's issue as faults: one for each unknown key; of alternatives, those of the one that was meant. */
function flatten(issue: z.core.$ZodIssue, above: ValuePath): Fault[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
  if (issue.code === 'unrecognized_keys') {
    const reasons = issue.message.split('\n')
    return issue.keys.map((key, i) => ({ path: [...path, key], reason: reasons[i] ?? 'no such setting', ofKey: true }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const isOfOtherKind = (inner: z.core.$ZodIssue): boolean =>
      inner.path.length === 0 &&
      (inner.code === 'invalid_type' || inner.code === 'invalid_value' || inner.code === 'invalid_union')
    const meant = issue.errors.find((inner) => !inner.some(isOfOtherKind))
    if (meant !== undefined) return meant.flatMap((inner) => flatten(inner, path))
  }
  return [{ path, reason: issue.message }]
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  object: 'a mapping (key: value)',
  array: 'a list ([a, b])',
  boolean: 'on or off',
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'boolean') return 'on or off (true or false)'
  return typeof value === 'string' ? 'text' : Number.isInteger(value) ? 'a number' : 'a fraction'
}

function adviseOn(expected: string, input: unknown): string {
  if (input === null) return ': leave it out, or give it a value'
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean')) return ': put it in quotes'
  return expected === 'number' && typeof input === 'string' ? ': without quotes or unit' : ''
}

/** zod's issues in our words; undefined leaves the row's own words. Values are not cited: they may be secrets. */
function wordIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === undefined) return 'is missing'
      const remedy = adviseOn(issue.expected, issue.input)
      return `must be ${KINDS[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}${remedy}`
    }
    case 'invalid_value': {
      const words = issue.values.map(String)
      const nearest = typeof issue.input === 'string' ? findNearest(issue.input, words) : undefined
      const hint = nearest === undefined ? '' : ` (did you mean ${nearest}?)`
      return words.length === 1 ? `must be ${words[0]}` : `must be one of ${words.join(', ')}${hint}`
    }
    case 'too_small':
    case 'too_big': {
      const isSmall = issue.code === 'too_small'
      const bound = String(isSmall ? issue.minimum : issue.maximum)
      const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : ''
      if (isSmall && unit !== '' && bound === '1') return 'must not be empty'
      return `must ${unit === '' ? 'be' : 'have'} at ${isSmall ? 'least' : 'most'} ${bound}${unit}`
    }
    case 'invalid_union':
      return 'is of no kind that fits here'
    default:
      return undefined
  }
}

/** Fills in what depends on other settings or on the machine. */
function complete(parsed: ParsedConfiguration): CompletedConfiguration {
  const { journal } = parsed
  const limits = (own: { maxOctets?: number | undefined; maxChanges?: number | undefined } | undefined) => ({
    maxOctets: own?.maxOctets ?? journal.maxOctets,
    maxChanges: own?.maxChanges ?? journal.maxChanges,
  })
  const withKey = <R extends { tsigKey: Name | undefined }>(remotes: readonly R[], tsigKey: Name | undefined): R[] =>
    remotes.map((remote) => ({ ...remote, tsigKey: remote.tsigKey ?? tsigKey }))
  return {
    ...parsed,
    server: { ...parsed.server, threads: parsed.server.threads ?? availableParallelism() },
    zones: parsed.zones.map((zone) => {
      switch (zone.type) {
        case 'primary':
          return { ...zone, journal: limits(zone.journal) }
        case 'secondary':
          return { ...zone, primaries: withKey(zone.primaries, zone.tsigKey), journal: limits(zone.journal) }
        default:
          return zone
      }
    }),
    templates: parsed.templates.map((template) => ({
      ...template,
      primaries: withKey(template.primaries, template.tsigKey),
      journal: limits(template.journal),
    })),
  }
}

/** Lists and mappings only: the values in them are immutable as they are, or octets, which cannot be frozen. */
function freeze(configuration: CompletedConfiguration): Configuration {
  const waiting: unknown[] = [configuration]
  for (let value = waiting.pop(); value !== undefined || waiting.length > 0; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue
    if (value instanceof Name || value instanceof AccessList || value instanceof Secret || Object.isFrozen(value))
      continue
    Object.freeze(value)
    waiting.push(...Object.values(value))
  }
  return configuration
}
