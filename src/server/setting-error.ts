/** Errors with what a setting names: they say which setting that is. */
import { DnsError } from '../dns/errors.ts'

/** What `action` returns. Throws its DnsError with the setting before the message: `tsigKeys[0].secretFile: FILE: …`. */
export function ofSetting<T>(setting: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof DnsError)) throw error
    throw new DnsError(error.code, `${setting}: ${error.message}`, { cause: error.cause })
  }
}
