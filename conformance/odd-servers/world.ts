/**
 * The world of odd servers at real sockets, in a network namespace: a signed root, `odd.`, which is not signed, and `lab.`, which is;
 * each zone below them at addresses of its own. Besides them forwarders, which resolvers are told of by their configuration.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ANCHOR_FILE, HINTS_FILE } from '../../scripts/lab/build.ts'
import type { ForwardZone } from '../../scripts/lab/resolvers.ts'
import { Name } from '../../src/dns/name/index.ts'
import { silent } from '../internet/host.ts'
import { Internet } from '../internet/internet.ts'
import { keysOf, type ZoneOptions } from '../internet/zones.ts'
import { DELEGATED } from './delegations.ts'
import { DELIVERED_ZONES } from './deliveries.ts'
import { FORWARDER_NAME, FORWARDERS, type Forwarder } from './forwarders.ts'
import { PROTOCOL_ZONES } from './protocol.ts'
import { ODD_ZONES, type OddZone, SIGNED_ZONES } from './servers.ts'
import { MORE_SIGNED_ZONES } from './signed.ts'
import { type Habits, openHosts } from './sockets.ts'
import { openTlsHosts } from './tls-sockets.ts'

const ROOT_ADDRESS = '198.18.0.10'
const ODD_ADDRESS = '198.18.0.11'
const LAB_ADDRESS = '198.18.0.12'
const AUTHORITIES_FILE = 'authorities.pem'
const HOUR = 3600

export type OddQuestion = {
  readonly name: string
  readonly type: string
  readonly expected: Pick<OddZone, 'rcode' | 'address' | 'text' | 'within'>
  /** No peer gives the expected answer. */
  readonly isBetter?: boolean
  /** A forwarder is asked. */
  readonly isForwarded?: boolean
  /** Its forwarder is asked over TLS, of which not all resolvers are capable. */
  readonly isTls?: boolean
}

type Placed = { readonly apex: string; readonly addresses: readonly string[]; readonly zone: Forwarder }

const PLACED: readonly Placed[] = [
  ...[...ODD_ZONES, ...PROTOCOL_ZONES, ...DELIVERED_ZONES].map((zone, i) => placed(zone, 'odd.', 20 + i)),
  ...[...SIGNED_ZONES, ...MORE_SIGNED_ZONES].map((zone, i) => placed(zone, 'lab.', 150 + i)),
]
const FORWARDED: readonly Placed[] = FORWARDERS.map((zone, i) => placed(zone, 'odd.', 220 + i))

function placed(zone: Forwarder, parent: string, net: number): Placed {
  return { apex: `${zone.label}.${parent}`, addresses: zone.servers.map((_, i) => `198.18.${net}.${i + 1}`), zone }
}

/** What is asked in this world. */
export const QUESTIONS: readonly OddQuestion[] = [
  ...PLACED.map(questionOf),
  ...FORWARDED.map((placed) => ({ ...questionOf(placed), isForwarded: true })),
  ...DELEGATED.questions,
]

function questionOf({ apex, zone }: Placed): OddQuestion {
  const { name = 'www', type = 'A', rcode, address, text, within, tls, isBetter = false } = zone
  return {
    name: `${name}.${apex}`,
    type,
    expected: {
      rcode,
      ...(address !== undefined && { address }),
      ...(text !== undefined && { text }),
      ...(within !== undefined && { within }),
    },
    ...(tls !== undefined && { isTls: true }),
    ...(isBetter && { isBetter }),
  }
}

/** The forward zones of a resolver in this world. */
export function forwardZones(folder: string): ForwardZone[] {
  const tls = { serverName: FORWARDER_NAME, authorities: join(folder, AUTHORITIES_FILE) }
  return FORWARDED.map(({ apex, addresses, zone }) => ({
    name: apex,
    addresses,
    ...(zone.tls !== undefined && { tls }),
  }))
}

function zonesOf(): Record<string, ZoneOptions> {
  const now = Math.floor(Date.now() / 1000)
  const signing = { inception: now - HOUR, expiration: now + 24 * HOUR, now }
  const text = 'www A 192.0.2.7'
  const zones: Record<string, ZoneOptions> = {
    '.': { at: [ROOT_ADDRESS], signing },
    'odd.': { at: [ODD_ADDRESS], signing: 'unsigned' },
    'lab.': { at: [LAB_ADDRESS], signing },
    ...DELEGATED.zones,
  }
  for (const { apex, addresses, zone } of PLACED) {
    const [from, until] = zone.lifetime ?? [-HOUR, 24 * HOUR]
    const times = { inception: now + from, expiration: now + until, now }
    zones[apex] = { text, at: addresses, signing: apex.endsWith('.lab.') ? times : 'unsigned', ...zone.zone }
  }
  for (const { apex, addresses } of FORWARDED)
    zones[apex] = { text, at: addresses, signing: 'unsigned', delegation: '' }
  return zones
}

/** Opens all sockets, and writes the root's hints and anchor and the authority of certificates into the folder. */
export async function openWorld(folder: string): Promise<void> {
  const options = zonesOf()
  const internet = new Internet(options)
  const habits = new Map<string, Habits>()
  for (const { apex, addresses, zone } of [...PLACED, ...FORWARDED]) {
    zone.servers.forEach((fault, i) => {
      const address = addresses[i] ?? ''
      if (fault !== undefined) internet.at(address).spoil(fault)
      habits.set(address, zone)
    })
    if (zone.parent !== undefined) internet.at(apex.endsWith('.lab.') ? LAB_ADDRESS : ODD_ADDRESS).spoil(zone.parent)
  }
  for (const address of DELEGATED.dead) internet.at(address).spoil(silent)
  const [key] = keysOf(Name.root, options['.'] ?? {}).filter(({ signsKeys }) => signsKeys)
  const digest = key?.dsRdata(2)
  if (key === undefined || digest === undefined || digest === 'unsupported') throw new Error('the root has no key')
  writeFileSync(join(folder, ANCHOR_FILE), `. IN DS ${key.tag} ${key.algorithm} 2 ${digest.subarray(4).toHex()}\n`)
  writeFileSync(join(folder, HINTS_FILE), `. 3600000 NS ns.\nns. 3600000 A ${ROOT_ADDRESS}\n`)
  await openHosts(internet.hosts, (address) => habits.get(address) ?? {})
  const secret = FORWARDED.flatMap(({ addresses, zone }) =>
    (zone.tls ?? []).map((habit, i) => ({ host: internet.at(addresses[i] ?? ''), habit })),
  )
  writeFileSync(join(folder, AUTHORITIES_FILE), await openTlsHosts(secret))
}
