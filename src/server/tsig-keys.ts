/** The TSIG keys of a configuration, with the secrets that stand in files. */
import type { Name } from '../dns/name/index.ts'
import { readPrivateFile } from '../store/index.ts'
import { newTsigKey, type TsigKey, TsigKeys } from '../tsig/index.ts'
import { type Configuration, parseTsigSecret, type Secret } from './configuration/index.ts'
import { ofSetting } from './setting-error.ts'

/** Most octets of a file with a secret. */
const MAX_SECRET_FILE = 1 << 16

/** Throws DnsError for a secret file that cannot be used. */
export function readTsigKeys({ tsigKeys }: Configuration): TsigKeys {
  return new TsigKeys(
    tsigKeys.map(({ name, algorithm, secret, secretFile = '', allowMd5 }, i) => {
      const { octets } = secret ?? ofSetting(`tsigKeys[${i}].secretFile`, () => readSecretFile(secretFile))
      return newTsigKey(name, algorithm, octets, { allowMd5 })
    }),
  )
}

export function findKey(keys: TsigKeys, name: Name): TsigKey | undefined {
  for (const key of keys) if (key.name.equals(name)) return key
  return undefined
}

/** Throws DnsError, which names the file, and nothing of what is in it. */
function readSecretFile(path: string): Secret {
  return parseTsigSecret(readPrivateFile(path, MAX_SECRET_FILE).toString('latin1'), path)
}
