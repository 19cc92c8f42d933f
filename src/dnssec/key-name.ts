/**
 * Names of keys: `Kexample.+013+12345` is zone, algorithm and key tag, and names the files of the key (BIND's scheme).
 * Octets of the zone that a file system could take for something else are written as `%2F`, so that no zone name leads out
 * of a folder.
 */
import type { Name } from '../dns/name/index.ts'

/** The key's name; the zone in lower case, with its final dot. */
export function keyFileName(zone: Name, algorithm: number, tag: number): string {
  return `K${zoneFileText(zone)}+${String(algorithm).padStart(3, '0')}+${String(tag).padStart(5, '0')}`
}

/** The zone's name as a part of a file name: letters, digits, `-` and `_` stand for themselves, all else is `%XX`. */
export function zoneFileText(zone: Name): string {
  let text = ''
  for (const label of zone.toCanonical().labels()) {
    for (const octet of label) text += isPlain(octet) ? String.fromCharCode(octet) : percent(octet)
    text += '.'
  }
  return text === '' ? '.' : text
}

function isPlain(octet: number): boolean {
  const digit = octet >= 0x30 && octet <= 0x39
  return digit || (octet >= 0x61 && octet <= 0x7a) || octet === 0x2d || octet === 0x5f
}

function percent(octet: number): string {
  return `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
}

export type KeyNameParts = { readonly zoneText: string; readonly algorithm: number; readonly tag: number }

/** Takes a key's name apart; undefined when the text is none. `zoneText` is the zone as it stands in the name. */
export function parseKeyName(text: string): KeyNameParts | undefined {
  const match = /^K([^/\\]{0,800}\.)\+(\d{3})\+(\d{5})$/.exec(text)
  if (match === null) return undefined
  const [, zone = '', algorithm = '', tag = ''] = match
  if (Number(algorithm) > 255 || Number(tag) > 65535) return undefined
  return { zoneText: zone, algorithm: Number(algorithm), tag: Number(tag) }
}
