/** Turns the options of `zone sign` into what the signer is asked to do: profile, keys, denial, times. */
import { randomBytes } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { isActiveAt, isPublishedAt, type SigningKey } from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import {
  type Denial,
  findTimeFault,
  hasExpired,
  PROFILES,
  type Profile,
  type SigningOptions,
  type ZonemdHash,
} from '../signer/index.ts'
import { describeNoKeys, type FolderKeys, KeyFolderStore, pickKey, readPassword } from '../store/index.ts'
import { parseChoice, parseJobs, parseWhole, type WorkerCount } from './arguments.ts'
import { now, parseDuration, parseTime } from './times.ts'

export type SignFlags = {
  readonly zone: string
  readonly keys: string
  readonly out?: string
  readonly inPlace?: boolean
  readonly denial?: string
  readonly nsec3Iterations?: string
  readonly nsec3Salt?: string
  readonly optOut?: boolean
  readonly inception?: string
  readonly expiration?: string
  readonly dnskeyExpiration?: string
  readonly jitter: string
  readonly serial: string
  readonly zonemd?: string | true
  readonly signWith?: readonly string[]
  readonly publish?: readonly string[]
  readonly jobs?: string
  readonly profile: string
  readonly keyPassword?: string
}

export type CollectedOptions = {
  readonly options: SigningOptions
  /** The store of the keys that the options name. */
  readonly keys: KeyFolderStore
  readonly profile: Profile
  readonly workers: WorkerCount
  readonly warnings: readonly string[]
}

/** Throws DnsError. */
export async function collectSigningOptions(apex: Name, flags: SignFlags): Promise<CollectedOptions> {
  const at = now()
  const profile = PROFILES[parseChoice('--profile', flags.profile, ['modern', 'windows-2012', 'windows-2008r2'])]
  const warnings: string[] = []
  const password = flags.keyPassword === undefined ? undefined : readPassword(flags.keyPassword, process.env)
  const keys = new KeyFolderStore(flags.keys, { password })
  const chosen = await chooseKeys(apex, keys, flags, at)
  const denial = parseDenial(flags, profile)
  const dnskeyExpiration =
    flags.dnskeyExpiration !== undefined
      ? parseTime('--dnskey-expiration', flags.dnskeyExpiration, at)
      : flags.expiration === undefined
        ? at + profile.dnskeyValiditySeconds
        : undefined
  const options: SigningOptions = {
    ...chosen,
    ...(denial === undefined ? {} : { denial }),
    inception:
      flags.inception === undefined
        ? at - profile.inceptionOffsetSeconds
        : parseTime('--inception', flags.inception, at),
    expiration:
      flags.expiration === undefined ? at + profile.validitySeconds : parseTime('--expiration', flags.expiration, at),
    ...(dnskeyExpiration === undefined ? {} : { dnskeyExpiration }),
    jitterSeconds: parseDuration('--jitter', flags.jitter),
    serial: parseChoice('--serial', flags.serial, ['keep', 'increment', 'unixtime', 'date']),
    zonemd: parseZonemd(flags.zonemd),
    now: at,
    random: { bytes: (length) => randomBytes(length) },
  }
  checkTimes(options, warnings)
  return { options, keys, profile, workers: parseJobs(flags.jobs), warnings }
}

function checkTimes(options: SigningOptions, warnings: string[]): void {
  const fault = findTimeFault(options)
  if (fault !== undefined) {
    throw new DnsError('usage', `${fault}: see --inception, --expiration, --dnskey-expiration and --jitter`)
  }
  if (hasExpired(options)) warnings.push('the signatures have expired already')
}

