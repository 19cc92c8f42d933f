/** The serial of the signed zone. A secondary takes a zone only when its serial is newer (RFC 1982): no policy goes back. */

import { calendarDay } from '../dns/presentation/index.ts'
import { addToSerial, isNewerSerial, type Serial } from '../dns/serial.ts'
import type { UnixSeconds } from '../ports/index.ts'
import type { SerialPolicy } from './options.ts'

/**
 * keep: as it is. increment: one more. unixtime: the seconds of now. date: YYYYMMDD and two digits that count.
 * Where time would lead backward, the serial is incremented.
 */
export function nextSerial(serial: Serial, policy: SerialPolicy, now: UnixSeconds): Serial {
  if (policy === 'keep') return serial
  if (policy === 'increment') return addToSerial(serial, 1)
  const wanted = policy === 'unixtime' ? now >>> 0 : dateSerial(now)
  return isNewerSerial(wanted, serial) ? wanted : addToSerial(serial, 1)
}

function dateSerial(now: UnixSeconds): Serial {
  const { year, month, dayOfMonth } = calendarDay(Math.floor(now / 86400))
  return ((year * 100 + month) * 100 + dayOfMonth) * 100
}
