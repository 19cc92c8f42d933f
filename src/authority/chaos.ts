/** Answers of class CHAOS: which software this is, and which of many servers (RFC 4892). Off unless configured. */
import { equalNames, Name } from '../dns/name/index.ts'
import { CLASS_CH, TXT } from '../dns/rr/index.ts'
import { HEADER_SIZE, type MessageBuilder, type MessageView, RCODE_REFUSED, SECTION_ANSWER } from '../dns/wire/index.ts'

export type ChaosAnswers = {
  /** For version.bind and version.server. */
  readonly version?: string
  /** For hostname.bind and id.server. */
  readonly hostname?: string
}

const VERSION_NAMES = ['version.bind.', 'version.server.'].map((name) => Name.parse(name))
const HOST_NAMES = ['hostname.bind.', 'id.server.'].map((name) => Name.parse(name))

/** Adds the answer, when there is one, and returns the RCODE. */
export function answerChaos(view: MessageView, builder: MessageBuilder, answers: ChaosAnswers): number {
  if (view.qtype !== TXT.number && view.qtype !== 255) return RCODE_REFUSED
  const asks = (name: Name): boolean => equalNames(view.octets, HEADER_SIZE, name.octets, 0)
  const text = VERSION_NAMES.some(asks) ? answers.version : HOST_NAMES.some(asks) ? answers.hostname : undefined
  if (text === undefined) return RCODE_REFUSED
  const octets = new TextEncoder().encode(text).subarray(0, 255)
  const rdata = Uint8Array.of(octets.length, ...octets)
  builder.openGroup(SECTION_ANSWER)
  builder.recordAt(HEADER_SIZE, TXT.number, CLASS_CH, 0, rdata, 0, rdata.length)
  builder.closeGroup(true)
  return 0
}
