/**
 * A process that saves a trust point until it is killed: `node trust-writer.fixture.ts FOLDER`. Each state is told by one number,
 * which stands in several of its fields, and is printed once it is durable.
 */
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { Name } from '../dns/name/index.ts'
import { makeTrustPoint, ROOT_ANCHORS, type StoredTrustPoint } from '../validator/index.ts'
import { AT } from './state.fixture.ts'
import { openState } from './state.ts'

export const POINT: Name = Name.parse('example.')

/** A state of which all follows from one number. */
export function pointOf(count: number, zone: Name = POINT): StoredTrustPoint {
  const configured = ROOT_ANCHORS.map((anchor) => ({ ...anchor, zone }))
  const anchors = configured.slice(0, 1 + (count % 2)).map(({ kind, rdata }) => {
    return {
      kind,
      rdata,
      state: 'DSPending',
      since: count,
      seen: 0,
      holdSeconds: 0,
      vouchers: [],
      origin: 'configured',
    } as const
  })
  return { ...makeTrustPoint(zone), configured, anchors, lastQueried: count, lastSuccess: count, nextProbe: count + 1 }
}

const [, , folder] = process.argv
if (import.meta.main && folder !== undefined) {
  const { trust } = await openState(folder, AT)
  trust.onRemark((text) => {
    throw new Error(text)
  })
  const { points } = trust.load()
  flushCompileCache()
  for (let count = (points[0]?.lastQueried ?? 0) + 1; ; count++) {
    trust.save(pointOf(count), AT + count)
    writeSync(1, `${count}\n`)
  }
}
