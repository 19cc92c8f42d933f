/** Where the parts of the server say what happens to them. Never a secret in fields or message. */

/** Facts beside the sentence, for machines: `zone`, `peer`, `serial`, `seconds`… An `error` is written with its code. */
export type LogFields = Readonly<Record<string, unknown>>

export type Log = {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** Says nothing: for tests and commands. */
export const SILENT_LOG: Log = { debug() {}, info() {}, warn() {}, error() {} }
