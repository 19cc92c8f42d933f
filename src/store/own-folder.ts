/** The folder of the state, when a server that was started as root goes on as somebody else. */
import { chownSync, lchownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DnsError } from '../dns/errors.ts'
import { reasonOf } from './system-error.ts'

export type Owner = { readonly uid: number; readonly gid: number; readonly name: string }

/**
 * Makes the folder, for this owner alone, if it is not there. One that is there must be his, with all that it holds. Throws
 * DnsError `configuration-invalid`, which says what to do.
 */
export function makeOwnFolder(path: string, { uid, gid, name }: Owner): void {
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
      mkdirSync(path, { recursive: true, mode: 0o750 })
      chownSync(path, uid, gid)
      return
    }
    for (const entry of [path, ...readdirSync(path).map((file) => join(path, file))]) {
      const { uid: owner } = lstatSync(entry)
      if (owner === uid) continue
      const remedy = `the server goes on as ${name}, who must own it: chown -R ${name} ${path}`
      throw new DnsError('configuration-invalid', `data: ${entry} belongs to user ${owner}, and ${remedy}`)
    }
  } catch (error) {
    if (error instanceof DnsError) throw error
    throw new DnsError('configuration-invalid', `data: ${path}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Gives a file that root made to its owner, if it is there. Throws DnsError `configuration-invalid`. */
export function giveFile(path: string, { uid, gid }: Owner): void {
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.uid === 0) lchownSync(path, uid, gid)
  } catch (error) {
    throw new DnsError('configuration-invalid', `${path}: ${reasonOf(error)}`, { cause: error })
  }
}
