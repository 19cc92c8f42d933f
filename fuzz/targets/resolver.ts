/**
 * A server that says anything at all, and a resolver that asks it. Whatever it says: every question has one answer, the work is
 * bounded, nothing is secure that the zones did not sign, and names of others are what they are. As a forwarder the server may
 * say all it likes of zones that are not signed; of the others it may only keep silent.
 */

import type { SimulatedResolver } from '../../conformance/internet/simulated-resolver.ts'
import { Name } from '../../src/dns/name/index.ts'
import { CLASS_IN, rdataJson, typeNumber } from '../../src/dns/rr/index.ts'
import { decodeMessage, TOLERATE_ODD } from '../../src/dns/wire/index.ts'
import type { RRset } from '../../src/dnssec/index.ts'
import { Verifier } from '../../src/dnssec/index.ts'
import { type Resolution, ResponseWriter } from '../../src/resolver/index.ts'
import { parseAddress } from '../../src/transport/index.ts'
import type { PrepareKey } from '../../src/validator/index.ts'
import { DICTIONARY, messageOf, OPTION, readScript } from '../resolver/scripts.ts'
import { seeds } from '../resolver/seeds.ts'
import { ATTACKER_ADDRESS, ATTACKERS, FORWARDER_ADDRESS, internet, truth, VICTIMS } from '../resolver/worlds.ts'
import { type FuzzTarget, hold } from '../target.ts'

const MOST_EXCHANGES = 120
const MOST_VERIFICATIONS = 64
const OWN = ATTACKERS.map((zone) => Name.parse(zone))

const writer = new ResponseWriter({ udpSize: 1232 })

/** What is left of the replies of this run. */
let replies: Uint8Array[] = []
for (const address of [ATTACKER_ADDRESS, FORWARDER_ADDRESS]) {
  internet.at(address).spoil((reply, asked) => {
    const next = replies.shift()
    // An empty one stands for the truth.
    return next === undefined || next.length === 0 ? reply : messageOf(next, asked.octets)
  })
}

/** Signatures that were verified before: most of them are the same in every run. */
const verified = new Map<string, boolean>()
const MOST_VERIFIED = 20_000
const prepareKey: PrepareKey = (algorithm, octets) => {
  const key = Verifier.create(algorithm, octets)
  if (typeof key === 'string') return key
  const prefix = `${algorithm} ${octets.toBase64()}`
  const verify = (data: Uint8Array, signature: Uint8Array): boolean => {
    const name = `${prefix} ${data.toBase64()} ${signature.toBase64()}`
    const known = verified.get(name)
    if (known !== undefined) return known
    if (verified.size > MOST_VERIFIED) verified.clear()
    const isGood = key.verify(data, signature)
    verified.set(name, isGood)
    return isGood
  }
  return { verify }
}

const endpoint = { address: parseAddress(FORWARDER_ADDRESS) ?? new Uint8Array(), port: 53 }
const FORWARD = [{ zone: Name.root, kind: 'forward', first: false, servers: [{ endpoint, protocol: 'udp' }] }] as const

function resolverOf(options: number): SimulatedResolver {
  return internet.resolver({
    validation: { prepareKey },
    settings: {
      routed: (options & OPTION.forward) === 0 ? [] : FORWARD,
      qnameMinimisation: (options & OPTION.noMinimisation) === 0,
      aggressiveNsec: (options & OPTION.noAggressive) === 0,
      takeChildServers: (options & OPTION.childServers) !== 0,
      caseRandomisation: (options & OPTION.caseOff) === 0,
    },
  })
}

export const target: FuzzTarget = {
  name: 'resolver',
  run(octets) {
    const { options, replies: told } = readScript(octets)
    replies = []
    internet.time.rewind()
    const resolver = resolverOf(options)
    const isForward = (options & OPTION.forward) !== 0
    const zone = ATTACKERS[options & OPTION.zone] ?? 'free.'
    if ((options & OPTION.warm) !== 0) warm(resolver)
    replies = [...told]
    const names = ['www', 'nothing', 'x.wild', 'out', 'www.tree'].map((label) => [`${label}.${zone}`, 'A'] as const)
    const types = ['HTTPS', 'MX', 'DS'].map((type) => [`www.${zone}`, type] as const)
    const isTypesFirst = (options & OPTION.zone) === OPTION.typesFirst
    const questions = isTypesFirst ? [...types, ...names] : [...names, ...types]
    const outcomes = questions.map(([name, type]) => ask(resolver, name, type))
    checkCaches(resolver, isForward)
    for (const victim of VICTIMS) checkVictim(resolver, victim, isForward)
    checkCaches(resolver, isForward)
    hold(resolver.resolver.tasksUnderWay === 0, 'nothing waits for ever')
    return `${options & 15} ${outcomes.join(' ')}`
  },
  seeds,
  dictionary: DICTIONARY,
  maxLength: 8192,
}

