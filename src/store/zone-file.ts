/**
 * Zone files on disk: read in blocks, with what they include, and written so that a file of that name is always whole: the new
 * one grows beside it and takes its place when it is complete and durable.
 */
import { closeSync, fsyncSync, openSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import type { TextSource } from '../dns/presentation/index.ts'
import type { IncludeOpener } from '../dns/text/index.ts'
import { zoneFileText } from '../dnssec/index.ts'
import { type IncludeOptions, openIncludedFile } from './included-file.ts'
import { type InputFile, type InputOptions, openInputFile, requireRegular, standardInput } from './input-file.ts'
import { isSameFile } from './same-file.ts'
import { reasonOf } from './system-error.ts'
import { whenReady } from './when-ready.ts'
import type { ZoneFileMarker } from './zone-file-mark.ts'

export type OpenZoneFile = {
  readonly source: TextSource
  /** Octets of the file, at most 1 GiB: memory is reserved for it. 0 for a pipe, which tells none. */
  readonly size: number
  /** Opens what the file includes. */
  readonly include: IncludeOpener
  /** Whether the path leads to this file, or to one that it has included so far. */
  reads(path: string): 'itself' | 'included' | undefined
  close(): void
}

export type ZoneFileOptions = InputOptions &
  IncludeOptions & {
    /** Takes the mark of the file and of what it includes while they are read. */
    readonly marker?: ZoneFileMarker
  }

const MAX_SIZE = 1 << 30

/** Opens a zone file; `-` is standard input. Throws DnsError `input-unreadable`. */
export function openZoneFile(path: string, options: ZoneFileOptions = {}): OpenZoneFile {
  const open = new Set<InputFile>()
  const file = path === '-' ? standardInput() : openInputFile(path, options)
  const included: InputFile[] = []
  return {
    source: sourceOf(file, '', open, options.marker),
    // A file with holes may claim any size.
    size: Math.min(file.stats.size, MAX_SIZE),
    include(name) {
      const each = openIncludedFile(path, name, options)
      included.push(each)
      return sourceOf(each, name, open, options.marker)
    },
    reads(other) {
      if (isSameFile(other, file.stats)) return 'itself'
      return included.some(({ stats }) => isSameFile(other, stats)) ? 'included' : undefined
    },
    close() {
      for (const each of open) each.close()
      open.clear()
    },
  }
}

/** Reads a file and closes it at its end: a zone file may include more files than may be open at once. */
function sourceOf(file: InputFile, name: string, open: Set<InputFile>, marker: ZoneFileMarker | undefined): TextSource {
  open.add(file)
  const mark = marker?.begin(name, file.stats.mtimeMs / 1000)
  return {
    file: file.name,
    read(into, at) {
      if (!open.has(file)) return 0
      const n = file.read(into, at)
      if (n > 0) mark?.(into.subarray(at, at + n))
      else {
        open.delete(file)
        file.close()
      }
      return n
    },
  }
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
    if (path !== '-') this.#try(() => spareOthers(path))
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
      if (error instanceof DnsError) throw error
      const where = this.path === '-' ? 'standard output' : this.path
      throw new DnsError('output-failed', `${where}: ${reasonOf(error)}`, { cause: error })
    }
  }
}

/** The new file would take the place of a device or a FIFO. Throws DnsError `output-failed`. */
function spareOthers(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found !== undefined) requireRegular(path, found, 'output-failed')
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

/** What a small file may make large. */
const EXPANDS = /\$(?:include|generate)/i

/** Whether a zone file has at most so many octets, and nothing in it adds more to them. A file that cannot be read is small. */
export function isSmallZoneFile(path: string, octets: number): boolean {
  try {
    const file = openInputFile(path)
    try {
      if (file.stats.size > octets) return false
      const text = new Uint8Array(octets)
      const length = file.read(text, 0)
      return !EXPANDS.test(Buffer.from(text.buffer, 0, length).toString('latin1'))
    } finally {
      file.close()
    }
  } catch (error) {
    if (error instanceof DnsError) return true
    throw error
  }
}
