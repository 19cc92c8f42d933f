/** What is remembered, counted and logged of a transfer from a primary. */
import type { Name } from '../dns/name/index.ts'
import type { OutOfZone } from '../zone/index.ts'
import { describeServer } from './ask-server.ts'
import type { Remote } from './configuration/index.ts'
import type { TransferNote } from './control.ts'
import type { World } from './hosted-zone.ts'

type Transferred = Pick<TransferNote, 'kind' | 'outcome' | 'octets' | 'message'> & {
  readonly serial: number | undefined
}

/** Counts a transfer. Returns what the status of its zone tells of it. */
export function noteTransfer({ transfers, clock }: World, remote: Remote, done: Transferred): TransferNote {
  transfers.transfer('in', done.kind, done.outcome)
  const { serial, message, ...rest } = done
  return {
    at: clock.wall(),
    peer: describeServer(remote),
    ...rest,
    ...(serial !== undefined && { serial }),
    ...(message !== undefined && { message }),
  }
}

/** Logs that a transfer had records outside its zone, if it did. */
export function warnOfLeftOut({ log }: World, zone: Name, remote: Remote, outOfZone: OutOfZone | undefined): void {
  if (outOfZone === undefined) return
  const { count, examples } = outOfZone
  const fields = { zone: zone.toString(), peer: describeServer(remote), records: count, examples }
  log.warn(fields, 'records outside the zone were left out of the transfer')
}
