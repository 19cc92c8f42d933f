/** The head of HIP (RFC 8005 §5): two lengths and an algorithm, the host identity tag, the public key. */
import { type OctetWriter, readU16 } from '../../octets.ts'
import {
  readBase64Token,
  readHexToken,
  type TextWriter,
  type Tokens,
  writeBase64,
  writeHex,
} from '../../presentation/index.ts'
import { type Draw, Field, type RdataCursor, stringValue, unfit, wholeNumber } from '../field.ts'
import { base64Value } from './sized.ts'

export type HostIdentityValue = { algorithm: number; tag: string; publicKey: string }

class HostIdentity extends Field<HostIdentityValue> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const from = out.length
    out.u8(0)
    out.u8(tokens.number(255, 'a public key algorithm'))
    out.u16(0)
    const tagLength = readHexToken(tokens, tokens.next('a host identity tag'), out, 'a host identity tag')
    if (tagLength < 1 || tagLength > 255) tokens.fail('a host identity tag has 1 to 255 octets')
    const keyLength = readBase64Token(tokens, tokens.next('a public key'), out, 'a public key')
    if (keyLength < 1 || keyLength > 65535) tokens.fail('a public key has 1 to 65535 octets')
    out.octets[from] = tagLength
    out.patchU16(from + 2, keyLength)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    const { octets, at } = cursor
    const keyAt = at + 4 + octets[at]!
    cursor.at = keyAt + readU16(octets, at + 2)
    out.decimal(octets[at + 1]!)
    out.space()
    writeHex(octets, at + 4, keyAt, out)
    out.space()
    writeBase64(octets, keyAt, cursor.at, out)
  }

  check(cursor: RdataCursor): boolean {
    const { octets, at, end } = cursor
    if (at + 4 > end) return false
    const keyLength = readU16(octets, at + 2)
    cursor.at = at + 4 + octets[at]! + keyLength
    return octets[at]! > 0 && keyLength > 0 && cursor.at <= end
  }

  decode(cursor: RdataCursor): HostIdentityValue {
    const { octets, at } = cursor
    const keyAt = at + 4 + octets[at]!
    cursor.at = keyAt + readU16(octets, at + 2)
    return {
      algorithm: octets[at + 1]!,
      tag: octets.slice(at + 4, keyAt).toHex(),
      publicKey: octets.slice(keyAt, cursor.at).toBase64(),
    }
  }

  encode(value: unknown, out: OctetWriter): void {
    if (typeof value !== 'object' || value === null) unfit(this.kind, value)
    if (!('algorithm' in value) || !('tag' in value) || !('publicKey' in value)) unfit(this.kind, value)
    const tag = stringValue(this.kind, value.tag)
    if (!/^([0-9a-fA-F]{2}){1,255}$/.test(tag)) unfit(this.kind, tag)
    const key = base64Value(this.kind, value.publicKey)
    if (key.length < 1 || key.length > 65535) unfit(this.kind, value)
    out.u8(tag.length / 2)
    out.u8(wholeNumber(this.kind, value.algorithm, 255))
    out.u16(key.length)
    out.bytes(Uint8Array.fromHex(tag))
    out.bytes(key)
  }

  generate(draw: Draw): HostIdentityValue {
    return {
      algorithm: draw(4),
      tag: Uint8Array.from({ length: 1 + draw(20) }, () => draw(256)).toHex(),
      publicKey: Uint8Array.from({ length: 1 + draw(80) }, () => draw(256)).toBase64(),
    }
  }
}

export const hostIdentity: Field<HostIdentityValue> = new HostIdentity(
  'an algorithm, a host identity tag and a public key',
)
