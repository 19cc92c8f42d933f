/**
 * The NSEC3 chain (RFC 5155 §7.1): one for each NSEC3PARAM, with the hash of every name, each record pointing to the next. With
 * opt-out, delegations without DS may be left out where the covering record says so.
 */
import { nameText, skipName } from '../../dns/name/index.ts'
import { compareOctets, OctetWriter } from '../../dns/octets.ts'
import { encodeBase32Hex } from '../../dns/presentation/index.ts'
import { NSEC3, RRSIG } from '../../dns/rr/index.ts'
import { lowerName, NSEC3_HASH_LENGTH, nsec3Hash } from '../../dnssec/index.ts'
import type { FaultList, FaultPlace } from '../faults.ts'
import { DELEGATION, type Zone } from '../zone.ts'
import { bitmapDifference, bitmapEquals, chainTypes, withRrsig } from './bitmaps.ts'
import type { VerifyCode } from './codes.ts'
import type { Nsec3Chain } from './nsec3-chain.ts'
import { collectHashedNames, EMPTY } from './nsec3-names.ts'
import { FLAG_OPT_OUT, nextHashAt } from './nsec3-records.ts'
import type { Survey } from './survey.ts'

const HASH = NSEC3_HASH_LENGTH
const AGAIN = 'sign the zone again'

/** Holds the chains against the names of the zone. */
export function checkNsec3Chains(
  zone: Zone,
  survey: Survey,
  chains: readonly Nsec3Chain[],
  faults: FaultList<VerifyCode>,
): void {
  if (chains.length === 0) return
  const names = collectHashedNames(zone, survey.chain)
  for (const chain of chains) {
    const check = new ChainCheck(zone, chain, faults)
    for (let i = 0; i < names.count; i++) check.name(names.names[i]!, names.nodes[i]!, names.optional[i] === 1)
    check.finish()
  }
}

class ChainCheck {
  readonly #zone: Zone
  readonly #chain: Nsec3Chain
  readonly #faults: FaultList<VerifyCode>
  /** 1 for each record that a name accounts for. */
  readonly #used: Uint8Array
  /** Hashes of names that have no record, as text. */
  readonly #missing = new Set<string>()
  readonly #hash = new Uint8Array(HASH)
  readonly #name = new OctetWriter(256)

  constructor(zone: Zone, chain: Nsec3Chain, faults: FaultList<VerifyCode>) {
    this.#zone = zone
    this.#chain = chain
    this.#faults = faults
    this.#used = new Uint8Array(chain.count)
  }

