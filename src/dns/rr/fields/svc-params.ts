/**
 * The service parameters of SVCB and HTTPS (RFC 9460 §2.1, §2.2). In text they come in any order; on the wire they ascend.
 * JSON has an object of names and texts, `''` for a key without a value.
 *
 * Malformed on the wire (§2.2): keys that do not ascend, a value of the wrong form. A record that contradicts itself (§2.4.3: a
 * mandatory key that is absent, no-default-alpn without alpn) is well-formed on the wire, but no text or JSON makes one.
 */
import { DnsError } from '../../errors.ts'
import { readEscape } from '../../name/index.ts'
import { OctetWriter, readU16 } from '../../octets.ts'
import { QUOTED, type TextWriter, type Tokens } from '../../presentation/index.ts'
import { type Draw, Field, type RdataCursor, stringValue, unfit } from '../field.ts'
import { latin1, latin1Octets } from './strings.ts'
import {
  KEY_ALPN,
  KEY_INVALID,
  KEY_MANDATORY,
  KEY_NO_DEFAULT_ALPN,
  plainSvcParamValue,
  svcParamKey,
  svcParamKeyName,
  svcParamValue,
} from './svc-param-values.ts'

/** Keys from here on are printed as numbers: older readers do not know their names. */
const FIRST_PRINTED_AS_NUMBER = 7

type Param = { readonly key: number; readonly value: Uint8Array }

function writeParams(params: Param[], out: OctetWriter): void {
  for (const { key, value } of params.toSorted((a, b) => a.key - b.key)) {
    out.u16(key)
    out.u16(value.length)
    out.bytes(value)
  }
}

/** What is wrong with the parameters together, if anything. */
function contradiction(params: readonly Param[]): string | undefined {
  const keys = new Set(params.map(({ key }) => key))
  if (keys.size < params.length) {
    const twice = params.find(({ key }, i) => params.findIndex((other) => other.key === key) < i)
    return `the key ${svcParamKeyName(twice?.key ?? 0)} stands twice`
  }
  if (keys.has(KEY_NO_DEFAULT_ALPN) && !keys.has(KEY_ALPN)) return 'no-default-alpn needs alpn beside it'
  const mandatory = params.find(({ key }) => key === KEY_MANDATORY)?.value ?? new Uint8Array(0)
  for (let at = 0; at < mandatory.length; at += 2) {
    const key = readU16(mandatory, at)
    if (!keys.has(key)) return `the key ${svcParamKeyName(key)} is mandatory, but absent`
  }
  return undefined
}

/** Octets of a token from `from` on, escapes resolved. */
function unescaped(tokens: Tokens, token: number, from: number): Uint8Array {
  const { text } = tokens
  const end = tokens.ends[token]!
  const out = new OctetWriter(end - from)
  for (let at = from; at < end; ) {
    let octet = text[at++]!
    if (octet === 0x5c) {
      octet = readEscape(text, at, end)
      if (octet < 0) tokens.fail('an escape is neither \\DDD (000 to 255) nor a backslash and one character', token)
      at += text[at]! >= 0x30 && text[at]! <= 0x39 ? 3 : 1
    }
    out.u8(octet)
  }
  return out.copy()
}

/** Takes `key`, `key=value` or `key="value"`; the scanner has made two tokens of the last. */
function readParam(tokens: Tokens): Param {
  const token = tokens.cursor++
  const { text } = tokens
  const start = tokens.starts[token]!
  const end = tokens.ends[token]!
  if ((tokens.flags[token]! & QUOTED) !== 0) tokens.fail('expected a service parameter, found a quoted string')
  let split = start
  while (split < end && text[split] !== 0x3d) split++
  const word = latin1(text, start, split)
  const { key, generic } = svcParamKey(word)
  if (key < 0) tokens.fail(`expected the key of a service parameter, found '${word.slice(0, 60)}'`)
  let value: Uint8Array = new Uint8Array(0)
  if (split < end) {
    const next = tokens.cursor
    const quoted = split + 1 === end && next < tokens.count && tokens.starts[next] === end + 1
    if (quoted && (tokens.flags[next]! & QUOTED) !== 0) value = unescaped(tokens, tokens.cursor++, end + 1)
    else value = unescaped(tokens, token, split + 1)
  }
  const octets = (generic ? plainSvcParamValue : svcParamValue(key)).read(value)
  if (typeof octets === 'string') tokens.fail(`${word}: expected ${octets}`, token)
  if (!svcParamValue(key).check(octets, 0, octets.length)) {
    tokens.fail(`${word}: these octets are no value of ${svcParamKeyName(key)}`, token)
  }
  if (octets.length > 65535) tokens.fail(`${word}: the value is longer than 65535 octets`, token)
  return { key, value: octets }
}

