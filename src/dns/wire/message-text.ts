/**
 * A message as text for people, in the shape that users of dig know: header line, EDNS, the sections, records in presentation
 * format. It is not meant to be read back; `decodeMessage` keeps all there is.
 */
import { TextWriter } from '../presentation/index.ts'
import { addressText, classMnemonic, printGeneric, recordType, typeMnemonic } from '../rr/index.ts'
import { extendedError } from './ede-codes.ts'
import { EDNS_CO, type Edns } from './edns.ts'
import { type EdnsOption, optionMnemonic } from './edns-options.ts'
import { HEADER_FLAGS, OPCODE_UPDATE, opcodeMnemonic, rcodeMnemonic } from './header.ts'
import type { Message, MessageRecord, Question } from './message.ts'

/** Names of the four sections; an UPDATE has its own (RFC 2136 §2). */
const SECTION_NAMES = ['QUESTION', 'ANSWER', 'AUTHORITY', 'ADDITIONAL']
const UPDATE_SECTION_NAMES = ['ZONE', 'PREREQUISITE', 'UPDATE', 'ADDITIONAL']

/** The record in one line: owner, TTL, class, type, RDATA. RDATA that is malformed is shown in the generic form. */
export function recordText(record: MessageRecord): string {
  const out = new TextWriter(256)
  const { owner, ttl, type, class: rrClass, rdata } = record
  out.ascii(`${owner}\t${ttl}\t${classMnemonic(rrClass)}\t${typeMnemonic(type)}\t`)
  const declared = recordType(type)
  if (declared?.check(rdata, 0, rdata.length) === true) declared.print(rdata, 0, rdata.length, out)
  else if (rdata.length > 0 || declared === undefined) printGeneric(rdata, 0, rdata.length, out)
  return out.toString().trimEnd()
}

function questionText(question: Question): string {
  return `;${question.name}\t${classMnemonic(question.class)}\t${typeMnemonic(question.type)}`
}

/** `3 octets "a.b"`: octets that may be text. */
function octetsText(octets: Uint8Array): string {
  if (octets.length === 0) return '(empty)'
  const printable = octets.every((octet) => octet >= 0x20 && octet < 0x7f)
  return printable ? `${octets.toHex()} ("${String.fromCharCode(...octets)}")` : octets.toHex()
}

function subnetText(family: number, address: Uint8Array): string {
  const size = family === 1 ? 4 : 16
  const whole = new Uint8Array(size)
  whole.set(address.subarray(0, size))
  return addressText(whole, 0, size)
}

/** One option in one line: its mnemonic and what it says. */
export function optionText(option: EdnsOption): string {
  switch (option.kind) {
    case 'nsid':
      return `NSID: ${octetsText(option.identifier)}`
    case 'dau':
    case 'dhu':
    case 'n3u':
      return `${option.kind.toUpperCase()}: ${option.algorithms.join(' ')}`
    case 'client-subnet':
      return `CLIENT-SUBNET: ${subnetText(option.family, option.address)}/${option.source}/${option.scope}`
    case 'expire':
      return option.seconds === undefined ? 'EXPIRE' : `EXPIRE: ${option.seconds} s`
    case 'cookie':
      return `COOKIE: ${option.client.toHex()}${option.server === undefined ? '' : ` ${option.server.toHex()}`}`
    case 'keepalive':
      return option.deciseconds === undefined ? 'TCP-KEEPALIVE' : `TCP-KEEPALIVE: ${option.deciseconds / 10} s`
    case 'padding':
      return `PADDING: ${option.length} octets`
    case 'chain':
      return `CHAIN: ${option.trustPoint}`
    case 'key-tag':
      return `KEY-TAG: ${option.tags.join(' ')}`
    case 'ede': {
      const { name } = extendedError(option.infoCode)
      return `EDE: ${option.infoCode} (${name})${option.text === '' ? '' : `: ${printableText(option.text)}`}`
    }
    case 'report-channel':
      return `REPORT-CHANNEL: ${option.agent}`
    case 'zoneversion':
      return option.zone === undefined ? 'ZONEVERSION' : `ZONEVERSION: ${zoneVersionText(option.zone)}`
    case 'raw':
      return `${optionMnemonic(option.code)}: ${octetsText(option.data)}`
  }
}

function zoneVersionText(zone: { labels: number; type: number; version: Uint8Array }): string {
  const version =
    zone.type === 0
      ? `SOA-SERIAL ${Number.parseInt(zone.version.toHex(), 16)}`
      : `type ${zone.type} ${zone.version.toHex()}`
  return `${version}, zone of ${zone.labels} labels`
}

/** A text from the network, without what could steer a terminal. */
function printableText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
}

function ednsText(edns: Edns): string[] {
  const flags = [edns.dnssecOk ? ' do' : '', (edns.flags & EDNS_CO) !== 0 ? ' co' : ''].join('')
  const rest = edns.flags & ~EDNS_CO
  const unknown = rest === 0 ? '' : ` 0x${rest.toString(16)}`
  const head = `; EDNS: version: ${edns.version}, flags:${flags}${unknown}; udp: ${edns.udpSize}`
  return [';; OPT PSEUDOSECTION:', head, ...edns.options.map((option) => `; ${optionText(option)}`), '']
}

/** The whole message, lines ended by newlines. */
export function messageText(message: Message): string {
  const { header, questions, answer, authority, additional, edns } = message
  const names = header.opcode === OPCODE_UPDATE ? UPDATE_SECTION_NAMES : SECTION_NAMES
  const flags = HEADER_FLAGS.flatMap(([name]) => (header[name] ? [` ${name}`] : [])).join('')
  const counts = [questions.length, answer.length, authority.length, additional.length + (edns === undefined ? 0 : 1)]
  const lines = [
    `;; ->>HEADER<<- opcode: ${opcodeMnemonic(header.opcode)}, status: ${rcodeMnemonic(header.rcode)}, id: ${header.id}`,
    `;; flags:${flags}; ${names.map((name, i) => `${name}: ${counts[i]}`).join(', ')}`,
    '',
    ...(edns === undefined ? [] : ednsText(edns)),
  ]
  const sections = [questions.map(questionText), ...[answer, authority, additional].map((s) => s.map(recordText))]
  sections.forEach((section, i) => {
    if (section.length > 0) lines.push(`;; ${names[i]} SECTION:`, ...section, '')
  })
  return `${lines.join('\n')}\n`
}
