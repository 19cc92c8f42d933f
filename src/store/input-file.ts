/**
 * Files that others name: the configuration, an option, a line of a zone file. A FIFO, a device or a socket in the place of a file
 * can block the open or the read for ever, and the whole thread with it. Nothing here blocks: only regular files are read.
 * Every file of this folder that reads a path from outside opens it here.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { DnsError, type DnsErrorCode } from '../dns/errors.ts'
import { reasonOf } from './system-error.ts'
import { whenReady } from './when-ready.ts'

export type InputOptions = {
  /**
   * Also reads a pipe that the process was started with: `/dev/stdin`, or `/dev/fd/63` for `<(…)` of a shell. Such a read may
   * block: for commands only.
   */
  readonly inherited?: boolean
}

/** An open file. */
export class InputFile {
  /** How errors name it. */
  readonly name: string
  /** Type, mode, owner and size of what was opened. */
  readonly stats: Stats
  readonly #fd: number
  readonly #isInherited: boolean

  constructor(name: string, fd: number, stats: Stats, isInherited: boolean) {
    this.name = name
    this.stats = stats
    this.#fd = fd
    this.#isInherited = isInherited
  }

  /** Fills `into` from `at` on. Returns how many octets were read, 0 at the end. Throws DnsError `input-unreadable`. */
  read(into: Uint8Array, at: number): number {
    const read = (): number => readSync(this.#fd, into, at, into.length - at, null)
    try {
      return this.#isInherited ? whenReady(read) : read()
    } catch (error) {
      throw unreadable(this.name, error)
    }
  }

  /** An inherited descriptor stays open: it belongs to the process. */
  close(): void {
    if (!this.#isInherited) closeSync(this.#fd)
  }
}

/** Standard input, of whatever kind. */
export function standardInput(): InputFile {
  const name = 'standard input'
  try {
    return new InputFile(name, 0, fstatSync(0), true)
  } catch (error) {
    throw unreadable(name, error)
  }
}

/** O_NONBLOCK and O_NOCTTY are for a path that becomes a FIFO or a terminal after the first look. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/** Opens a regular file, symbolic links followed. Throws DnsError `input-unreadable`, which names the path and what stands there. */
export function openInputFile(path: string, { inherited = false }: InputOptions = {}): InputFile {
  try {
    // Before the open: that alone may rewind a tape, start a watchdog or release the writer of a FIFO.
    const found = statSync(path)
    const descriptor = inherited && !found.isFile() ? inheritedDescriptor(path) : undefined
    if (descriptor !== undefined) return new InputFile(path, descriptor, found, true)
    requireRegular(path, found, 'input-unreadable')
    return openRegular(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

function openRegular(path: string): InputFile {
  const fd = openSync(path, FLAGS)
  try {
    const stats = fstatSync(fd)
    requireRegular(path, stats, 'input-unreadable')
    return new InputFile(path, fd, stats, false)
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

const PIECE = 1 << 16

/** Reads a regular file whole. Throws DnsError `input-unreadable`, or `limit-exceeded` beyond so many octets. */
export function readInputFile(
  path: string,
  maxOctets: number,
  options?: InputOptions,
): { readonly octets: Buffer; readonly stats: Stats } {
  const file = openInputFile(path, options)
  try {
    const pieces: Uint8Array[] = []
    for (let length = 0; ; ) {
      const piece = new Uint8Array(PIECE)
      const n = file.read(piece, 0)
      length += n
      if (length > maxOctets) throw new DnsError('limit-exceeded', `${path}: has more than ${maxOctets} octets`)
      if (n === 0) return { octets: Buffer.concat(pieces), stats: file.stats }
      pieces.push(piece.subarray(0, n))
    }
  } finally {
    file.close()
  }
}

/** Throws a DnsError of this code for what is no regular file. */
export function requireRegular(path: string, stats: Stats, code: DnsErrorCode): void {
  if (stats.isFile()) return
  throw new DnsError(code, `${path}: is ${kindOf(stats)}, not a regular file`)
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a named pipe (FIFO)'
  if (stats.isSocket()) return 'a socket'
  return 'a device'
}

/** The descriptor that a path of the system stands for, or undefined for any other path. */
function inheritedDescriptor(path: string): number | undefined {
  if (path === '/dev/stdin') return 0
  const match = /^\/(?:dev|proc\/self)\/fd\/(\d{1,6})$/.exec(path)
  return match === null ? undefined : Number(match[1])
}

/** An error of the system as ours; ours as they are. */
export function unreadable(path: string, error: unknown): DnsError {
  if (error instanceof DnsError) return error
  return new DnsError('input-unreadable', `${path}: ${reasonOf(error)}`, { cause: error })
}