  /** One name that the chain should tell of. */
  name(nameAt: number, node: number, optional: boolean): void {
    const { octets } = this.#zone.table
    const chain = this.#chain
    this.#name.clear()
    lowerName(octets, nameAt, skipName(octets, nameAt), this.#name)
    nsec3Hash(this.#name.octets, 0, this.#name.length, chain.salt, chain.iterations, this.#hash, 0)
    const place = chain.find(this.#hash, 0)
    if (place >= 0) {
      this.#used[place] = 1
      this.#checkBitmap(place, nameAt, node)
      return
    }
    if (optional && this.#isOptedOut()) return
    const text = hashText(this.#hash, 0)
    this.#missing.add(text)
    this.#faults.add('nsec3-missing', { octets, owner: nameAt, type: NSEC3.number }, () => {
      const what = node === EMPTY ? 'this empty non-terminal' : 'this name'
      const covered = optional ? ', and the record that covers it has no opt-out flag' : ''
      return `there is no NSEC3 record for ${what} (hash ${text})${covered}: ${AGAIN}`
    })
  }

  #isOptedOut(): boolean {
    const { table } = this.#zone
    const covering = this.#chain.covering(this.#hash, 0)
    return covering >= 0 && (table.octets[table.rdata[this.#chain.records[covering]!]! + 1]! & FLAG_OPT_OUT) !== 0
  }

  #checkBitmap(place: number, nameAt: number, node: number): void {
    const zone = this.#zone
    const { table } = zone
    const index = this.#chain.records[place]!
    const at = nextHashAt(table.octets, table.rdata[index]!) + HASH
    const end = table.rdataEnd(index)
    const types = node === EMPTY ? [] : chainTypes(zone, node)
    // RRSIG is there where something is signed: everywhere but at delegations without DS.
    if (node !== EMPTY && (zone.kinds[node] !== DELEGATION || types.includes(43))) withRrsig(types)
    if (bitmapEquals(table.octets, at, end, types)) return
    // A signature that should not be at a delegation is told of as such.
    const isSignedCut = node !== EMPTY && zone.kinds[node] === DELEGATION && zone.findRrset(node, RRSIG.number) >= 0
    if (isSignedCut && bitmapEquals(table.octets, at, end, withRrsig(types))) return
    this.#faults.add('nsec3-bitmap', this.#recordPlace(index), () => {
      const name = nameText(table.octets, nameAt)
      return `the NSEC3 record of ${name} ${bitmapDifference(table.octets, at, end, types)}: ${AGAIN}`
    })
  }

  /** After all names: records that none accounts for, and the links from one to the next. */
  finish(): void {
    const chain = this.#chain
    for (let place = 0; place < chain.count; place++) {
      if (this.#used[place] === 0) {
        const message = `an NSEC3 record that is the hash of no name of the zone: take it out, or ${AGAIN}`
        this.#faults.add('nsec3-extra', this.#recordPlace(chain.records[place]!), message)
      }
      this.#checkLink(place)
    }
  }

  /** Extra records are passed over, missing ones taken as there: those are told of already. */
  #checkLink(place: number): void {
    const { table } = this.#zone
    const chain = this.#chain
    const index = chain.records[place]!
    const at = nextHashAt(table.octets, table.rdata[index]!)
    const following = place + 1 === chain.count ? 0 : place + 1
    if (compareOctets(table.octets, at, at + HASH, chain.hashes, following * HASH, (following + 1) * HASH) === 0) return
    if (this.#used[place] === 0 || this.#skipsExtra(following, at)) return
    if (this.#missing.has(hashText(table.octets, at)) && this.#isBetween(place, at, following)) return
    this.#faults.add('nsec3-next', this.#recordPlace(index), () => {
      const expected = hashText(chain.hashes, following * HASH)
      return `the NSEC3 record points to ${hashText(table.octets, at)}, but the next hash of the zone is ${expected}: ${AGAIN}`
    })
  }

  /** Whether the link is right when records that belong to no name are left out. */
  #skipsExtra(following: number, at: number): boolean {
    const chain = this.#chain
    for (let n = 0; n < chain.count && this.#used[following] === 0; n++)
      following = following + 1 === chain.count ? 0 : following + 1
    const to = following * HASH
    return compareOctets(this.#zone.table.octets, at, at + HASH, chain.hashes, to, to + HASH) === 0
  }

  /** Whether the hash at `at` lies between two neighbours of the chain. */
  #isBetween(place: number, at: number, following: number): boolean {
    const { octets } = this.#zone.table
    const { hashes } = this.#chain
    const afterFirst = compareOctets(octets, at, at + HASH, hashes, place * HASH, (place + 1) * HASH) > 0
    const beforeNext = compareOctets(octets, at, at + HASH, hashes, following * HASH, (following + 1) * HASH) < 0
    return following <= place ? afterFirst || beforeNext : afterFirst && beforeNext
  }

  #recordPlace(index: number): FaultPlace {
    const { table } = this.#zone
    return { octets: table.octets, owner: table.owner[index]!, type: NSEC3.number }
  }
}

const text = new Uint8Array(32)
const decoder = new TextDecoder('latin1')

/** A hash as it stands in the owner names of NSEC3 records. */
function hashText(hashes: Uint8Array, at: number): string {
  return decoder.decode(text.subarray(0, encodeBase32Hex(hashes, at, at + HASH, text, 0)))
}
