/** The options by which commands find keys: a folder, a zone, a password; and the keys that they give. */

import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { showTime } from '../dns/presentation/index.ts'
import { isActiveAt, isPublishedAt, type SigningKey } from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import {
  describeNoKeys,
  type FolderKeys,
  KeyFolderStore,
  pickKey,
  readKeyFolder,
  readPassword,
} from '../store/index.ts'
import { parseZoneName } from './arguments.ts'
import { warn } from './outcome.ts'

export type KeyFolderFlags = {
  readonly keys: string
  readonly zone?: string
  readonly keyPassword?: string
  readonly json?: boolean
}

export const KEY_FORMS = ['bind', 'pem', 'certificate', 'pkcs12'] as const

export const KEY_ARGUMENT = "the key's name, its tag or its friendly name"

export function addKeyFolderOptions(program: Command): Command {
  return program
    .requiredOption('--keys <folder>', 'where the keys are')
    .option('--zone <name>', 'only keys of this zone')
    .option('--key-password <source>', 'for PKCS#12 keys: file:PATH or env:NAME')
}

/** Keys of the folder without their private halves, and what could not be read there, by name. Throws DnsError. */
export async function readKeys(flags: KeyFolderFlags): Promise<FolderKeys> {
  const password = passwordOf(flags)
  return withRemedies(await new KeyFolderStore(flags.keys, { password }).list(zoneOf(flags)), password)
}

/** The same with their private halves, for what writes them in another form. */
async function openKeys(flags: KeyFolderFlags): Promise<FolderKeys> {
  const password = passwordOf(flags)
  const zone = zoneOf(flags)
  const options = { ...(zone === undefined ? {} : { zone }), ...(password === undefined ? {} : { password }) }
  return withRemedies(await readKeyFolder(flags.keys, options), password)
}

function passwordOf({ keyPassword }: KeyFolderFlags): string | undefined {
  return keyPassword === undefined ? undefined : readPassword(keyPassword, process.env)
}

export function zoneOf({ zone }: KeyFolderFlags): Name | undefined {
  return zone === undefined ? undefined : parseZoneName(zone)
}

function withRemedies(found: FolderKeys, password: string | undefined): FolderKeys {
  return password === undefined ? { ...found, problems: found.problems.map(withRemedy) } : found
}

function withRemedy(problem: DnsError): DnsError {
  if (!/\.(p12|pfx): .*password is wrong$/.test(problem.message)) return problem
  return new DnsError(problem.code, `${problem.message}: give it with --key-password`)
}

/** The keys that the words name, or without words all, at least one. What else could not be read is told and does not stop the work. */
export async function readNamedKeys(flags: KeyFolderFlags, words: readonly string[]): Promise<readonly SigningKey[]> {
  const keys = atLeastOne(await readKeys(flags), flags)
  return words.length === 0 ? keys : words.map((word) => pickKey(keys, word))
}

/** The key that the word names, with its private half where there is one. */
export async function openNamedKey(flags: KeyFolderFlags, word: string): Promise<SigningKey> {
  return pickKey(atLeastOne(await openKeys(flags), flags), word)
}

function atLeastOne({ keys, problems, passedOver }: FolderKeys, flags: KeyFolderFlags): readonly SigningKey[] {
  for (const problem of problems) warn(problem.message)
  if (keys.length === 0) throw new DnsError('key-missing', describeNoKeys(flags.keys, passedOver, zoneOf(flags)))
  return keys
}

export type KeyState = 'future' | 'published' | 'signing' | 'retired' | 'removed' | 'foreign'

/** What a key's provenance and dates make of it at `now`. */
export function stateOfKey({ times, provenance }: SigningKey, now: UnixSeconds): KeyState {
  if (provenance === 'foreign') return 'foreign'
  if (isActiveAt(times, now)) return provenance
  if (times.delete !== undefined && times.delete <= now) return 'removed'
  if (times.inactive !== undefined && times.inactive <= now) return 'retired'
  return isPublishedAt(times, now) ? 'published' : 'future'
}

/** The state in words, with the next date that changes it. */
export function describeState(key: SigningKey, now: UnixSeconds): string {
  const { activate, publish, inactive, delete: removal } = key.times
  const state = stateOfKey(key, now)
  const signsLater = activate !== undefined && activate > now
  const next = {
    future: ['will be', publish ?? activate],
    published: [signsLater ? 'signs' : 'retires', signsLater ? activate : inactive],
    signing: ['retires', inactive],
    retired: ['removed', removal],
    removed: ['', undefined],
    foreign: ['', undefined],
  } as const
  const [word, instant] = next[state]
  const said = state === 'future' ? 'not yet published' : state
  const due = key.times.revoke !== undefined && key.times.revoke <= now
  const revoked = key.isRevoked || due ? 'revoked, ' : ''
  return `${revoked}${said}${instant === undefined || instant <= now ? '' : `, ${word} ${showTime(instant)}`}`
}
