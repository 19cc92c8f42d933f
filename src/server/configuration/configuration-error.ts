/** A configuration that is not accepted: everything that is wrong with it, in the order of the file. */
import { TextError, type TextPlace } from '../../dns/errors.ts'
import { hideSecrets } from './secret.ts'

export type ConfigurationFault = {
  /** `zones[2].notify`; empty for the text as a whole. */
  readonly setting: string
  readonly reason: string
  readonly place: TextPlace
}

/** The message is that of the first fault, `FILE:LINE:COLUMN: zones[2].notify: …`; `faults` has all of them. Words that may be secrets are left out. */
export class ConfigurationError extends TextError {
  readonly faults: readonly ConfigurationFault[]

  constructor(faults: readonly [ConfigurationFault, ...ConfigurationFault[]]) {
    const safe = faults.map((fault) => ({ ...fault, reason: hideSecrets(fault.reason) }))
    const sorted = safe.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)
    const first = sorted[0] ?? faults[0]
    super(sayFault(first), first.place, 'configuration-invalid')
    this.name = 'ConfigurationError'
    this.faults = sorted
  }

  /** One line for each fault, with its place. */
  get lines(): string[] {
    return this.faults.map((fault) => {
      const { file, line, column } = fault.place
      return `${file}:${line}:${column}: ${sayFault(fault)}`
    })
  }
}

function sayFault({ setting, reason }: ConfigurationFault): string {
  return setting === '' ? reason : `${setting}: ${reason}`
}

/** `['zones', 2, 'notify']` → `zones[2].notify`. */
export function formatSetting(path: readonly (string | number)[]): string {
  let text = ''
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : text === '' ? step : `.${step}`
  return text
}
