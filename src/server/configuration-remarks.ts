/** What the log says of a configuration that was read. */
import type { Log } from '../ports/log.ts'
import { modeOpenToOthers } from '../store/index.ts'
import { type Configuration, listConfigurationWarnings, listUnicodeNames } from './configuration/index.ts'

/** Logs what a person may not have meant, who may read the secrets of the file, and names beyond ASCII as they are in the DNS. */
export function remarkOn(file: string, configuration: Configuration, log: Log): void {
  const warnings = [...listFileWarnings(file, configuration), ...listConfigurationWarnings(configuration)]
  for (const warning of warnings) log.warn({}, warning)
  for (const name of listUnicodeNames(configuration)) log.info({}, name)
}

/** One sentence when all users may read a file that has secrets in it; none when there is no such file. */
function listFileWarnings(file: string, configuration: Configuration): string[] {
  const settings = inlineSecrets(configuration)
  if (settings.length === 0) return []
  const mode = modeOpenToOthers(file)
  if (mode === undefined) return []
  const rest = settings.length === 1 ? '' : ` and ${settings.length - 1} more`
  return [
    `${file}: all users may read it (its mode is ${mode}), and it has secrets (${settings[0]}${rest}): take that from them with chmod o= ${file}`,
  ]
}

function inlineSecrets({ tsigKeys, server }: Configuration): string[] {
  const keys = tsigKeys.flatMap(({ secret }, i) => (secret === undefined ? [] : [`tsigKeys[${i}].secret`]))
  return server.cookies.secrets.length === 0 ? keys : [...keys, 'server.cookies.secrets']
}
