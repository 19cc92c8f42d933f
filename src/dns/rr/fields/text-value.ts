/** A field whose JSON value is its presentation format: for forms that people read as one thing (a location, a prefix list). */
import { DnsError } from '../../errors.ts'
import type { OctetWriter } from '../../octets.ts'
import { TextWriter } from '../../presentation/index.ts'
import { Field, type RdataCursor, stringValue, unfit } from '../field.ts'
import { tokensOfText } from '../scan-text.ts'

export abstract class TextValueField extends Field<string> {
  decode(cursor: RdataCursor): string {
    const out = new TextWriter(64)
    this.print(cursor, out)
    return out.toString()
  }

  encode(value: unknown, out: OctetWriter, rdataStart: number): void {
    const text = stringValue(this.kind, value)
    try {
      const tokens = tokensOfText(text)
      this.parse(tokens, out, rdataStart)
      if (tokens.left > 0) tokens.end()
    } catch (error) {
      if (error instanceof DnsError) unfit(this.kind, value)
      throw error
    }
  }
}
