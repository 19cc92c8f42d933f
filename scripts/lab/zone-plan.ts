/**
 * Which zones the lab has: a root, ten top-level domains, and as many zones below as are asked for, every one with an algorithm, a
 * way of denial, servers and, nearly every second, something done to it. The same number gives the same zones.
 */
import { FAULTS, type Fault } from './faults.ts'
import { ALGORITHMS } from './key-pool.ts'

export type DenialPlan = { readonly iterations: number; readonly salt: string; readonly optOut: boolean } | 'nsec'

export type Host = 'nsd' | 'knot'

export type ZonePlan = {
  readonly apex: string
  readonly parent: string
  readonly level: 'root' | 'top' | 'zone' | 'child' | 'unsigned'
  /** Undefined: not signed. */
  readonly signing: { readonly algorithm: number; readonly denial: DenialPlan } | undefined
  readonly fault: Fault | undefined
  readonly hosts: readonly Host[]
  /** Chooses among keys, addresses and targets. */
  readonly number: number
}

const nsec3 = (iterations: number, salt = '', optOut = false): DenialPlan => ({ iterations, salt, optOut })

/** RFC 9276 §3: 0 is what it asks for, 150 what most validators take at most. */
const DENIALS: readonly DenialPlan[] = [
  'nsec',
  nsec3(0),
  nsec3(0, '', true),
  nsec3(10, 'ab12'),
  'nsec',
  nsec3(50, '0123456789abcdef', true),
  nsec3(150, 'aabb'),
  nsec3(151, 'aabb'),
  nsec3(0, 'ffeeddcc'.repeat(16)),
  nsec3(500, '99', true),
  nsec3(1),
]

/** Its zones are signed, and nobody vouches for them. */
export const UNSIGNED_TOP = 'ii.'

/** Those below which names can be secure come first. */
const TOPS: readonly (readonly [string, number, DenialPlan | 'unsigned'])[] = [
  ['aa.', 13, 'nsec'],
  ['bb.', 8, nsec3(0)],
  ['cc.', 8, nsec3(0, '', true)],
  ['dd.', 13, nsec3(50, 'dd')],
  ['ee.', 15, 'nsec'],
  ['ff.', 10, nsec3(150, '', true)],
  ['hh.', 7, nsec3(10, 'abcd')],
  ['gg.', 16, nsec3(0)],
  [UNSIGNED_TOP, 0, 'unsigned'],
  ['jj.', 14, nsec3(500, '', true)],
]
const SURE_TOPS = 5

const HOSTS: readonly (readonly Host[])[] = [['nsd'], ['knot'], ['nsd', 'knot']]

/** As many signed zones as `count` says, and the unsigned ones that they delegate to. */
export function planZones(count: number): ZonePlan[] {
  const zones: ZonePlan[] = [
    {
      apex: '.',
      parent: '',
      level: 'root',
      signing: { algorithm: 8, denial: 'nsec' },
      fault: undefined,
      hosts: ['nsd', 'knot'],
      number: 0,
    },
  ]
  TOPS.forEach(([apex, algorithm, denial], number) => {
    const signing = denial === 'unsigned' ? undefined : { algorithm, denial }
    zones.push({ apex, parent: '.', level: 'top', signing, fault: undefined, hosts: HOSTS[number % 2] ?? [], number })
  })
  let signed = TOPS.length
  for (let number = 0; signed < count; number++) {
    const zone = number % 2 === 0 ? soundZone(number / 2, number) : faultyZone((number - 1) / 2, number)
    zones.push(zone, unsignedChild(zone))
    signed++
    if (signed < count && hasSignedChild(zone)) {
      zones.push(signedChild(zone))
      signed++
    }
  }
  return zones
}

/** Every second: `sec` below it is a signed zone. */
export function hasSignedChild({ level, number, fault }: ZonePlan): boolean {
  return level === 'zone' && (fault === undefined ? number % 8 === 0 : fault.child === true)
}

function soundZone(turn: number, number: number): ZonePlan {
  const [parent = ''] = TOPS[(turn * 3 + Math.floor(turn / 10)) % TOPS.length] ?? []
  const denial = DENIALS[turn % DENIALS.length] ?? 'nsec'
  return zoneOf(parent, ALGORITHMS[turn % ALGORITHMS.length] ?? 13, denial, number, undefined)
}

function faultyZone(turn: number, number: number): ZonePlan {
  const fault = FAULTS[turn % FAULTS.length]
  const round = Math.floor(turn / FAULTS.length)
  const [parent = ''] = TOPS[(turn + round) % SURE_TOPS] ?? []
  const algorithm = [13, 8, 15, 14][round % 4] ?? 13
  const ways = [nsec3(0), 'nsec', nsec3(0, '', true), nsec3(10, 'abcd')] as const
  const denial = fault?.denial === 'nsec' ? 'nsec' : (ways[(turn + round) % ways.length] ?? 'nsec')
  return zoneOf(parent, algorithm, denial, number, fault)
}

function zoneOf(
  parent: string,
  algorithm: number,
  denial: DenialPlan,
  number: number,
  fault: Fault | undefined,
): ZonePlan {
  // RFC 5155 §2: an NSEC3 zone has an algorithm number that says so, and 5 does not.
  const chosen = algorithm === 5 ? 'nsec' : denial
  return {
    apex: `z${number}.${parent}`,
    parent,
    level: 'zone',
    signing: { algorithm, denial: chosen },
    fault,
    hosts: HOSTS[Math.floor(number / 2) % HOSTS.length] ?? [],
    number,
  }
}

function unsignedChild({ apex, number }: ZonePlan): ZonePlan {
  const hosts = HOSTS[number % 2] ?? []
  return {
    apex: `ins.${apex}`,
    parent: apex,
    level: 'unsigned',
    signing: undefined,
    fault: undefined,
    hosts,
    number,
  }
}

function signedChild({ apex, number }: ZonePlan): ZonePlan {
  const signing = { algorithm: 13, denial: number % 16 === 0 ? ('nsec' as const) : nsec3(0) }
  const hosts = HOSTS[(number >> 1) % 3] ?? []
  return { apex: `sec.${apex}`, parent: apex, level: 'child', signing, fault: undefined, hosts, number }
}
