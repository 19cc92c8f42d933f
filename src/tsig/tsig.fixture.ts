/** Keys and messages that the tests of TSIG share. */
import { Name } from '../dns/name/index.ts'
import { CLASS_IN } from '../dns/rr/index.ts'
import { encodeMessage, headerOf, type MessageFault, MessageView } from '../dns/wire/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { newTsigKey, type RequestVerdict, type TsigKey, type TsigKeyOptions, TsigKeys, verifyRequest } from './index.ts'

export const NOW: UnixSeconds = 1_700_000_000
export const SECRET: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => i * 7)

export function keyOf(algorithm = 'hmac-sha256', options: TsigKeyOptions = {}, name = 'key.example.'): TsigKey {
  return newTsigKey(Name.parse(name), algorithm, SECRET, { allowMd5: true, ...options })
}

export const KEY: TsigKey = keyOf()
export const KEYS: TsigKeys = new TsigKeys([KEY])

const zone = Name.parse('www.example.')

export function query(id = 0x1234): Uint8Array {
  return encodeMessage({
    header: headerOf(id, 0x0100),
    questions: [{ name: zone, type: 1, class: CLASS_IN }],
    answer: [],
    authority: [],
    additional: [],
    edns: { udpSize: 1232, version: 0, dnssecOk: true, flags: 0, options: [] },
  })
}

export function answer(id = 0x1234, last = 1, records = 1): Uint8Array {
  const rdata = Uint8Array.of(192, 0, 2, last)
  const record = { owner: zone, type: 1, class: CLASS_IN, ttl: 60, rdata }
  return encodeMessage({
    header: headerOf(id, 0x8500),
    questions: [{ name: zone, type: 1, class: CLASS_IN }],
    answer: Array.from({ length: records }, () => record),
    authority: [],
    additional: [],
  })
}

/** A view of a message that has no fault. */
export function viewOf(octets: Uint8Array, length = octets.length): MessageView {
  const view = new MessageView()
  const fault: MessageFault | undefined = view.parse(octets, length) ?? view.scan()
  if (fault !== undefined) throw new Error(fault)
  return view
}

export function judge(octets: Uint8Array, keys: TsigKeys = KEYS, now: UnixSeconds = NOW): RequestVerdict {
  return verifyRequest(viewOf(octets), keys, now)
}

/** `good`, `absent`, or the error of a bad one. */
export function word(verdict: RequestVerdict): string {
  return verdict.verdict === 'bad' ? verdict.error : verdict.verdict
}
