/** Errors of system calls in words. */
import { constants } from 'node:os'
import { networkReason } from '../network-error.ts'

const CODES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([code, errno]) => [errno, code]),
)

/** The reason of an error number: that of network errors, where there is one. */
export function systemReason(errno: number): string {
  const code = CODES.get(errno)
  if (code === undefined) return `error ${errno}`
  return networkReason(Object.assign(new Error(code), { code }))
}
