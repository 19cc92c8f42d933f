/** Answers that say no more than an RCODE. */
import { FLAG_QR, FLAG_RD, HEADER_SIZE, type MessageView, OPCODE_MASK } from '../../dns/wire/index.ts'

/** An answer of header and question. */
export function bare(view: MessageView, rcode: number): Uint8Array {
  const end = view.questions === 1 ? view.recordsAt : HEADER_SIZE
  const answer = view.octets.slice(0, end)
  const bits = FLAG_QR | (view.bits & (OPCODE_MASK | FLAG_RD)) | rcode
  answer[2] = bits >>> 8
  answer[3] = bits
  answer.fill(0, 6, HEADER_SIZE)
  if (view.questions !== 1) answer.fill(0, 4, 6)
  return answer
}
