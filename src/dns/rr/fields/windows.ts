/**
 * What the records of Windows for lookups in WINS hold (MS-DNSP §2.2.2.2.4, DNS_RPC_RECORD_WINS and _WINSR), in the text of
 * its zone files: `WINS LOCAL L2 C900 ( 10.0.0.1 )`, `WINSR L1 C900 ( example.com. )`; the first three may be left out.
 */
import { type OctetWriter, readU32 } from '../../octets.ts'
import type { TextWriter, Tokens } from '../../presentation/index.ts'
import { arrayValue, type Draw, Field, type RdataCursor, stringValue, unfit, wholeNumber } from '../field.ts'
import { addressOctets, addressText, ipv4, printIpv4 } from './addresses.ts'

/** DNS_WINS_FLAG_LOCAL: the record stays on this server and is not transferred. */
const LOCAL = 0x00010000
/** DNS_WINS_FLAG_SCOPE: the NetBIOS scope becomes the domain of the result. */
const SCOPE = 0x80000000

class WinsFlags extends Field<number> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const token = tokens.cursor
    const flags = token >= tokens.count ? 0 : tokens.is(token, 'LOCAL') ? LOCAL : tokens.is(token, 'SCOPE') ? SCOPE : 0
    if (flags !== 0) tokens.cursor++
    out.u32(flags)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    const flags = this.decode(cursor)
    if (flags === LOCAL) out.ascii('LOCAL')
    else if (flags === SCOPE) out.ascii('SCOPE')
  }

  check(cursor: RdataCursor): boolean {
    cursor.at += 4
    return cursor.at <= cursor.end
  }

  decode(cursor: RdataCursor): number {
    cursor.at += 4
    return readU32(cursor.octets, cursor.at - 4)
  }

  encode(value: unknown, out: OctetWriter): void {
    out.u32(wholeNumber(this.kind, value, 0xffffffff))
  }

  generate(draw: Draw): number {
    return [0, LOCAL, SCOPE][draw(3)] ?? 0
  }
}

export const winsFlags: Field<number> = new WinsFlags('LOCAL or SCOPE')

/** Whether the flags, which begin the RDATA, are others than Windows writes. */
export function hasUnknownWinsFlags(octets: Uint8Array, at: number): boolean {
  const flags = readU32(octets, at)
  return flags !== 0 && flags !== LOCAL && flags !== SCOPE
}

/** Seconds behind a letter; a bare number is read too (so wrote Windows NT 4), and nothing at all stands for a default. */
class LetteredSeconds extends Field<number> {
  readonly #letter: number
  readonly #absent: number

  constructor(kind: string, letter: string, absent: number) {
    super(kind)
    this.#letter = letter.charCodeAt(0)
    this.#absent = absent
  }

  parse(tokens: Tokens, out: OctetWriter): void {
    const word = tokens.left > 0 ? tokens.string(tokens.cursor).toUpperCase() : ''
    const digits = word.charCodeAt(0) === this.#letter ? word.slice(1) : word
    if (!/^[0-9]{1,10}$/.test(digits)) {
      out.u32(this.#absent)
      return
    }
    tokens.cursor++
    if (Number(digits) > 0xffffffff) tokens.fail(`${this.kind} is a number of at most 32 bits`)
    out.u32(Number(digits))
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.octet(this.#letter)
    out.decimal(this.decode(cursor))
  }

  check(cursor: RdataCursor): boolean {
    return winsFlags.check(cursor)
  }

  decode(cursor: RdataCursor): number {
    return winsFlags.decode(cursor)
  }

  encode(value: unknown, out: OctetWriter): void {
    out.u32(wholeNumber(this.kind, value, 0xffffffff))
  }

  generate(draw: Draw): number {
    return draw(86400)
  }
}

export const letteredSeconds = (what: string, letter: string, absent: number): Field<number> =>
  new LetteredSeconds(what, letter, absent)

/** A count of 32 bits and as many IPv4 addresses, at least one, to the end of the RDATA. */
class CountedAddresses extends Field<string[]> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const countAt = out.length
    out.u32(0)
    let count = 0
    do {
      ipv4.parse(tokens, out, 0)
      count++
    } while (tokens.left > 0)
    out.patchU16(countAt + 2, count)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.ascii('(')
    for (cursor.at += 4; cursor.at < cursor.end; cursor.at += 4) {
      out.space()
      printIpv4(cursor.octets, cursor.at, out)
    }
    out.ascii(' )')
  }

  check(cursor: RdataCursor): boolean {
    const { octets, at, end } = cursor
    if (at + 8 > end) return false
    cursor.at = end
    return end - at - 4 === readU32(octets, at) * 4
  }

  decode(cursor: RdataCursor): string[] {
    const addresses: string[] = []
    for (cursor.at += 4; cursor.at < cursor.end; cursor.at += 4)
      addresses.push(addressText(cursor.octets, cursor.at, 4))
    return addresses
  }

  encode(value: unknown, out: OctetWriter): void {
    const addresses = arrayValue(this.kind, value)
    if (addresses.length === 0) unfit(this.kind, value)
    out.u32(addresses.length)
    for (const address of addresses) {
      const octets = addressOctets(stringValue(this.kind, address))
      if (octets?.length !== 4) unfit(this.kind, address)
      out.bytes(octets)
    }
  }

  generate(draw: Draw): string[] {
    return Array.from({ length: 1 + draw(3) }, () => ipv4.generate(draw, new Uint8Array(0)))
  }
}

export const winsServers: Field<string[]> = new CountedAddresses('IPv4 addresses of WINS servers')
