/** Ready answers for tests, and what a reader makes of them. */
import { Name } from '../../dns/name/index.ts'
import { OctetWriter } from '../../dns/octets.ts'
import { FLAG_AD, FLAG_QR, HEADER_SIZE, MessageBuilder, SECTION_ANSWER } from '../../dns/wire/index.ts'
import type { AnswerCacheReader, ReadyAnswer } from './index.ts'

const TXT = 16
export const RANDOM = { bytes: (length: number): Uint8Array => new Uint8Array(length).fill(0x5a) }

/** An answer of one TXT record of `size` octets that are all `fill`, to a question of any type. */
export function readyAnswer(
  name: string,
  type: number,
  {
    fill = 1,
    size = 20,
    ttl = 300,
    now = 1000,
    ...more
  }: Partial<ReadyAnswer> & { fill?: number; size?: number; ttl?: number; now?: number } = {},
): ReadyAnswer {
  const builder = new MessageBuilder()
  const { octets } = Name.parse(name)
  builder.begin(0, FLAG_QR | FLAG_AD)
  builder.question(octets, 0, type, 1)
  builder.openGroup(SECTION_ANSWER)
  builder.recordAt(HEADER_SIZE, TXT, 1, ttl, new Uint8Array(size).fill(fill), 0, size)
  builder.closeGroup(true)
  return { octets: builder.copy(), dnssecOk: false, checkingDisabled: false, expires: now + ttl, ...more }
}

export type Found = {
  readonly records: Uint8Array
  readonly options: Uint8Array
  readonly bits: number
  readonly wantsRefresh: boolean
}

/** What the cache has for a question: the records as they would be sent. */
export function look(
  reader: AnswerCacheReader,
  name: string,
  type: number,
  now: number,
  { dnssecOk = false, checkingDisabled = false }: { dnssecOk?: boolean; checkingDisabled?: boolean } = {},
): Found | undefined {
  const { octets } = Name.parse(name)
  const packet = Uint8Array.of(...new Uint8Array(HEADER_SIZE), ...octets)
  if (!reader.find(packet, HEADER_SIZE, packet.length, type, dnssecOk, checkingDisabled, now)) return undefined
  const { bits, wantsRefresh } = reader
  const options = new OctetWriter()
  if (!reader.copyOptions(options)) return undefined
  const out = new OctetWriter()
  out.bytes(packet)
  out.u32(0)
  if (!reader.copyRecords(out, now)) return undefined
  return { records: out.copy(packet.length + 4), options: options.copy(), bits, wantsRefresh }
}
