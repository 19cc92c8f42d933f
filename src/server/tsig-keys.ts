/** The TSIG keys of a configuration, with the secrets that it has or names. */
import type { Name } from '../dns/name/index.ts'
import { readTextFile } from '../store/index.ts'
import { newTsigKey, type TsigKey, TsigKeys } from '../tsig/index.ts'
import { type Configuration, parseTsigSecret, type TsigKeySettings } from './configuration/index.ts'

/** Most octets of a file with a secret. */
const MAX_TEXT = 1 << 20

/** Throws DnsError for a secret file that cannot be used. */
export function makeKeys({ tsigKeys }: Configuration): TsigKeys {
  return new TsigKeys(tsigKeys.map(makeKey))
}

export function findKey(keys: TsigKeys, name: Name): TsigKey | undefined {
  for (const key of iterate(keys)) if (key.name.equals(name)) return key
  return undefined
}

function* iterate(keys: TsigKeys): Generator<TsigKey> {
  const iterator = keys[Symbol.iterator]()
  for (let step = iterator.next(); step.done !== true; step = iterator.next()) yield step.value
}

function makeKey({ name, algorithm, secret, secretFile, allowMd5 }: TsigKeySettings): TsigKey {
  const octets = secret?.octets ?? parseTsigSecret(readTextFile(secretFile ?? '', MAX_TEXT).trim()).octets
  return newTsigKey(name, algorithm, octets, { allowMd5 })
}