/** What others asked before: it is in the caches, and may be written over. */
function warm(resolver: SimulatedResolver): void {
  for (const victim of VICTIMS) resolver.resolve(`www.${victim}`, 'A')
}

/** Asks, and checks what it cost and that nothing of the answer is falsely secure. Returns the outcome in short. */
function ask(resolver: SimulatedResolver, name: string, type = 'A'): string {
  const resolution = resolver.resolve(name, type)
  const { rcode, security, answer, authority } = resolution
  internet.run()
  checkWritten(name, typeNumber(type) ?? 0, resolution)
  const { exchanges, verifications } = resolver.costs
  hold(exchanges <= MOST_EXCHANGES && verifications <= MOST_VERIFICATIONS, 'the work for a query is bounded')
  if (security === 'secure') {
    for (const set of [...answer, ...authority]) hold(isTrue(set), `${set.owner} type ${set.type} is secure and untrue`)
    if (answer.length === 0)
      hold(rcode === 2 || !isThere(Name.parse(name), typeNumber(type) ?? 0, rcode), `${name} is denied and there`)
  }
  return `${rcode}${security[0]}${answer.length}`
}

/** What a client is sent can be read, and brings the records of the answer as the resolver has them. */
function checkWritten(text: string, type: number, resolution: Resolution): void {
  const name = Name.parse(text)
  const query = { id: 1, name, type, class: CLASS_IN, limit: 65_535, recursionDesired: true, hasEdns: true }
  for (const dnssecOk of [false, true]) {
    const flags = { dnssecOk, checkingDisabled: false, authenticData: true }
    const octets = writer.write({ ...query, ...flags }, resolution, internet.time.now())
    const { answer, header } = decodeMessage(octets, octets.length, name, TOLERATE_ODD)
    hold((header.rcode & 15) === (resolution.rcode & 15), 'a client gets the RCODE of the resolution')
    if (resolution.security === 'bogus' || !dnssecOk) continue
    const expected = resolution.answer.flatMap(({ rdatas, signatures }) => [...rdatas, ...signatures])
    hold(answer.length === expected.length, 'a client gets all records')
    expected.forEach((rdata, i) => {
      hold(answer[i]?.rdata.length === rdata.length, 'RDATA reaches a client unchanged')
    })
    for (const record of answer) rdataJson(record.type, record.rdata)
  }
}

function checkVictim(resolver: SimulatedResolver, zone: string, isForward: boolean): void {
  const isSigned = zone !== 'plain.'
  for (const [name, expected] of [
    [`www.${zone}`, `0${isSigned ? 's' : 'i'}1`],
    [`nothing.${zone}`, `3${isSigned ? 's' : 'i'}0`],
  ] as const) {
    const outcome = ask(resolver, name)
    if (!isForward) {
      hold(outcome === expected, `${name} comes to ${outcome}`)
      const { answer } = resolver.resolve(name, 'A')
      for (const set of answer) hold(truth.holds(set), `${name} is what it is`)
    } else if (isSigned) {
      // A forwarder can make a name fail, no more.
      hold(outcome === expected || outcome.startsWith('2'), `${name} comes to ${outcome} by a forwarder`)
    }
  }
}

function checkCaches({ caches }: SimulatedResolver, isForward: boolean): void {
  for (const cache of [caches.rrsets, caches.glue]) {
    for (const { rrset } of cache.values()) {
      const { owner, type, security } = rrset
      if (security === 'secure') hold(isTrue(rrset), `${owner} type ${type} is kept as secure and untrue`)
      if (!isForward && !isOfAttacker(owner)) hold(truth.holds(rrset, true), `${owner} type ${type} is kept and untrue`)
    }
  }
  for (const { name, type, rcode, answer, security } of caches.messages.values()) {
    const isDenial = answer.length === 0
    if (isDenial && (security === 'secure' || (!isForward && !isOfAttacker(name)))) {
      hold(!isThere(name, type, rcode), `${name} type ${type} is kept as denied and there`)
    }
  }
}

function isTrue(set: RRset): boolean {
  return truth.holds(set)
}

/** Whether a denial of this RCODE would be a lie. */
function isThere(name: Name, type: number, rcode: number): boolean {
  return rcode === 3 ? truth.exists(name) : truth.has(name, type)
}

function isOfAttacker(name: Name): boolean {
  return OWN.some((zone) => name.isAtOrBelow(zone))
}
