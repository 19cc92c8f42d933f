/** What a version must be that a change by another way than the file leads to. Whether the change fits is known before. */
import { DnsError } from '../../dns/errors.ts'
import { findExcessOfName, type ImageWalk, shareChange, type ZoneChange } from '../../zone/index.ts'
import type { PrimaryZoneSettings } from '../configuration/index.ts'
import type { World } from '../hosted-zone.ts'
import type { ZoneTransaction } from './zone-transaction.ts'

type Rules = Pick<PrimaryZoneSettings, 'name' | 'checks'>

/** Up to here the checks of a zone that only warn are made after each change. */
const CHECKED_RECORDS = 5000
const UNLIMITED = Number.POSITIVE_INFINITY

/**
 * Stages a change of the version that `served` walks over. Rejects with DnsError `transfer-failed` when it does not fit, and
 * `change-refused` when it leaves no SOA, other data beside a CNAME, or what the checks of the zone refuse: then the transaction is
 * to be abandoned.
 */
export async function stageByRules(
  transaction: ZoneTransaction,
  change: ZoneChange,
  served: ImageWalk,
  { name, checks }: Rules,
  world: World,
): Promise<void> {
  const limits = { records: UNLIMITED, octets: UNLIMITED, types: UNLIMITED, besideCname: checks === 'off' }
  try {
    await transaction.change(change, (owner, records) => {
      const excess = findExcessOfName(owner, records, limits)
      if (excess !== undefined)
        throw new DnsError('change-refused', `${excess.of} has other data beside a CNAME (RFC 2181 §10.1)`)
    })
  } catch (error) {
    if (!(error instanceof DnsError) || error.code !== 'zone-invalid') throw error
    throw new DnsError('change-refused', error.message, { cause: error })
  }
  const isSmall = (world.image.zone(name)?.records ?? 0) <= CHECKED_RECORDS
  if (checks === 'refuse' || (checks === 'warn' && isSmall)) await check(change, served, { name, checks }, world)
}

async function check(change: ZoneChange, served: ImageWalk, { name, checks }: Rules, world: World): Promise<void> {
  const { versions, image, clock, log } = world
  const { notes, refusal } = await versions.prepare({
    apex: name.octets,
    source: { kind: 'change', change: shareChange(change) },
    rules: { checks, verify: 'no' },
    at: clock.wall(),
    image: { buffer: image.buffer, published: served.unit, compares: false, lender: image },
  })
  if (served.isBrokenOff) throw new DnsError('limit-exceeded', `${name} changed too much while its change was checked`)
  for (const { level, fields, message } of notes) log[level](fields, message)
  if (typeof refusal === 'string') throw new DnsError('change-refused', refusal)
}
