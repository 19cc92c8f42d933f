/** Queries as octets, also such as no client of good manners sends: any flag, OPCODE, EDNS version, option. */
import { Name } from '../../src/dns/name/index.ts'
import { OctetWriter } from '../../src/dns/octets.ts'
import { CLASS_IN, typeNumber } from '../../src/dns/rr/index.ts'
import { decodeMessage, EDNS_DO, type Message, OPCODE_SHIFT, TYPE_OPT } from '../../src/dns/wire/index.ts'

export type QueryShape = {
  /** Absent: a header alone. */
  readonly name?: string
  readonly type?: string
  readonly class?: number
  /** Of the header's second 16 bits. */
  readonly flags?: number
  readonly opcode?: number
  readonly edns?: {
    readonly version?: number
    readonly flags?: number
    readonly udpSize?: number
    readonly options?: readonly { readonly code: number; readonly data: Uint8Array }[]
  }
}

let lastId = 0x1234

/** The octets of a query with an ID of its own. */
export function query(shape: QueryShape): Uint8Array {
  const out = new OctetWriter()
  lastId = (lastId + 0x6b) & 0xffff
  out.u16(lastId)
  out.u16((shape.flags ?? 0) | ((shape.opcode ?? 0) << OPCODE_SHIFT))
  for (const count of [shape.name === undefined ? 0 : 1, 0, 0, shape.edns === undefined ? 0 : 1]) out.u16(count)
  if (shape.name !== undefined) {
    const { octets } = Name.parse(shape.name)
    out.bytes(octets, 0, octets.length)
    out.u16(typeNumber(shape.type ?? 'SOA'))
    out.u16(shape.class ?? CLASS_IN)
  }
  if (shape.edns !== undefined) writeOpt(out, shape.edns)
  return out.copy()
}

/** A query with the DO flag and room for any answer that UDP carries. */
export function dnssecQuery(name: string, type: string): Uint8Array {
  return query({ name, type, edns: { flags: EDNS_DO, udpSize: 4096 } })
}

function writeOpt(out: OctetWriter, edns: NonNullable<QueryShape['edns']>): void {
  const options = edns.options ?? []
  out.u8(0)
  out.u16(TYPE_OPT)
  out.u16(edns.udpSize ?? 1232)
  out.u16(edns.version ?? 0)
  out.u16(edns.flags ?? 0)
  out.u16(options.reduce((sum, { data }) => sum + 4 + data.length, 0))
  for (const { code, data } of options) {
    out.u16(code)
    out.u16(data.length)
    out.bytes(data, 0, data.length)
  }
}

/** The answer as objects; throws when there was none, or when it does not belong to the query. */
export function readAnswer(asked: Uint8Array, answer: Uint8Array | undefined): Message {
  if (answer === undefined) throw new Error('no answer')
  const message = decodeMessage(answer)
  if (message.header.id !== ((asked[0] ?? 0) << 8) + (asked[1] ?? 0)) throw new Error('the answer has another ID')
  if (!message.header.qr) throw new Error('what came back is no response')
  return message
}
