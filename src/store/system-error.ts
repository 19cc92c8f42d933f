/** Errors of the system (a file that is missing, a full disk) as a person reads them. */

/** What the system said, in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'no such file or folder'
  if (code === 'EACCES' || code === 'EPERM') return 'not allowed'
  if (code === 'ENOSPC') return 'no space is left'
  if (code === 'EDQUOT') return 'the quota is used up'
  if (code === 'EROFS') return 'the file system is read-only'
  if (code === 'EISDIR') return 'is a folder'
  return error.message
}
