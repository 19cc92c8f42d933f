/** Files that a zone file includes: only those of its own folder and of folders that the operator names, and what is below them. */
import { realpathSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { DnsError } from '../dns/errors.ts'
import { type InputFile, openInputFile, unreadable } from './input-file.ts'

export type IncludeOptions = {
  /** Further folders whose files may be included. */
  readonly includeFolders?: readonly string[]
  /** What the error for a file outside all of them names as the remedy: `--include-folder`. */
  readonly includeSetting?: string
}

/**
 * Opens a file that the zone file at `zonePath` includes as `name`. A relative name starts at the folder of the zone file, also in
 * a file that is itself included; at the working folder for `-`. Throws DnsError `input-unreadable`.
 */
export function openIncludedFile(zonePath: string, name: string, options: IncludeOptions = {}): InputFile {
  const { includeFolders = [], includeSetting } = options
  const folder = zonePath === '-' ? process.cwd() : dirname(zonePath)
  // With links followed: a link must not lead out, and a folder may be named by one.
  const own = realPath(folder)
  const target = realPath(resolve(folder, name))
  if (!isInside(own, target) && !includeFolders.some((each) => isInside(realFolder(each), target))) {
    const where = zonePath === '-' ? 'the working folder' : 'the folder of the zone file'
    const remedy = includeSetting === undefined ? '' : `: to allow it, name its folder in ${includeSetting}`
    throw new DnsError('input-unreadable', `${target} lies outside ${where}, ${own}${remedy}`)
  }
  return openInputFile(target)
}

function isInside(folder: string | undefined, target: string): boolean {
  if (folder === undefined) return false
  const path = relative(folder, target)
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Undefined for a folder that is not there: it holds nothing that could be included. */
function realFolder(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
