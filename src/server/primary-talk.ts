/** What a secondary asks its primary, and what it makes of the answers: the SOA, the zone. */
import { monotonicMilliseconds } from '../clock/index.ts'
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { readU16 } from '../dns/octets.ts'
import type { Serial } from '../dns/serial.ts'
import { RCODE_FORMERR, RCODE_NOTIMP } from '../dns/wire/index.ts'
import {
  bareSoa,
  failureOf,
  makeSecondaryQuery,
  type ReaderQuery,
  readSoaAnswer,
  type SecondaryFailure,
  TransferReader,
  type TransferStep,
} from '../transfer/index.ts'
import type { OutOfZone, RecordTable, ZoneChange } from '../zone/index.ts'
import { askServer, askStream, describeServer } from './ask-server.ts'
import type { Remote } from './configuration/index.ts'
import type { World } from './hosted-zone.ts'
import type { TransferAccount } from './transfer-memory.ts'
import { nextTurn } from './zones/next-turn.ts'

/** Messages are read for so long before others have their turn. */
const TURN_MILLISECONDS = 8

export type Failed = { readonly kind: 'failed'; readonly reason: SecondaryFailure; readonly text: string }

export type Checked = { readonly kind: 'soa'; readonly serial: Serial; readonly expireSeconds?: number } | Failed

/** `octets` of messages; `expireSeconds` of the EDNS option EXPIRE; `outOfZone`: records that were left out, if any. */
export type Fetched = { readonly octets: number; readonly expireSeconds?: number; readonly outOfZone?: OutOfZone } & (
  | { readonly kind: 'up-to-date' }
  | { readonly kind: 'full'; readonly table: RecordTable }
  | { readonly kind: 'incremental'; readonly changes: readonly ZoneChange[] }
  | Failed
)

function newId(world: World): number {
  return readU16(world.random.bytes(2), 0)
}

/** Asks for the SOA, by UDP and, when that brings nothing, by TCP; without EDNS when the primary does not know it. */
export async function checkPrimary(world: World, remote: Remote, zone: Name): Promise<Checked> {
  let checked: Checked = { kind: 'failed', reason: 'unreachable', text: 'not asked' }
  for (const edns of [true, false]) {
    const query = makeSecondaryQuery(newId(world), zone, { form: 'soa' }, { edns })
    let answer: Uint8Array
    try {
      answer = await askBothWays(world, remote, query)
    } catch (error) {
      return { kind: 'failed', reason: 'unreachable', text: sentence(error) }
    }
    const soa = readSoaAnswer(answer, zone)
    if (soa.kind === 'soa') return soa
    checked = { kind: 'failed', reason: 'refused', text: `${describeServer(remote)}: ${soa.text}` }
    if (soa.rcode !== RCODE_FORMERR && soa.rcode !== RCODE_NOTIMP) break
  }
  return checked
}

async function askBothWays(world: World, remote: Remote, query: Uint8Array): Promise<Uint8Array> {
  try {
    return await askServer(world, remote, query)
  } catch (error) {
    if (remote.tls !== undefined || !(error instanceof DnsError)) throw error
    return askServer(world, remote, query, { tcp: true })
  }
}

/**
 * Asks for the zone. `wanted` false ends it early: the connection is closed and what came is of no use. `account` answers for the
 * memory of what came until it is closed.
 */
export async function fetchZone(
  world: World,
  remote: Remote,
  query: Omit<ReaderQuery, 'id'>,
  wanted: () => boolean,
  account: TransferAccount,
): Promise<Fetched> {
  try {
    const fetched = await fetchOnce(world, remote, query, true, wanted, account)
    if (fetched.kind !== 'failed' || !fetched.isFormat || query.form !== 'axfr') return fetched
    return await fetchOnce(world, remote, query, false, wanted, account)
  } catch (error) {
    // There is not even memory to begin.
    return { kind: 'failed', reason: 'unreachable', text: sentence(error), octets: 0 }
  }
}

async function fetchOnce(
  world: World,
  remote: Remote,
  query: Omit<ReaderQuery, 'id'>,
  edns: boolean,
  wanted: () => boolean,
  account: TransferAccount,
): Promise<Fetched & { readonly isFormat?: boolean }> {
  const { idleSeconds, maxMinutes, maxOctets } = world.configuration().transfers
  const id = newId(world)
  const asked =
    query.form === 'ixfr' ? { form: query.form, soa: bareSoa(query.serial ?? 0) } : ({ form: 'axfr' } as const)
  const message = makeSecondaryQuery(id, query.zone, asked, { edns })
  const reader = new TransferReader({ ...query, id }, { octets: maxOctets }, account)
  const where = describeServer(remote)
  const end = world.clock.steady() + maxMinutes * 60
  const failed = (reason: SecondaryFailure, text: string) => ({
    kind: 'failed' as const,
    reason,
    text: `${where}: ${text}`,
    octets: reader.octets,
  })
  let last: TransferStep = { kind: 'more' }
  let proved = false
  let turnAt = monotonicMilliseconds()
  try {
    for await (const part of askStream(world, remote, message, idleSeconds)) {
      if (!wanted()) return failed('unreachable', 'the transfer was given up')
      // What has arrived comes without a pause: others have their turn only where one is made.
      if (monotonicMilliseconds() - turnAt > TURN_MILLISECONDS) {
        await nextTurn()
        turnAt = monotonicMilliseconds()
      }
      last = reader.read(part.message)
      proved = part.proved
      // The last message must be signed; an unsigned one in the middle is proved by a later one.
      if (last.kind !== 'more') break
      if (world.clock.steady() > end) return failed('broken', `the transfer took more than ${maxMinutes} minutes`)
    }
  } catch (error) {
    // A transfer that began costs both sides, however it ends.
    const reason = reader.octets > 0 ? 'broken' : 'unreachable'
    return { kind: 'failed', reason, text: sentence(error), octets: reader.octets }
  }
  const { octets, expireSeconds, outOfZone } = reader
  const more = {
    octets,
    ...(expireSeconds !== undefined && { expireSeconds }),
    ...(outOfZone.count > 0 && { outOfZone }),
  }
  const step = last.kind === 'more' ? reader.end() : last
  if (step.kind === 'failed') {
    const isFormat = step.rcode === RCODE_FORMERR || step.rcode === RCODE_NOTIMP
    const reason = octets === 0 ? 'unreachable' : failureOf(step.reason)
    return { ...failed(reason, step.text), isFormat }
  }
  if (step.kind !== 'done') return failed('broken', 'the transfer is not complete')
  if (!proved) return failed('broken', 'the last message of the transfer is not signed')
  const { outcome } = step
  switch (outcome.kind) {
    case 'up-to-date':
      return { kind: 'up-to-date', ...more }
    case 'full':
      return { kind: 'full', table: outcome.table, ...more }
    case 'incremental':
      return { kind: 'incremental', changes: outcome.changes, ...more }
  }
}

function sentence(error: unknown): string {
  if (error instanceof DnsError) return error.message
  throw error
}
