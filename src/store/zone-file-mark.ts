/**
 * The fingerprint of a master file: says whether the file and all that it includes still have the content that was read.
 *
 * Only content counts. A file can change twice within the resolution of its modification time; `cp -p`, `rsync -t` and `tar` set
 * an earlier time; a new file can have the size of the old one; and the clock may go back.
 */
import { createHash, type Hash } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { type IncludeOptions, openIncludedFile } from './included-file.ts'
import { type InputFile, openInputFile } from './input-file.ts'

export type ZoneFileMark = {
  /** SHA-256 in hexadecimal: of the file's content; when it includes others, of the list of all their hashes. */
  readonly hash: string
  /** The latest modification time of all the files. */
  readonly modifiedAt: UnixSeconds
  /** The file and what it includes, in the order in which they are opened. */
  readonly parts: readonly ZoneFilePart[]
}

export type ZoneFilePart = {
  /** As `$INCLUDE` gives it; empty for the zone file itself. */
  readonly name: string
  /** Octets. */
  readonly size: number
  /** SHA-256 of the content in hexadecimal. */
  readonly hash: string
}

/** Takes the mark of a zone file while it is read. */
export class ZoneFileMarker {
  readonly #parts: { readonly name: string; readonly hash: Hash; size: number }[] = []
  #modifiedAt = 0

  /** Begins a part. The function that it returns takes the octets as they are read. */
  begin(name: string, modifiedAt: UnixSeconds): (octets: Uint8Array) => void {
    const part = { name, size: 0, hash: createHash('sha256') }
    this.#parts.push(part)
    this.#modifiedAt = Math.max(this.#modifiedAt, modifiedAt)
    return (octets) => {
      part.size += octets.length
      part.hash.update(octets)
    }
  }

  /** The mark, once all parts were read to their ends; to be called once. */
  finish(): ZoneFileMark {
    const parts = this.#parts.map(({ name, size, hash }) => ({ name, size, hash: hash.digest('hex') }))
    return { hash: hashParts(parts), modifiedAt: this.#modifiedAt, parts }
  }
}

/** The names need not be hashed: they stand in the content of the parts before. */
function hashParts(parts: readonly ZoneFilePart[]): string {
  const [first, ...included] = parts.map(({ hash }) => hash)
  if (first !== undefined && included.length === 0) return first
  return createHash('sha256')
    .update(parts.map(({ hash }) => hash).join('\n'))
    .digest('hex')
}

/**
 * Whether a zone file and all that it includes have the content that the mark is of. False also when one of the included files is
 * missing, unreadable or no longer allowed. Throws DnsError `input-unreadable` when the zone file itself cannot be read.
 */
export function isZoneFileUnchanged(path: string, mark: ZoneFileMark, options: IncludeOptions = {}): boolean {
  const [own, ...included] = mark.parts
  if (own === undefined || !isUnchanged(openInputFile(path), own)) return false
  // The same content names the same files in the same order.
  return included.every((part) => isIncludedUnchanged(path, part, options))
}

function isIncludedUnchanged(path: string, part: ZoneFilePart, options: IncludeOptions): boolean {
  try {
    return isUnchanged(openIncludedFile(path, part.name, options), part)
  } catch (error) {
    if (error instanceof DnsError) return false
    throw error
  }
}

const BLOCK = 1 << 17

/** Closes the file. One of another size is not read: that takes long where somebody made it as large as the disk. */
function isUnchanged(file: InputFile, { size, hash }: ZoneFilePart): boolean {
  try {
    if (file.stats.size !== size) return false
    const found = createHash('sha256')
    // In pieces: a zone of a gigabyte does not need one of memory.
    const piece = new Uint8Array(Math.min(size + 1, BLOCK))
    for (let n = file.read(piece, 0); n > 0; n = file.read(piece, 0)) found.update(piece.subarray(0, n))
    return found.digest('hex') === hash
  } finally {
    file.close()
  }
}
