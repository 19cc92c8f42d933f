/** Metrics of each zone: what it was asked, and what must be watched of it, on secondaries as on primaries. */
import type { UnixSeconds } from '../ports/index.ts'
import type { ZoneCounts, ZoneStatus } from '../server/index.ts'
import type { Family, Sample } from './metric-families.ts'

export type CollectedZones = { readonly zones: readonly ZoneStatus[]; readonly now: UnixSeconds }

/** A zone that lacks the figure has no sample: an alert is not to fire on a nought that means nothing. */
function eachZone(
  { zones, now }: CollectedZones,
  read: (zone: ZoneStatus, now: UnixSeconds) => number | undefined,
): Sample[] {
  const samples: Sample[] = []
  for (const zone of zones) {
    const value = read(zone, now)
    if (value !== undefined) samples.push([value, zone.name])
  }
  return samples
}

const until = (instant: UnixSeconds | undefined, now: UnixSeconds): number | undefined =>
  instant === undefined ? undefined : instant - now

type ZoneFamily = Family<CollectedZones>

const zoneGauge = (
  name: ZoneFamily['name'],
  help: string,
  read: (zone: ZoneStatus, now: UnixSeconds) => number | undefined,
): ZoneFamily => ({ name, help, kind: 'gauge', labels: ['zone'], read: (collected) => eachZone(collected, read) })

/** A row for each pair of type and state that occurs. */
function countZones(zones: readonly ZoneStatus[]): Sample[] {
  const rows = new Map<string, Sample>()
  for (const { type, state } of zones) {
    const key = `${type} ${state}`
    rows.set(key, [(rows.get(key)?.[0] ?? 0) + 1, type, state])
  }
  return [...rows.values()]
}

export const ZONE_FAMILIES: readonly ZoneFamily[] = [
  {
    name: 'signet_zones',
    help: 'Zones by type and state.',
    kind: 'gauge',
    labels: ['type', 'state'],
    read: ({ zones }) => countZones(zones),
  },
  zoneGauge('signet_zone_up', '1 when a version of the zone is served, 0 when none is.', ({ state }) =>
    state === 'serving' ? 1 : 0,
  ),
  zoneGauge('signet_zone_serial', 'Serial of the version that is served.', ({ serial }) => serial),
  zoneGauge(
    'signet_zone_primary_serial',
    'Of a secondary zone: the serial that a primary told last.',
    ({ primarySerial }) => primarySerial,
  ),
  zoneGauge(
    'signet_zone_rrsig_expiry_seconds',
    'Of a signed zone: seconds until the first of its signatures expires; negative when one has.',
    ({ firstSignatureExpiry }, now) => until(firstSignatureExpiry, now),
  ),
  zoneGauge(
    'signet_zone_expire_seconds',
    'Of a secondary zone: seconds until it is no longer served unless a primary answers; negative when it is expired.',
    ({ expiresAt }, now) => until(expiresAt, now),
  ),
  zoneGauge('signet_zone_frozen', '1 while the zone takes no changes.', ({ type, frozen }) =>
    type === 'primary' ? Number(frozen) : undefined,
  ),
  zoneGauge('signet_zone_records', 'Records of the version that is served.', ({ records }) => records),
  zoneGauge('signet_zone_journal_bytes', 'Size of the journal of the zone.', ({ journalOctets }) => journalOctets),
]

const zoneCounter = (
  name: `signet_${string}`,
  help: string,
  read: (counts: ZoneCounts) => number,
): Family<readonly ZoneCounts[]> => ({
  name,
  help,
  kind: 'counter',
  labels: ['zone'],
  read: (zones) => zones.map((counts): Sample => [read(counts), counts.zone]),
})

export const ZONE_COUNT_FAMILIES: readonly Family<readonly ZoneCounts[]>[] = [
  zoneCounter('signet_zone_queries_total', 'Queries for names in the zone.', ({ queries }) => queries),
  zoneCounter('signet_zone_queries_dnssec_ok_total', 'Queries for the zone with DO.', ({ dnssecOk }) => dnssecOk),
  zoneCounter('signet_zone_nxdomain_total', 'Answers that a name does not exist.', ({ nxdomain }) => nxdomain),
  zoneCounter('signet_zone_nodata_total', 'Answers that a name lacks the type.', ({ nodata }) => nodata),
  zoneCounter('signet_zone_referrals_total', 'Referrals to a delegated zone.', ({ referrals }) => referrals),
  zoneCounter('signet_zone_refused_total', 'Queries for the zone that were refused.', ({ refused }) => refused),
]
