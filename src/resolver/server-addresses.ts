/**
 * Addresses for the servers of a delegation that come from elsewhere: looked up by name, in the other address family too, or taken
 * from what the parents said of them.
 */
import type { Name } from '../dns/name/index.ts'
import { A, AAAA } from '../dns/rr/index.ts'
import type { AskParts } from './ask-server.ts'
import type { Budget } from './budget.ts'
import type { Caches } from './cache/index.ts'
import { addAddresses, type Delegation } from './delegation.ts'
import type { FetchOutcome } from './fetch-outcome.ts'
import { aliasTarget } from './links.ts'
import type { NameFailure, ServerFailures } from './server-failure.ts'
import type { Work } from './tasks.ts'

/** Aliases of a server's name. */
const MOST_TARGET_ALIASES = 3
/** Look-ups in the other address family that one delegation may cause. */
const MOST_OTHER_FAMILY = 6
/** Of the time that servers may still be silent, what looking up an address may take. */
const LOOK_UP_SHARE = 2 / 3
/** How long each of these waits for servers that do not reply. */
const OTHER_FAMILY_MILLISECONDS = 1000

export type AddressParts = Pick<AskParts, 'settings' | 'clock'> & {
  readonly caches: Caches
  readonly lookUp: LookUp
}

/** Fetches another link for a fetch: the address of a server. `silenceEnd`: as of the fetch. */
export type LookUp = (name: Name, type: number, budget: Budget, silenceEnd?: number) => Work<FetchOutcome | 'loop'>

/** What the look-ups are for, and what they may cost. */
export type AddressSearch = {
  /** The question that is resolved: its own address is not looked up to resolve it. */
  readonly name: Name
  readonly type: number
  readonly budget: Budget
  readonly failures: ServerFailures
  /** Of `budget.silentMilliseconds`: when that much is reached, look-ups end. */
  readonly silenceEnd: number
}

/** Looks up the address of one more server whose address is not known. False: there is none, or no more may be looked up. */
export function* findAddresses(parts: AddressParts, delegation: Delegation, search: AddressSearch): Work<boolean> {
  for (const target of delegation.targets) {
    if (target.wasTried) continue
    target.wasTried = true
    let failure: NameFailure | undefined
    for (const family of familiesOf(parts)) {
      // Its address would be found by asking it.
      if (family === search.type && target.name.equals(search.name)) continue
      if (!search.budget.takeTarget()) return false
      target.lookedUp.push(family)
      const before = delegation.servers.length
      const { budget } = search
      // A share is left for the server whose address is found.
      const silenceEnd = budget.silentMilliseconds + (search.silenceEnd - budget.silentMilliseconds) * LOOK_UP_SHARE
      const found = yield* lookUpAddress(parts, delegation, target.name, family, { budget, silenceEnd })
      failure ??= found
      if (delegation.servers.length > before) return true
      // Before more is looked up: names that need each other are found by nothing else.
      if (delegation.spare.length > 0 && takeSpare(parts, delegation)) return true
      // Of the other family it is no better.
      if (failure?.isCircle === true) {
        target.isCircle = true
        break
      }
    }
    search.failures.addName(target.name, failure ?? { text: `${target.name} has no usable address`, isCircle: false })
  }
  return false
}

/**
 * Looks up the addresses of known servers in the family that is not known of them (RFC 1034 §5.3.3): for when those that are known
 * are of no use. `isWithin`: of servers within the zone, whose addresses come from the zone itself; of the others otherwise. False:
 * nothing new was found.
 */
export function* findOtherFamily(
  parts: AddressParts,
  delegation: Delegation,
  search: AddressSearch,
  isWithin: boolean,
): Work<boolean> {
  if (isWithin) delegation.soughtWithin = true
  else delegation.soughtOtherFamily = true
  const { caches, clock } = parts
  const { name, type, budget } = search
  const before = delegation.servers.length
  let lookUps = 0
  for (const server of delegation.names) {
    if (server.isAtOrBelow(delegation.zone) !== isWithin) continue
    const target = delegation.targets.find(({ name }) => name.equals(server))
    // Looked up once more, a circle would take what the other names may cost.
    if (target?.isCircle === true) continue
    for (const family of familiesOf(parts)) {
      if (target?.lookedUp.includes(family) === true || caches.rrsets.find(server, family, clock.now()) !== undefined)
        continue
      if ((family === type && server.equals(name)) || ++lookUps > MOST_OTHER_FAMILY) continue
      if (!budget.takeTarget()) return delegation.servers.length > before
      const silenceEnd = Math.min(search.silenceEnd, budget.silentMilliseconds + OTHER_FAMILY_MILLISECONDS)
      yield* lookUpAddress(parts, delegation, server, family, { budget, silenceEnd })
    }
  }
  return delegation.servers.length > before
}

/** The addresses that the parents gave for the servers, where the servers themselves gave others, or none. */
export function takeSpare({ caches, clock, settings }: AddressParts, delegation: Delegation): boolean {
  const before = delegation.servers.length
  for (const name of delegation.names) {
    for (const type of FAMILIES) {
      const glue = caches.glue.find(name, type, clock.now())
      if (glue !== undefined) addAddresses(delegation, glue.rrset, settings)
    }
  }
  if (delegation.servers.length > before) return true
  for (const set of delegation.spare) addAddresses(delegation, set, settings)
  return delegation.servers.length > before
}

const FAMILIES = [A.number, AAAA.number] as const

function familiesOf({ settings }: AddressParts): number[] {
  return FAMILIES.filter((family) => (family === A.number ? settings.ipv4 : settings.ipv6))
}

/** Looks up the addresses of a server; what is found is added to the delegation. Returns why nothing was. */
function* lookUpAddress(
  { lookUp, settings }: AddressParts,
  delegation: Delegation,
  name: Name,
  type: number,
  { budget, silenceEnd }: Pick<AddressSearch, 'budget' | 'silenceEnd'>,
): Work<NameFailure | undefined> {
  let at = name
  for (let aliases = 0; aliases < MOST_TARGET_ALIASES; aliases++) {
    const outcome: FetchOutcome | 'loop' = yield* lookUp(at, type, budget, silenceEnd)
    if (outcome === 'loop') return { text: circleText(name), isCircle: true }
    if (outcome.kind !== 'link') {
      const { text, clause, isCircle } = outcome
      return { text: isCircle ? clause : `the address of ${name} could not be resolved: ${text}`, isCircle }
    }
    const target = aliasTarget(outcome.link)
    if (target === undefined) {
      for (const set of outcome.link.answer) addAddresses(delegation, set, settings)
      return undefined
    }
    at = target
  }
  return { text: `${name} is an alias of an alias`, isCircle: false }
}

function circleText(name: Name): string {
  return `${name} is needed to resolve its own address: the delegations form a circle, without glue`
}
