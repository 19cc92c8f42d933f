/**
 * Zone files on disk: read in blocks, `$INCLUDE` held within a folder, and written so that a file of that name is always
 * whole: the new one grows beside it and takes its place when it is complete and durable.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import type { TextSource } from '../dns/presentation/index.ts'
import type { IncludeOpener } from '../dns/text/index.ts'
import { zoneFileText } from '../dnssec/index.ts'
import { reasonOf } from './system-error.ts'

export type OpenZoneFile = {
  readonly source: TextSource
  /** Octets of the file; 0 when it tells none (a pipe). */
  readonly size: number
  /** Reads what the file includes, from the same folder or below it. */
  readonly include: IncludeOpener
  close(): void
}

/**
 * Opens a zone file; `-` is standard input. `text`: all of the file, where it was read already. Throws DnsError `input-unreadable`.
 */
export function openZoneFile(path: string, text?: Uint8Array): OpenZoneFile {
  const open: number[] = []
  if (text !== undefined) {
    const include: IncludeOpener = (name) => fileSource(confine(dirname(path), name), open)
    return { source: memorySource(path, text), size: text.length, include, close: () => closeAll(open) }
  }
  const source = path === '-' ? descriptorSource(0, 'standard input') : fileSource(path, open)
  const folder = path === '-' ? process.cwd() : dirname(path)
  const size = path === '-' ? 0 : sizeOf(open[0])
  const include: IncludeOpener = (name) => fileSource(confine(folder, name), open)
  return { source, size, include, close: () => closeAll(open) }
}

function closeAll(open: number[]): void {
  for (const fd of open.splice(0)) closeSync(fd)
}

function sizeOf(fd: number | undefined): number {
  return fd === undefined ? 0 : fstatSync(fd).size
}

function fileSource(path: string, open: number[]): TextSource {
  let fd: number
  try {
    fd = openSync(path, 'r')
    if (fstatSync(fd).isDirectory()) {
      closeSync(fd)
      throw new DnsError('input-unreadable', `${path}: is a folder, not a zone file`)
    }
  } catch (error) {
    throw unreadable(path, error)
  }
  open.push(fd)
  return descriptorSource(fd, path)
}

function memorySource(file: string, text: Uint8Array): TextSource {
  let done = 0
  return {
    file,
    read(into, at) {
      const piece = text.subarray(done, done + into.length - at)
      into.set(piece, at)
      done += piece.length
      return piece.length
    },
  }
}

function descriptorSource(fd: number, file: string): TextSource {
  return {
    file,
    read(into, at) {
      try {
        return whenReady(() => readSync(fd, into, at, into.length - at, null))
      } catch (error) {
        throw unreadable(file, error)
      }
    },
  }
}

/** The path of an included file, once it is sure that it lies within `folder`, links followed. */
function confine(folder: string, name: string): string {
  const base = realOf(folder)
  const target = realOf(resolve(folder, name))
  const inside = relative(base, target)
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new DnsError('input-unreadable', `'${name}' lies outside the folder of the zone file`)
  }
  return target
}

function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): DnsError {
  if (error instanceof DnsError) return error
  return new DnsError('input-unreadable', `${path}: ${reasonOf(error)}`, { cause: error })
}

/** A file that is being written under another name; `commit` gives it its own, `abandon` leaves no trace. */
export class FileBeingWritten {
  readonly path: string
  readonly #temporary: string
  readonly #fd: number
  #closed = false
  /** A command that is told to stop leaves nothing half written. */
  readonly #onExit = (): void => this.abandon()
  octets = 0

  /** `-` is standard output, where there is nothing to put in place. Throws DnsError `output-failed`. */
  constructor(path: string, mode = 0o644) {
    this.path = path
    this.#temporary = path === '-' ? '' : `${path}.${process.pid}.new`
    this.#fd = path === '-' ? 1 : this.#try(() => openSync(this.#temporary, 'wx', mode))
    if (path !== '-') process.once('exit', this.#onExit)
  }

  write(text: Uint8Array): void {
    this.#try(() => {
      for (let done = 0; done < text.length; ) done += whenReady(() => writeSync(this.#fd, text, done))
    })
    this.octets += text.length
  }

  commit(): void {
    if (this.#temporary === '') return
    this.#try(() => {
      fsyncSync(this.#fd)
      this.#close()
      renameSync(this.#temporary, this.path)
    })
    process.off('exit', this.#onExit)
  }

  abandon(): void {
    if (this.#temporary === '') return
    process.off('exit', this.#onExit)
    try {
      this.#close()
    } catch {
      // Nothing more can be done for a file that is to go.
    }
    try {
      unlinkSync(this.#temporary)
    } catch {
      // It may have its own name by now.
    }
  }

  /** Once: the number may belong to another file afterwards. */
  #close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#fd)
  }

  #try<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      const where = this.path === '-' ? 'standard output' : this.path
      throw new DnsError('output-failed', `${where}: ${reasonOf(error)}`, { cause: error })
    }
  }
}

const PAUSE_MILLISECONDS = 2
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Repeats what a pipe puts off: standard input and output may be set not to wait, by us or by who shares them. */
function whenReady(action: () => number): number {
  for (;;) {
    try {
      return action()
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(pause, 0, 0, PAUSE_MILLISECONDS)
    }
  }
}

/** Whether an error says that nobody reads our standard output any more (`| head`). */
export function isReaderGone(error: unknown): boolean {
  const cause = error instanceof DnsError ? error.cause : error
  return cause instanceof Error && 'code' in cause && cause.code === 'EPIPE'
}

/** Writes a small file whole. */
export function replaceFile(path: string, text: string): void {
  const file = new FileBeingWritten(path)
  try {
    file.write(new TextEncoder().encode(text))
    file.commit()
  } catch (error) {
    file.abandon()
    throw error
  }
}

/** The path of a file about a zone beside another one: `dsset-example.` beside the signed zone. */
export function siblingPath(path: string, prefix: string, zone: Name): string {
  return join(dirname(path), `${prefix}${zoneFileText(zone)}`)
}
