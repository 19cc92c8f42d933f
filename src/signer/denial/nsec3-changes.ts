/**
 * The NSEC3 chain after a change: the records of names that changed and of the empty non-terminals above them, and those before
 * hashes that are added or removed.
 */
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { OctetWriter } from '../../dns/octets.ts'
import { NSEC3 } from '../../dns/rr/index.ts'
import { NSEC3_HASH_LENGTH } from '../../dnssec/index.ts'
import { type Steps, sortInSteps, type ViewRrset, type ZoneContent, type ZoneView } from '../../zone/index.ts'
import type { ChangeRecords } from '../change-records.ts'
import { eachInSteps, Pace } from '../in-steps.ts'
import { nsec3Types } from '../node-rules.ts'
import type { Nsec3Parameters } from '../options.ts'
import { ancestorsOf, kindOf, typesOf } from '../view-rules.ts'
import { HashChain, nextHashAt } from './hash-chain.ts'
import { HashedNames } from './hashed-names.ts'
import { Nsec3Writer } from './nsec3.ts'

/**
 * Puts the chain in order. `names`: all those whose records or kinds differ in the two versions, in canonical order. `isWhole`: all
 * of the chain is looked at, since its TTL is another one. Throws DnsError `signing-refused` when two names have one hash.
 */
export function* relinkNsec3(
  before: ZoneView,
  after: ZoneContent,
  names: readonly Name[],
  parameters: Nsec3Parameters,
  ttl: number,
  isWhole: boolean,
  records: ChangeRecords,
): Steps {
  const writer = new Nsec3Writer(after.apex, parameters)
  const { hashed, added, removed } = yield* sortNames(before, after, names, parameters.optOut, writer)
  const sorted = yield* sortInSteps([...added], (a, b) => (a < b ? -1 : Number(a > b)))
  const chain = new HashChain(before, removed, sorted)
  const put = (key: string, rdata: Uint8Array): void => {
    const hash = Uint8Array.fromHex(key)
    records.replaceDenial(ownerOf(writer, hash), NSEC3.number, before.nsec3(hash), ttl, rdata)
  }
  yield* eachInSteps(removed, (key) => {
    const hash = Uint8Array.fromHex(key)
    records.remove(ownerOf(writer, hash), before.nsec3(hash))
  })
  yield* eachInSteps(hashed, ([key, types]) => {
    const rdata = new OctetWriter(512)
    writer.writeRdata(Uint8Array.fromHex(chain.next(key)), 0, types, rdata)
    put(key, rdata.copy())
  })
  const others = isWhole ? yield* wholeChain(before) : yield* neighbours(before, [...added, ...removed])
  yield* eachInSteps(others, ([key, rrset]) => {
    const [record] = rrset.records
    if (record === undefined || removed.has(key) || hashed.has(key)) return
    // Of which name it is the hash is not known, and does not matter: its bitmap stays.
    const rdata = record.rdata.slice()
    rdata.set(Uint8Array.fromHex(chain.next(key)), nextHashAt(rdata))
    put(key, rdata)
  })
}

type SortedNames = {
  /** The bitmaps of all hashes of names that may have changed. */
  readonly hashed: ReadonlyMap<string, readonly number[]>
  readonly added: ReadonlySet<string>
  readonly removed: ReadonlySet<string>
}

/** Sorts the names, and those above them, by what becomes of their hashes. */
function* sortNames(
  before: ZoneView,
  after: ZoneContent,
  names: readonly Name[],
  optOut: boolean,
  writer: Nsec3Writer,
): Steps<SortedNames> {
  const rule = new HashedNames(before, after, names, optOut)
  const hashed = new Map<string, readonly number[]>()
  const added = new Set<string>()
  const removed = new Set<string>()
  const pace = new Pace()
  for (const name of (yield* withAncestors(names, after.apex)).values()) {
    if (pace.isDue()) yield
    const hash = writer.hashOf(name)
    const key = hash.toHex()
    const wasHashed = before.nsec3(hash) !== undefined
    if (yield* rule.has(name, wasHashed)) {
      const isOfOther = wasHashed && !before.exists(name) && !before.hasBelow(name)
      if (isOfOther || hashed.has(key)) {
        throw new DnsError('signing-refused', `${name} has the NSEC3 hash of another name: choose another salt`)
      }
      hashed.set(key, bitmapOf(after, name))
      if (!wasHashed) added.add(key)
    } else if (wasHashed) removed.add(key)
  }
  return { hashed, added, removed }
}

/** The names and all those above them, by their keys. */
function* withAncestors(names: readonly Name[], apex: Name): Steps<Map<string, Name>> {
  const all = new Map<string, Name>()
  yield* eachInSteps(names, (name) => {
    for (const one of [name, ...ancestorsOf(name, apex)]) all.set(one.key, one)
  })
  return all
}

function bitmapOf(zone: ZoneContent, name: Name): readonly number[] {
  if (!zone.exists(name)) return []
  return nsec3Types(kindOf(zone, name), typesOf(zone.node(name)))
}

/** The records of the chain before each of these hashes, by their own. */
function* neighbours(before: ZoneView, keys: readonly string[]): Steps<Map<string, ViewRrset>> {
  const found = new Map<string, ViewRrset>()
  yield* eachInSteps(keys, (key) => {
    const neighbour = before.nsec3Before(Uint8Array.fromHex(key))
    if (neighbour !== undefined) found.set(neighbour.hash.toHex(), neighbour.rrset)
  })
  return found
}

function* wholeChain(before: ZoneView): Steps<Map<string, ViewRrset>> {
  const found = new Map<string, ViewRrset>()
  const pace = new Pace()
  let at = before.nsec3Before(new Uint8Array(NSEC3_HASH_LENGTH))
  while (at !== undefined && !found.has(at.hash.toHex())) {
    found.set(at.hash.toHex(), at.rrset)
    at = before.nsec3Before(at.hash)
    if (pace.isDue()) yield
  }
  return found
}

function ownerOf(writer: Nsec3Writer, hash: Uint8Array): Name {
  const owner = new OctetWriter(256)
  writer.writeOwner(hash, 0, owner)
  return Name.fromOctets(owner.octets)
}
