/** Makes the lab: every zone signed, what is to be broken broken, into a folder, with what the servers and resolvers need. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Name } from '../../src/dns/name/index.ts'
import { TextWriter } from '../../src/dns/presentation/index.ts'
import { DS } from '../../src/dns/rr/index.ts'
import type { SigningKey } from '../../src/dnssec/index.ts'
import type { Denial, SigningOptions } from '../../src/signer/index.ts'
import { addressesOf } from './addresses.ts'
import type { Making } from './faults.ts'
import { KeyPool } from './key-pool.ts'
import { SignedLines } from './signed-lines.ts'
import { type DenialPlan, planZones, type ZonePlan } from './zone-plan.ts'
import { delegation, zoneText } from './zone-text.ts'

const HOUR = 3600
const DAY = 24 * HOUR

export type Lab = { readonly folder: string; readonly zones: readonly ZonePlan[] }

/** Files of the folder. */
export const ANCHOR_FILE = 'anchor'
export const HINTS_FILE = 'hints'
const PLAN_FILE = 'lab.json'

/** Signs from the leaves up: a parent holds the DS records of what is below it. The folder is made anew. */
export async function buildLab(folder: string, count: number): Promise<Lab> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'zones'), { recursive: true })
  const now = Math.floor(Date.now() / 1000)
  const pool = await KeyPool.make()
  const zones = planZones(count)
  const cuts = new Map<string, string>()
  for (const plan of [...zones].sort((a, b) => depth(b) - depth(a))) {
    const text = zoneText(plan, zones, cuts.get(plan.apex) ?? '')
    const { file, ds } = plan.signing === undefined ? { file: text, ds: [] } : sign(plan, text, pool, now)
    writeFileSync(zoneFile(folder, plan.apex), file)
    if (plan.level === 'root') writeFileSync(join(folder, ANCHOR_FILE), ds.map((data) => `. IN DS ${data}\n`).join(''))
    const above = ds.map((data) => `${plan.apex} 300 DS ${data}\n`).join('')
    cuts.set(plan.parent, (cuts.get(plan.parent) ?? '') + delegation(plan) + above)
  }
  const [root] = zones
  const hints = root === undefined ? [] : addressesOf(root)
  const lines = hints.map((address, i) => `. 3600000 NS ns${i}.\nns${i}. 3600000 A ${address}\n`)
  writeFileSync(join(folder, HINTS_FILE), lines.join(''))
  writeFileSync(join(folder, PLAN_FILE), JSON.stringify({ count }))
  return { folder, zones }
}

/** A lab that was built. The plan follows from its size. */
export function openLab(folder: string): Lab {
  const { count } = JSON.parse(readFileSync(join(folder, PLAN_FILE), 'utf8'))
  return { folder, zones: planZones(Number(count)) }
}

export function zoneFile(folder: string, apex: string): string {
  return join(folder, 'zones', apex === '.' ? 'root' : apex)
}

function depth({ apex }: ZonePlan): number {
  return apex === '.' ? 0 : apex.split('.').length
}

function sign(plan: ZonePlan, text: string, pool: KeyPool, now: number): { file: string; ds: string[] } {
  const { signing, fault } = plan
  if (signing === undefined) throw new Error(`${plan.apex} is not to be signed`)
  const apex = Name.parse(plan.apex)
  const making = makingOf(apex, plan, signing.algorithm, pool, now)
  const options: SigningOptions = {
    signWith: [making.ksk, making.zsk],
    publish: [],
    denial: denialOf(signing.denial),
    inception: making.form.inception,
    expiration: making.form.expiration,
    jitterSeconds: 0,
    serial: 'keep',
    zonemd: [],
    now,
    random: { bytes: (length) => new Uint8Array(length) },
    ...fault?.sign?.(making),
  }
  const zone = SignedLines.sign(apex, text, options)
  fault?.lines?.(zone, making)
  return { file: zone.text, ds: fault?.ds?.(making) ?? [making.ds(making.ksk, 2)] }
}

function makingOf(apex: Name, plan: ZonePlan, algorithm: number, pool: KeyPool, now: number): Making {
  const { number } = plan
  const zsk = pool.key(apex, algorithm, number, 'zsk')
  return {
    apex,
    now,
    ksk: pool.key(apex, algorithm, number, 'ksk'),
    zsk,
    other: (role, which = algorithm, as = {}) => pool.key(apex, which, number + 1, role, as),
    flagged: (key, flags) => key.with({ flags, role: flags === 256 ? 'csk' : key.role }),
    form: { keys: [zsk], inception: now - DAY, expiration: now + 30 * DAY },
    ds: dsText,
  }
}

function dsText(key: SigningKey, digestType: number): string {
  const rdata = key.dsRdata(digestType)
  if (rdata === 'unsupported') throw new Error(`no digest type ${digestType}`)
  const text = new TextWriter(256)
  DS.print(rdata, 0, rdata.length, text)
  return text.toString()
}

function denialOf(plan: DenialPlan): Denial {
  if (plan === 'nsec') return { kind: 'nsec' }
  const { iterations, salt, optOut } = plan
  return { kind: 'nsec3', iterations, salt: Uint8Array.fromHex(salt), optOut }
}
