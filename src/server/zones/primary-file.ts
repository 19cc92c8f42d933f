/** The master file of a primary zone: prepared as a version, and known again when it has not changed. */
import { DnsError } from '../../dns/errors.ts'
import type { IncludeOptions, ZoneFileMark } from '../../store/index.ts'
import type { PreparedVersion } from '../../threads/index.ts'
import type { PrimaryZoneSettings } from '../configuration/index.ts'
import type { World } from '../hosted-zone.ts'

type FileSettings = Pick<PrimaryZoneSettings, 'name' | 'file' | 'format' | 'checks' | 'includeFolders'>

/** A file that was read. `format`: another one may give other TTLs. */
export type TakenFile = { readonly mark: ZoneFileMark | undefined; readonly format: PrimaryZoneSettings['format'] }

/** What the file may include. */
function includesOf({ includeFolders }: FileSettings): IncludeOptions {
  return { includeFolders, includeSetting: '`includeFolders` of the zone' }
}

/** Whether the file, with what it includes, is the one that was read. Rejects with DnsError. */
export async function isFileUnchanged(
  settings: FileSettings,
  { mark, format }: TakenFile,
  world: World,
): Promise<boolean> {
  const { file } = settings
  if (file === undefined || mark === undefined || settings.format !== format) return false
  return world.versions.isFileUnchanged({ file, mark, includes: includesOf(settings) })
}

/**
 * Reads and checks the file, merges it with what other ways made of it, and compares it with the published version. Rejects with
 * DnsError.
 */
export async function prepareFile(settings: FileSettings, world: World): Promise<PreparedVersion> {
  const { file, format, checks, name } = settings
  const { image, log, state } = world
  if (file === undefined) throw new DnsError('zone-invalid', `${name} has no file`)
  const isMerged = state.copies.serialOf(name, 'base') !== undefined
  const published = image.walk(name)
  try {
    const isServed = (image.zone(name)?.records ?? 0) > 0
    const version = await world.versions.prepare({
      apex: name.octets,
      source: { kind: 'file', file, format, includes: includesOf(settings), ...(isMerged && { merges: state.path }) },
      rules: { checks, verify: 'no' },
      at: world.clock.wall(),
      image: { buffer: image.buffer, published: isServed ? (published?.unit ?? 0) : 0, compares: true, lender: image },
    })
    for (const { level, fields, message } of version.notes) log[level](fields, message)
    if (typeof version.refusal === 'string') throw new DnsError('zone-invalid', `${name}: ${version.refusal}`)
    if (published?.isBrokenOff !== true) return version
    image.discard(version)
    throw new DnsError('limit-exceeded', `${name} changed too much while its file was read`)
  } finally {
    published?.close()
  }
}

/** Prepares what other ways made of the file, without the file; undefined when nothing did, or it cannot be read. */
export async function prepareLive({ name }: FileSettings, world: World): Promise<PreparedVersion | undefined> {
  const { image, state, log, versions, clock } = world
  const octets = state.copies.octetsOf(name)
  if (octets === undefined) return undefined
  try {
    return await versions.prepare({
      apex: name.octets,
      source: { kind: 'saved', state: state.path, octets },
      rules: { checks: 'off', verify: 'no' },
      at: clock.wall(),
      image: { buffer: image.buffer, published: 0, compares: false, lender: image },
    })
  } catch (error) {
    if (!(error instanceof DnsError)) throw error
    log.error({ zone: name.toString(), error }, 'the copy of the zone cannot be used')
    return undefined
  }
}