/** The named keys; without names, those of the folder that their provenance and dates say are in use now. */
async function chooseKeys(
  apex: Name,
  store: KeyFolderStore,
  flags: SignFlags,
  at: UnixSeconds,
): Promise<{ signWith: SigningKey[]; publish: SigningKey[]; recorded: readonly SigningKey[] }> {
  const found = await store.list(apex)
  const { keys: recorded, problems } = found
  const [problem] = problems
  if (problem !== undefined) throw problem
  const own = recorded.filter(({ provenance }) => provenance !== 'foreign')
  if (own.length === 0) throw noKeyError(apex, flags.keys, { ...found, keys: own })
  const pick = (word: string): SigningKey => revokeWhenDue(pickKey(recorded, word), at)
  const publish = flags.publish?.map(pick) ?? []
  const signWith = flags.signWith?.map(pick) ?? []
  if (signWith.length > 0) return { signWith, publish, recorded }
  const rest = own.filter((key) => !publish.some((other) => other.sameKeyAs(key)))
  const active = rest.filter(({ provenance, times }) => provenance === 'signing' && isActiveAt(times, at))
  const canSign = (key: SigningKey): boolean => active.some((other) => other.hasPrivateKey && other.sameKeyAs(key))
  const missing = active.find((key) => !canSign(key))
  if (missing !== undefined) throw missingKeyError(missing, flags.keys)
  if (active.length === 0) throw noKeyError(apex, flags.keys, { ...found, keys: own })
  const waiting = rest.filter((key) => !active.includes(key) && isPublishedAt(key.times, at))
  const due = (key: SigningKey): SigningKey => revokeWhenDue(key, at)
  return { signWith: active.map(due), publish: [...publish, ...waiting.map(due)], recorded }
}

/** A key that signs by its record is not taken for one that is only published because a file is missing. */
function missingKeyError({ name }: SigningKey, folder: string): DnsError {
  return new DnsError(
    'key-missing',
    `${name} signs by its record, but its private key is not in ${folder}: put it back, or name the keys with --sign-with and --publish`,
  )
}

/** The key with the REVOKE flag once its date has come (RFC 5011 §2.1); its tag changes with it. */
function revokeWhenDue(key: SigningKey, at: UnixSeconds): SigningKey {
  const { revoke } = key.times
  return revoke === undefined || revoke > at ? key : key.revoke()
}

function noKeyError(apex: Name, folder: string, { keys, passedOver }: FolderKeys): DnsError {
  const message =
    keys.length === 0
      ? `${describeNoKeys(folder, passedOver, apex)}: make one with \`signet key generate --zone ${apex} --keys ${folder}\``
      : `${folder}: none of the ${keys.length} keys of ${apex} signs now: see \`signet key list --keys ${folder}\`, or name keys with --sign-with`
  return new DnsError('key-missing', message)
}

function parseDenial(flags: SignFlags, profile: Profile): Denial | undefined {
  const asksNsec3 = flags.nsec3Iterations !== undefined || flags.nsec3Salt !== undefined || flags.optOut === true
  if (flags.denial === undefined && !asksNsec3 && profile.name === 'modern') return undefined
  const kind =
    flags.denial === undefined
      ? asksNsec3
        ? 'nsec3'
        : profile.denial
      : parseChoice('--denial', flags.denial, ['nsec', 'nsec3'])
  if (kind === 'nsec') {
    if (asksNsec3) throw new DnsError('usage', '--nsec3-iterations, --nsec3-salt and --opt-out go with --denial nsec3')
    return { kind }
  }
  const iterations =
    flags.nsec3Iterations === undefined
      ? profile.nsec3Iterations
      : parseWhole('--nsec3-iterations', flags.nsec3Iterations, 0, 65535)
  const salt = flags.nsec3Salt === undefined ? randomBytes(profile.nsec3SaltLength) : parseSalt(flags.nsec3Salt)
  return { kind, iterations, salt: new Uint8Array(salt), optOut: flags.optOut === true }
}

function parseSalt(text: string): Uint8Array {
  if (text === '-' || text === '') return new Uint8Array(0)
  if (!/^([0-9a-f]{2}){1,255}$/i.test(text))
    throw new DnsError('usage', '--nsec3-salt takes hexadecimal digits in pairs (at most 255), or -')
  return Uint8Array.fromHex(text)
}

function parseZonemd(value: string | true | undefined): ZonemdHash[] {
  if (value === undefined) return []
  if (value === true) return [1]
  const choice = parseChoice('--zonemd', value, ['sha384', 'sha512', 'both'])
  return choice === 'sha384' ? [1] : choice === 'sha512' ? [2] : [1, 2]
}
