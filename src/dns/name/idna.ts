/**
 * Names with characters beyond ASCII (IDNA, RFC 5890): what people write has U-labels (`bücher`), what stands in the DNS has
 * A-labels (`xn--bcher-kva`). Names that people write in configurations and options are converted here; zone files, messages and
 * `Name.parse` have octets and know nothing of this.
 *
 * Only labels that have such characters are touched. All others (escapes, underscores, wildcards, upper case, percent signs) are
 * what they were: the conversion of Node.js, which is one for the hosts of URLs, never sees them.
 */
import { domainToASCII, domainToUnicode } from 'node:url'
import { DnsError } from '../errors.ts'
import { MAX_LABEL, skipName } from './labels.ts'
import { Name, nameText } from './name.ts'

const IS_ASCII = /^\p{ASCII}*$/u
/** The dot, and three that stand for it in East Asian scripts (RFC 3490 §3.1). */
const DOTS = /[.\u3002\uff0e\uff61]/u
/** What a label may have of ASCII (RFC 5891 §4.2.3, RFC 5892): letters, digits, hyphens. */
const OUTSIDE = /[^\p{L}\p{N}-]/u
const A_LABEL = /^[a-z0-9-]+$/
const A_LABEL_PREFIX = /^xn--/i
/** A label put behind the one that is converted, so that digits (`１２７`) are not taken for an IPv4 address. */
const SUFFIX = '.a'

/** A name as a person writes it. Throws DnsError `name-syntax`, `label-too-long` or `name-too-long`. */
export function readUnicodeName(text: string): Name {
  return Name.parse(toAsciiText(text))
}

/** The text with its U-labels as A-labels; an ASCII text is returned as it is. Throws DnsError `name-syntax`. */
export function toAsciiText(text: string): string {
  if (IS_ASCII.test(text)) return text
  return splitLabels(text)
    .map((label) => (IS_ASCII.test(label) ? label : toALabel(label, text)))
    .join('.')
}

/** Splits at dots that no backslash stands before. */
function splitLabels(text: string): string[] {
  const labels = ['']
  let isEscaped = false
  for (const character of text) {
    if (!isEscaped && DOTS.test(character)) labels.push('')
    else labels.push(`${labels.pop()}${character}`)
    isEscaped = !isEscaped && character === '\\'
  }
  return labels
}

function toALabel(label: string, text: string): string {
  const { aLabel, fault } = convert(label)
  if (aLabel !== undefined) return aLabel
  const where = `'${text.slice(0, 80)}' is no domain name: the label '${label.slice(0, 80)}'`
  throw new DnsError('name-syntax', `${where} ${fault}`)
}

type Conversion =
  | { readonly aLabel: string; readonly fault?: undefined }
  | { readonly aLabel?: undefined; readonly fault: string }

/** The A-label of a label that has characters beyond ASCII, or what is wrong with it. */
function convert(label: string): Conversion {
  if (label.includes('\ufffd')) return { fault: 'is not UTF-8 text' }
  const ascii = [...label].find((character) => IS_ASCII.test(character) && OUTSIDE.test(character))
  if (ascii !== undefined) {
    return {
      fault: `has '${ascii}' beside characters beyond ASCII, which go with letters, digits and hyphens only (RFC 5891 §4.2.3)`,
    }
  }
  if (label.startsWith('-') || label.endsWith('-')) return { fault: 'begins or ends with a hyphen (RFC 5891 §4.2.3.1)' }
  if (label.startsWith('--', 2)) return { fault: 'has two hyphens in the third and fourth place (RFC 5891 §4.2.3.1)' }
  const converted = domainToASCII(`${label}${SUFFIX}`)
  const aLabel = converted.slice(0, -SUFFIX.length)
  if (!converted.endsWith(SUFFIX) || !A_LABEL.test(aLabel)) {
    return { fault: 'has characters that no name may have (IDNA, RFC 5892)' }
  }
  if (aLabel.length > MAX_LABEL) {
    return { fault: `is ${aLabel.length} octets long as an A-label, and a label has at most ${MAX_LABEL}` }
  }
  return { aLabel }
}

/** The text with U-labels of a name that has A-labels; undefined when it has none, or none that stands for a U-label. */
export function unicodeText(name: Name): string | undefined {
  if (!hasPrefixedLabel(name.octets)) return undefined
  let text = ''
  let isOther = false
  for (const label of name.labels()) {
    const ascii = labelText(label)
    const unicode = A_LABEL_PREFIX.test(ascii) ? toULabel(ascii.toLowerCase()) : undefined
    if (unicode !== undefined) isOther = true
    text += `${unicode ?? ascii}.`
  }
  return isOther ? text : undefined
}

/** Most names are done with here. */
function hasPrefixedLabel(octets: Uint8Array): boolean {
  for (let at = 0, length = octets[0]!; length !== 0; length = octets[at]!) {
    if (length > 4 && (octets[at + 1]! | 0x20) === 0x78 && octets[at + 3] === 0x2d && octets[at + 4] === 0x2d)
      return true
    at += length + 1
  }
  return false
}

/** Undefined for what only looks like an A-label: it is not the one that its characters have. */
function toULabel(label: string): string | undefined {
  const unicode = domainToUnicode(`${label}${SUFFIX}`).slice(0, -SUFFIX.length)
  return !IS_ASCII.test(unicode) && convert(unicode).aLabel === label ? unicode : undefined
}

/** `xn--bcher-kva.example. (bücher.example.)`, or the name alone when it has no A-label. */
export function showBothWays(name: Name): string {
  const unicode = unicodeText(name)
  return unicode === undefined ? name.toString() : `${name} (${unicode})`
}

/** A name whose U-labels stand in UTF-8 where A-labels belong: as text, and as it should be. */
export type MisplacedULabels = { readonly unicode: string; readonly ascii: string }

/** Undefined when all of the name at `at` is ASCII, or it is no UTF-8 text that IDNA allows. */
export function misplacedULabels(octets: Uint8Array, at: number): MisplacedULabels | undefined {
  if (!hasBeyondAscii(octets, at)) return undefined
  const labels = [...Name.fromOctets(octets, at).labels()].map((label) => {
    const text = new TextDecoder().decode(label)
    return IS_ASCII.test(text) ? labelText(label) : text
  })
  // A dot or a backslash that is an octet of a label would be read as something else.
  if (labels.some((label) => !IS_ASCII.test(label) && (DOTS.test(label) || label.includes('\\')))) return undefined
  const unicode = `${labels.join('.')}.`
  try {
    return { unicode, ascii: readUnicodeName(unicode).toString() }
  } catch (error) {
    if (error instanceof DnsError) return undefined
    throw error
  }
}

function hasBeyondAscii(octets: Uint8Array, at: number): boolean {
  for (const end = skipName(octets, at); at < end; at++) if (octets[at]! >= 0x80) return true
  return false
}

/** A label in presentation format. */
function labelText(label: Uint8Array): string {
  return nameText(Uint8Array.of(label.length, ...label, 0), 0).slice(0, -1)
}
