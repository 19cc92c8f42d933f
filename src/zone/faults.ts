/**
 * What is wrong with a zone, as a list: each fault has a stable code, an owner and a sentence that says what to do. The list
 * is bounded; what is beyond the bound is counted.
 */
import { nameText } from '../dns/name/index.ts'
import { typeMnemonic } from '../dns/rr/index.ts'

/** error: the zone is bad. warning: it works, but somebody should look. note: good to know. */
export type Severity = 'error' | 'warning' | 'note'

export type Fault<Code extends string = string> = {
  readonly code: Code
  readonly severity: Severity
  /** The name it is about, in presentation format. */
  readonly owner: string
  /** The record type it is about, when it is about one. */
  readonly type?: string
  /** A sentence: what was found, and what to do. */
  readonly message: string
}

/** Faults of one code that are kept; more are only counted. */
export const KEPT_PER_CODE = 100

/** What one code came to. */
export type FaultCount = { readonly code: string; readonly severity: Severity; readonly count: number }

/** Where a fault is: an offset of a name in `octets`, and a type, or none. */
export type FaultPlace = { readonly octets: Uint8Array; readonly owner: number; readonly type?: number | undefined }

/** Collects faults of the codes in a table, which says how severe each is. */
export class FaultList<Code extends string = string> {
  readonly kept: Fault<Code>[] = []
  readonly #severities: Readonly<Record<Code, Severity>>
  readonly #counts = new Map<string, { code: Code; severity: Severity; count: number }>()

  constructor(severities: Readonly<Record<Code, Severity>>) {
    this.#severities = severities
  }

  /** `message` is made only when the fault is kept. `severity`: where the place makes it another one than the table says. */
  add(
    code: Code,
    place: FaultPlace,
    message: string | (() => string),
    severity: Severity = this.#severities[code],
  ): void {
    if (!this.#count(code, severity)) return
    const { octets, owner, type } = place
    this.kept.push({
      code,
      severity,
      owner: nameText(octets, owner),
      ...(type === undefined ? {} : { type: typeMnemonic(type) }),
      message: typeof message === 'string' ? message : message(),
    })
  }

  /** Counts one more; whether it is to be kept. */
  #count(code: Code, severity: Severity): boolean {
    const key = `${severity} ${code}`
    let entry = this.#counts.get(key)
    if (entry === undefined) {
      entry = { code, severity, count: 0 }
      this.#counts.set(key, entry)
    }
    return ++entry.count <= KEPT_PER_CODE
  }

  /** How many there are of each code, in the order in which the codes were first met. */
  counts(): FaultCount[] {
    return Array.from(this.#counts.values(), ({ code, severity, count }) => ({ code, severity, count }))
  }

  /** How many there are of a severity, those that were not kept among them. */
  total(severity: Severity): number {
    let total = 0
    for (const entry of this.#counts.values()) if (entry.severity === severity) total += entry.count
    return total
  }

  /** How many were only counted. */
  get omitted(): number {
    let all = 0
    for (const { count } of this.#counts.values()) all += count
    return all - this.kept.length
  }
}
