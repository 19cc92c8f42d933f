/** One zone signed in one way: here, by the command or in this process, and by dnssec-signzone. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SigningKey } from '../../../src/dnssec/index.ts'
import type { Denial } from '../../../src/signer/index.ts'
import { signText } from '../../../src/signer/signing.fixture.ts'
import { writeKeys } from './keys.ts'
import { type Outcome, run } from './tools.ts'
import type { ZoneFile } from './zones.ts'

export type DenialName = 'nsec' | 'nsec3' | 'opt-out'
export const DENIALS: readonly DenialName[] = ['nsec', 'nsec3', 'opt-out']

/** A zone to be signed in a folder of its own, which holds `zone` and the keys. */
export type SigningJob = {
  readonly zone: ZoneFile
  readonly keys: readonly SigningKey[]
  readonly denial: DenialName
  readonly folder: string
}

const SIGNET = join(import.meta.dirname, '..', '..', '..', 'bin', 'signet')
const now = Math.floor(Date.now() / 1000)

/** Makes the folder: the zone as `zone`, the keys beside it. */
export function prepareFolder({ zone, keys, folder }: Omit<SigningJob, 'denial'>): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'zone'), zone.text)
  writeKeys(folder, keys)
}

/** Signs in this process and writes `ours`. */
export function signHere({ zone, keys, denial, folder }: SigningJob): string {
  const options = { zone: zone.apex, signWith: keys, inception: now - 3600, expiration: now + 30 * 86400, now }
  const { text } = signText(zone.text, { ...options, denial: denialOf(denial) })
  const path = join(folder, 'ours')
  writeFileSync(path, text, 'latin1')
  return path
}

function denialOf(name: DenialName): Denial {
  if (name === 'nsec') return { kind: 'nsec' }
  return { kind: 'nsec3', iterations: 0, salt: new Uint8Array(0), optOut: name === 'opt-out' }
}

/** Signs with `signet zone sign`, the prepared folder's `zone` to `ours`. */
export function signByCommand({ zone, denial, folder }: SigningJob): Promise<Outcome> {
  const args = ['zone', 'sign', 'zone', '--zone', zone.apex.toString(), '--keys', '.', '--out', 'ours']
  if (denial === 'nsec') args.push('--denial', 'nsec')
  else args.push('--denial', 'nsec3', '--nsec3-iterations', '0', '--nsec3-salt', '-')
  if (denial === 'opt-out') args.push('--opt-out')
  return run(SIGNET, args, folder)
}

/** Signs with dnssec-signzone, the prepared folder's `zone` to `theirs`. */
export function signByBind({ zone, denial, folder }: SigningJob): Promise<Outcome> {
  const args = ['-q', '-S', '-x', '-u', '-K', '.', '-o', zone.apex.toString(), '-f', 'theirs']
  if (denial !== 'nsec') args.push('-3', '-', '-H', '0')
  if (denial === 'opt-out') args.push('-A')
  return run('dnssec-signzone', [...args, 'zone'], folder, 300)
}
