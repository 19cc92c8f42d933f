/** Files of bounded size, read whole. */
import { closeSync, openSync, readSync } from 'node:fs'
import { DnsError } from '../dns/errors.ts'
import { reasonOf } from './system-error.ts'

/** The text of a file as UTF-8. Throws as `readFileOctets`. */
export function readTextFile(path: string, maxOctets: number): string {
  return new TextDecoder().decode(readFileOctets(path, maxOctets))
}

/** Throws DnsError `input-unreadable`, or `limit-exceeded` beyond so many octets. */
export function readFileOctets(path: string, maxOctets: number): Uint8Array {
  const pieces: Uint8Array[] = []
  let length = 0
  try {
    const fd = openSync(path, 'r')
    try {
      for (;;) {
        const piece = new Uint8Array(65536)
        const n = readSync(fd, piece, 0, piece.length, null)
        length += n
        if (n === 0 || length > maxOctets) break
        pieces.push(piece.subarray(0, n))
      }
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw new DnsError('input-unreadable', `${path}: ${reasonOf(error)}`, { cause: error })
  }
  if (length > maxOctets) throw new DnsError('limit-exceeded', `${path}: has more than ${maxOctets} octets`)
  return Buffer.concat(pieces)
}
