/**
 * What a reload has to do: the difference of two configurations.
 *
 * What it does not do: look at files. A zone whose master file changed and whose settings did not is not in here.
 */

import { Name } from '../../dns/name/index.ts'
import { equalOctets } from '../../dns/octets.ts'
import { AccessList } from '../access-list.ts'
import { listRestartSettings } from './list-settings.ts'
import type { Configuration, ZoneSettings } from './schema.ts'
import { Secret } from './secret.ts'

export type ZoneChangeOfSettings = {
  readonly before: ZoneSettings
  readonly after: ZoneSettings
  /** The settings that differ: `notify`, `allowTransfer`. Never `type`: a zone of another type is removed and added. */
  readonly settings: readonly string[]
}

export type ConfigurationChange = {
  readonly zones: {
    readonly added: readonly ZoneSettings[]
    readonly removed: readonly ZoneSettings[]
    readonly changed: readonly ZoneChangeOfSettings[]
  }
  /** Settings outside of `zones` that can be taken up at once: `server.maxUdpPayload`, `tsigKeys`. */
  readonly live: readonly string[]
  /** Settings that wait for the next start: `server.listen`. */
  readonly restart: readonly string[]
}

export function compareConfigurations(before: Configuration, after: Configuration): ConfigurationChange {
  const { zones: oldZones, ...oldRest } = before
  const { zones: newZones, ...newRest } = after
  const differing = listDifferences(oldRest, newRest, '')
  // Where no setting differs they are not asked for: to list them takes 100 ms the first time.
  const waits = (path: string): boolean => listRestartSettings().has(path)
  return {
    zones: compareZones(oldZones, newZones),
    live: differing.filter((path) => !waits(path)),
    restart: differing.filter(waits),
  }
}

function compareZones(before: readonly ZoneSettings[], after: readonly ZoneSettings[]): ConfigurationChange['zones'] {
  const left = new Map(before.map((zone) => [zone.name.key, zone]))
  const added: ZoneSettings[] = []
  const changed: ZoneChangeOfSettings[] = []
  for (const zone of after) {
    const old = left.get(zone.name.key)
    if (old === undefined || old.type !== zone.type) {
      added.push(zone)
      continue
    }
    left.delete(zone.name.key)
    const settings = keysOf(old, zone).filter((key) => !isSameSetting(settingOf(old, key), settingOf(zone, key)))
    if (settings.length > 0) changed.push({ before: old, after: zone, settings })
  }
  return { added, removed: [...left.values()], changed }
}

/** Dotted paths of what differs: of mappings their parts, of lists the whole. */
function listDifferences(before: object, after: object, above: string): string[] {
  return keysOf(before, after).flatMap((key) => {
    const path = above === '' ? key : `${above}.${key}`
    const [a, b] = [settingOf(before, key), settingOf(after, key)]
    if (isSameSetting(a, b)) return []
    // A section that came or went is each of its settings.
    return (isMapping(a) || a === undefined) && (isMapping(b) || b === undefined)
      ? listDifferences(a ?? {}, b ?? {}, path)
      : [path]
  })
}

function keysOf(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
}

function settingOf(mapping: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(mapping, key)?.value
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** The change with every zone that stays among those whose settings differ. */
export function changeAll(
  change: ConfigurationChange['zones'],
  { zones }: Configuration,
): ConfigurationChange['zones'] {
  const added = new Set(change.added.map(({ name }) => name.key))
  const stay = zones.filter(({ name }) => !added.has(name.key))
  return { ...change, changed: stay.map((zone) => ({ before: zone, after: zone, settings: [] })) }
}

/** Names by what they mean, lists of who may by what they say, the rest by value. */
export function isSameSetting(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a instanceof Name) return b instanceof Name && a.equals(b)
  if (a instanceof AccessList) return b instanceof AccessList && isSameSetting(a.entries, b.entries)
  if (a instanceof Secret) return b instanceof Secret && equalOctets(a.octets, b.octets)
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalOctets(a, b)
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSameSetting(item, b[i]))
  if (!isMapping(a) || !isMapping(b)) return false
  return keysOf(a, b).every((key) => isSameSetting(settingOf(a, key), settingOf(b, key)))
}
