/**
 * Files with secrets: private keys, TSIG secrets, passwords. One that every user of the machine may read or write is refused:
 * its secret may be known, or be another's. What the owner's group may do is the owner's choice.
 *
 * What it does not do: access lists beyond the mode (POSIX ACLs, those of Windows, where the mode says nothing).
 */
import { type Stats, statSync } from 'node:fs'
import { DnsError } from '../dns/errors.ts'
import { type InputOptions, readInputFile } from './input-file.ts'

const OTHERS_READ = 0o004
const OTHERS_WRITE = 0o002

/** Reads it whole. Throws DnsError as `readInputFile` does, and as `refuseShared`. */
export function readPrivateFile(path: string, maxOctets: number, options?: InputOptions): Buffer {
  const { octets, stats } = readInputFile(path, maxOctets, options)
  refuseShared(path, stats)
  return octets
}

/** Throws DnsError `input-unreadable` when others may read or write the file; it says what to do. */
export function refuseShared(path: string, stats: Stats): void {
  // A pipe that a command was given is of its process alone.
  if (!stats.isFile() || !isOpenToOthers(stats)) return
  const what = (stats.mode & OTHERS_READ) === 0 ? 'write to' : 'read'
  throw new DnsError(
    'input-unreadable',
    `${path}: all users may ${what} this secret (its mode is ${showMode(stats)}): take that from them with chmod o= ${path}`,
  )
}

/** The mode of a file that all users may read or write; undefined when they may not, or there is no such file. */
export function modeOpenToOthers(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && isOpenToOthers(stats) ? showMode(stats) : undefined
}

/** False where modes say nothing. */
function isOpenToOthers({ mode }: Stats): boolean {
  return process.platform !== 'win32' && (mode & (OTHERS_READ | OTHERS_WRITE)) !== 0
}

/** `0644`. */
export function showMode({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}
