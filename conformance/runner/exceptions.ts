/**
 * Scenarios that may fail, each with its reason. Only such may be named whose entry in the folder's cases.json says that they test
 * the order in which one program sends, or that they hold signatures in another section than what is signed.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = join(import.meta.dirname, '..', 'replay-exceptions.json')

/** Reasons by path. Throws Error for an exception that may not be made; those of other folders are left out. */
export function readExceptions(folder: string): ReadonlyMap<string, string> {
  const cases = join(folder, 'cases.json')
  if (!existsSync(FILE) || !existsSync(cases)) return new Map()
  return checkExceptions(JSON.parse(readFileSync(FILE, 'utf8')), JSON.parse(readFileSync(cases, 'utf8')))
}

export function checkExceptions(exceptions: unknown, cases: unknown): ReadonlyMap<string, string> {
  const allowed = new Set(
    listOf(cases)
      .filter(mayBeExcepted)
      .map(({ path }) => path),
  )
  const reasons = new Map<string, string>()
  for (const { path, reason } of listOf(exceptions)) {
    if (typeof path !== 'string' || typeof reason !== 'string' || reason === '') {
      throw new Error('an exception has a path and a reason')
    }
    if (!allowed.has(path)) {
      throw new Error(
        `${path} may not be excepted: cases.json does not mark it exact-transport-order or rrsigInOtherSection`,
      )
    }
    reasons.set(path, reason)
  }
  return reasons
}

function mayBeExcepted({ needs, rrsigInOtherSection }: Readonly<Record<string, unknown>>): boolean {
  const isOrder = Array.isArray(needs) && needs.includes('exact-transport-order')
  return isOrder || (typeof rrsigInOtherSection === 'number' && rrsigInOtherSection > 0)
}

function listOf(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) throw new Error('a list was expected')
  return value.filter((item) => typeof item === 'object' && item !== null)
}
