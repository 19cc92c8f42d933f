/** The schema as JSON Schema and as a list of rows: for documentation, for editors, and to know what a reload can take up. */
import * as z from 'zod'
import { configurationSchema } from './schema.ts'

export type JsonSchema = z.core.JSONSchema.JSONSchema

export type SettingRow = {
  /** `server.tls.listen`, `zones[].notify`. */
  readonly path: string
  /** The type of zone that has the setting, where only some have it. */
  readonly variant: string | undefined
  /** What values are, in words. */
  readonly kind: string
  readonly required: boolean
  /** As YAML, or in words; undefined when there is none. */
  readonly default: string | undefined
  readonly help: string
  readonly since: string
  readonly restart: boolean
  /** Whether it holds other settings, which follow. */
  readonly isSection: boolean
}

/** What editors check a configuration with. Beyond JSON Schema: `kind`, `since`, `restart` and `otherwise` (the default in words). */
export function describeConfiguration(): JsonSchema {
  return z.toJSONSchema(configurationSchema('/'), { io: 'input' })
}

/** Every setting, in the order of the schema; a section comes before its settings. */
export function listSettings(schema: JsonSchema = describeConfiguration()): SettingRow[] {
  return [...rowsOf(schema, '', undefined)]
}

let restartSettings: ReadonlySet<string> | undefined

/** The settings whose change waits for the next start. */
export function listRestartSettings(): ReadonlySet<string> {
  restartSettings ??= new Set(listSettings().flatMap(({ path, restart }) => (restart ? path : [])))
  return restartSettings
}

function* rowsOf(schema: JsonSchema, above: string, variant: string | undefined): Generator<SettingRow> {
  for (const [key, row] of Object.entries(schema.properties ?? {})) {
    if (typeof row === 'boolean') continue
    const path = above === '' ? key : `${above}.${key}`
    const inner = innerOf(row)
    const { since, restart, otherwise } = row
    yield {
      path,
      variant,
      kind: describeKind(row),
      required: schema.required?.includes(key) ?? false,
      default: typeof otherwise === 'string' ? otherwise : describeDefault(row),
      help: row.description ?? '',
      since: typeof since === 'string' ? since : '',
      restart: restart === true,
      isSection: inner.length > 0,
    }
    for (const { schema: part, suffix, variant: own } of inner) yield* rowsOf(part, `${path}${suffix}`, own ?? variant)
  }
}

/** The mappings in a row: none, its own, those of its list, or one for each type. Kinds with a name are explained once, elsewhere. */
function innerOf(row: JsonSchema): { schema: JsonSchema; suffix: string; variant: string | undefined }[] {
  if (typeof row.kind === 'string') return []
  if (row.properties !== undefined) return [{ schema: row, suffix: '', variant: undefined }]
  const { items } = row
  if (items === undefined || typeof items === 'boolean' || Array.isArray(items) || typeof items.kind === 'string')
    return []
  if (items.properties !== undefined) return [{ schema: items, suffix: '[]', variant: undefined }]
  return (items.oneOf ?? []).flatMap((part) => {
    if (typeof part === 'boolean') return []
    const type = part.properties?.type
    const variant = typeof type === 'object' && typeof type.const === 'string' ? type.const : undefined
    return [{ schema: part, suffix: '[]', variant }]
  })
}

/** What values are, in words. */
export function describeKind(row: JsonSchema): string {
  if (typeof row.kind === 'string') return row.kind
  if (row.const !== undefined) return `\`${row.const}\``
  if (row.enum !== undefined) return row.enum.map((word) => `\`${word}\``).join(', ')
  switch (row.type) {
    case 'integer':
      return `${row.minimum}–${row.maximum}`
    case 'string':
      return 'text'
    case 'object':
      return 'section'
    case 'array': {
      const { items } = row
      if (items === undefined || typeof items === 'boolean' || Array.isArray(items)) return 'list'
      return items.properties !== undefined || items.oneOf !== undefined
        ? 'list of sections'
        : `list of: ${describeKind(items)}`
    }
    default:
      return ''
  }
}

function describeDefault(row: JsonSchema): string | undefined {
  const { default: value } = row
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) return undefined
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (typeof value === 'number' && value >= 2 ** 20 && value % 2 ** 20 === 0) {
    return value % 2 ** 30 === 0 ? `${value / 2 ** 30}GiB` : `${value / 2 ** 20}MiB`
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}
