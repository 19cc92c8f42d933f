/** How the changes of a transfer are put into effect: all of them in one, where the zone that is held is the one that they change. */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { combineSteps, type ImageReader, RecordTable, type Steps, type ZoneChange } from '../zone/index.ts'
import { dropEffectless, isAnyThere } from './effective-change.ts'
import type { TurnWatch } from './turn-watch.ts'
import { inSteps } from './zones/in-steps.ts'

type Install<T> = (change: ZoneChange, changes: readonly ZoneChange[]) => Promise<T>

/**
 * Calls `install` with all changes in one and the changes that lead there. Where that fails with `transfer-failed`, since records
 * come that are there already, once more without those. Throws what `install` throws, and DnsError `transfer-failed` when a record
 * that comes and goes again on the way was there from the start.
 */
export async function bringChanges<T>(
  reader: ImageReader,
  apex: Name,
  changes: readonly ZoneChange[],
  turns: TurnWatch,
  install: Install<T>,
): Promise<T> {
  const done = <R>(steps: Steps<R>): Promise<R> => inSteps(steps, turns, 'the changes of a transfer, put together')
  const passing = new RecordTable({ records: 16, octets: 1024 })
  const change = await done(combineSteps(changes, passing))
  if (passing.count > 0 && (await done(isAnyThere(reader, apex, passing)))) {
    throw new DnsError('transfer-failed', 'the changes do not fit the zone: a record is to come, but is there already')
  }
  try {
    return await install(change, changes)
  } catch (error) {
    if (!(error instanceof DnsError) || error.code !== 'transfer-failed') throw error
    const effective = await done(dropEffectless(reader, apex, change))
    if (effective === change) throw error
    return install(effective, [effective])
  }
}