class SvcParams extends Field<Record<string, string>> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const params: Param[] = []
    while (tokens.left > 0) params.push(readParam(tokens))
    const wrong = contradiction(params)
    if (wrong !== undefined) tokens.fail(wrong)
    writeParams(params, out)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    for (let first = true; cursor.at < cursor.end; first = false) {
      if (!first) out.space()
      const key = readU16(cursor.octets, cursor.at)
      const from = cursor.at + 4
      cursor.at = from + readU16(cursor.octets, cursor.at + 2)
      const byNumber = key >= FIRST_PRINTED_AS_NUMBER
      const kind = byNumber ? plainSvcParamValue : svcParamValue(key)
      out.ascii(byNumber ? `key${key}` : svcParamKeyName(key))
      if (kind.form === 'none' || from === cursor.at) continue
      out.octet(0x3d)
      const text = kind.text(cursor.octets, from, cursor.at)
      if (kind.form === 'word') out.ascii(text)
      else {
        const octets = Uint8Array.from(text, (character) => character.charCodeAt(0))
        out.quoted(octets, 0, octets.length)
      }
    }
  }

  check(cursor: RdataCursor): boolean {
    const { octets, end } = cursor
    let before = -1
    while (cursor.at < end) {
      const from = cursor.at + 4
      if (from > end) return false
      const key = readU16(octets, cursor.at)
      const to = from + readU16(octets, cursor.at + 2)
      if (key <= before || key === KEY_INVALID || to > end) return false
      if (!svcParamValue(key).check(octets, from, to)) return false
      before = key
      cursor.at = to
    }
    return true
  }

  decode(cursor: RdataCursor): Record<string, string> {
    const entries = paramsIn(cursor.octets, cursor.at, cursor.end).map(({ key, value }): [string, string] => [
      svcParamKeyName(key),
      svcParamValue(key).text(value, 0, value.length),
    ])
    cursor.at = cursor.end
    return Object.fromEntries(entries)
  }

  encode(value: unknown, out: OctetWriter): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) unfit(this.kind, value)
    const params = Object.entries(value).map(([word, text]) => {
      const { key } = svcParamKey(word)
      if (key < 0) unfit(this.kind, word)
      const octets = svcParamValue(key).read(latin1Octets(word, stringValue(word, text), 65535))
      if (typeof octets === 'string') unfit(word, text)
      return { key, value: octets }
    })
    const wrong = contradiction(params)
    if (wrong !== undefined) throw new DnsError('rdata-malformed', wrong)
    writeParams(params, out)
  }

  generate(draw: Draw): Record<string, string> {
    const all: Record<string, string> = {
      alpn: ['h2', 'h2,h3', 'a\\,b,c\\\\d', 'h3-19'][draw(4)] ?? 'h2',
      'no-default-alpn': '',
      port: String(draw(65536)),
      ipv4hint: '192.0.2.1,198.51.100.7',
      ech: Uint8Array.from({ length: 1 + draw(30) }, () => draw(256)).toBase64(),
      ipv6hint: '2001:db8::1,::1',
      dohpath: '/dns-query{?dns}',
      ohttp: '',
      'tls-supported-groups': '29,23',
      docpath: 'a,b',
      pvd: '',
      [`key${100 + draw(60000)}`]: String.fromCharCode(...Array.from({ length: draw(20) }, () => draw(256))),
    }
    const chosen = Object.entries(all).filter(([key]) => key !== 'no-default-alpn' && draw(3) === 0)
    const params: Record<string, string> = Object.fromEntries(chosen)
    if (params.alpn !== undefined && draw(2) === 0) params['no-default-alpn'] = ''
    const keys = chosen.map(([key]) => key).filter((key) => svcParamKey(key).key < FIRST_PRINTED_AS_NUMBER)
    return keys.length > 0 && draw(2) === 0 ? { mandatory: keys.join(','), ...params } : params
  }
}

function paramsIn(octets: Uint8Array, at: number, end: number): Param[] {
  const params: Param[] = []
  while (at < end) {
    const from = at + 4
    const to = from + readU16(octets, at + 2)
    params.push({ key: readU16(octets, at), value: octets.slice(from, to) })
    at = to
  }
  return params
}

export const svcParams: Field<Record<string, string>> = new SvcParams('service parameters')

/** Whether well-formed parameters contradict each other, so that no text form makes them. */
export function contradictsItself(octets: Uint8Array, at: number, end: number): boolean {
  return contradiction(paramsIn(octets, at, end)) !== undefined
}
