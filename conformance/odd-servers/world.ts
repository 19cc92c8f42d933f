/**
 * The zones of `servers.ts` at real sockets, in a network namespace: a signed root, `odd.` and `lab.`, each zone at addresses of its
 * own, port 53. Besides them two zones that need each other, and servers of which the parent knows the dead address only.
 */
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ANCHOR_FILE, HINTS_FILE } from '../../scripts/lab/build.ts'
import { Name } from '../../src/dns/name/index.ts'
import type { Protocol } from '../../src/ports/index.ts'
import { FrameReader, frameOf } from '../../src/transport/frames.ts'
import { type Host, silent } from '../internet/host.ts'
import { Internet } from '../internet/internet.ts'
import { keysOf, type ZoneOptions } from '../internet/zones.ts'
import { ODD_ZONES, type OddZone, SIGNED_ZONES } from './servers.ts'

export const ROOT_ADDRESS = '198.18.0.10'
export const IPV6_ADDRESS = 'fd53::53'
const HOUR = 3600
const TCP_REFUSED = 'tcp-refused'

export type OddQuestion = {
  readonly name: string
  readonly type: string
  readonly expected: Pick<OddZone, 'rcode' | 'address' | 'text' | 'within'>
}

type Placed = { readonly apex: string; readonly addresses: readonly string[]; readonly zone: OddZone }

const PLACED: readonly Placed[] = [
  ...ODD_ZONES.map((zone, i) => placed(zone, 'odd.', 20 + i)),
  ...SIGNED_ZONES.map((zone, i) => placed(zone, 'lab.', 120 + i)),
]

function placed(zone: OddZone, parent: string, net: number): Placed {
  return { apex: `${zone.label}.${parent}`, addresses: zone.servers.map((_, i) => `198.18.${net}.${i + 1}`), zone }
}

/** What is asked in this world. */
export const QUESTIONS: readonly OddQuestion[] = [
  ...PLACED.map(({ apex, zone }) => {
    const { name = 'www', type = 'A', rcode, address, text, within } = zone
    return {
      name: `${name}.${apex}`,
      type,
      expected: {
        rcode,
        ...(address !== undefined && { address }),
        ...(text !== undefined && { text }),
        ...(within !== undefined && { within }),
      },
    }
  }),
  { name: 'www.circle-a.odd.', type: 'A', expected: { rcode: 2, text: /circle, without glue/ } },
  { name: 'www.other-family.odd.', type: 'A', expected: { rcode: 0, address: 7 } },
]

function zonesOf(): Record<string, ZoneOptions> {
  const now = Math.floor(Date.now() / 1000)
  const signing = { inception: now - HOUR, expiration: now + 24 * HOUR, now }
  const text = 'www A 192.0.2.7'
  const zones: Record<string, ZoneOptions> = {
    '.': { at: [ROOT_ADDRESS], signing },
    'odd.': { at: ['198.18.0.11'], signing: 'unsigned' },
    'lab.': { at: ['198.18.0.12'], signing },
    'circle-a.odd.': { at: ['198.18.0.13'], signing: 'unsigned', delegation: 'circle-a.odd. NS ns.circle-b.odd.' },
    'circle-b.odd.': { at: ['198.18.0.14'], signing: 'unsigned', delegation: 'circle-b.odd. NS ns.circle-a.odd.' },
    'host.': { at: ['198.18.0.15'], signing: 'unsigned', text: `ns2 A 198.18.0.16\nns2 AAAA ${IPV6_ADDRESS}` },
    'other-family.odd.': {
      at: ['198.18.0.16', IPV6_ADDRESS],
      signing: 'unsigned',
      text,
      delegation: 'other-family.odd. NS ns2.host.',
    },
  }
  for (const { apex, addresses, zone } of PLACED) {
    const isSigned = apex.endsWith('.lab.')
    zones[apex] = { text, at: addresses, signing: isSigned ? signing : 'unsigned', ...zone.zone }
  }
  return zones
}

/** Opens all sockets, and writes the root's hints and anchor into the folder. */
export async function openWorld(folder: string): Promise<void> {
  const options = zonesOf()
  const internet = new Internet(options)
  for (const { addresses, zone } of PLACED) {
    zone.servers.forEach((fault, i) => {
      if (fault !== undefined) internet.at(addresses[i] ?? '').spoil(fault)
    })
  }
  internet.at('198.18.0.16').spoil(silent)
  const [key] = keysOf(Name.root, options['.'] ?? {}).filter(({ signsKeys }) => signsKeys)
  const digest = key?.dsRdata(2)
  if (key === undefined || digest === undefined || digest === 'unsupported') throw new Error('the root has no key')
  writeFileSync(join(folder, ANCHOR_FILE), `. IN DS ${key.tag} ${key.algorithm} 2 ${digest.subarray(4).toHex()}\n`)
  writeFileSync(join(folder, HINTS_FILE), `. 3600000 NS ns.\nns. 3600000 A ${ROOT_ADDRESS}\n`)
  const noTcp = new Set(PLACED.filter(({ zone }) => zone.label === TCP_REFUSED).flatMap(({ addresses }) => addresses))
  await Promise.all(internet.hosts.map((host) => openHost(host, !noTcp.has(host.address))))
}

async function openHost(host: Host, hasTcp: boolean): Promise<void> {
  const answer = (octets: Uint8Array, protocol: Protocol): Uint8Array | undefined => {
    try {
      return host.answer(octets, protocol, Math.floor(Date.now() / 1000))
    } catch {
      // What cannot be read is not answered.
      return undefined
    }
  }
  const udp = createSocket(host.address.includes(':') ? 'udp6' : 'udp4')
  udp.on('message', (octets, from) => {
    const reply = answer(Uint8Array.from(octets), 'udp')
    if (reply !== undefined) udp.send(reply, from.port, from.address)
  })
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject)
    udp.bind(53, host.address, resolve)
  })
  if (!hasTcp) return
  const tcp = createServer((socket) => {
    const frames = new FrameReader()
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      frames.push(chunk)
      while (frames.next()) {
        const reply = answer(Uint8Array.from(frames.message), 'tcp')
        if (reply !== undefined) socket.write(frameOf(reply))
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject)
    tcp.listen(53, host.address, resolve)
  })
}
