/** Times of signatures as text. */
import { TextWriter, type UnixSeconds, writeTime } from '../../dns/presentation/index.ts'

const writer = new TextWriter(16)
const decoder = new TextDecoder('latin1')

/** `YYYYMMDDHHMMSS` of the instant nearest to `now` that has these 32 bits (RFC 4034 §3.1.5). */
export function timeText(time: number, now: UnixSeconds): string {
  const instant = now + ((time - now) | 0)
  writer.length = 0
  writeTime(Math.max(instant, 0), writer)
  return decoder.decode(writer.octets.subarray(0, writer.length))
}
