/** What the zones of an internet really hold: for those who look whether somebody was made to believe something else. */
import { Name } from '../../src/dns/name/index.ts'
import { CNAME, DNAME, NSEC3, RRSIG, recordType } from '../../src/dns/rr/index.ts'
import { textSource } from '../../src/dns/text/index.ts'
import type { RRset } from '../../src/dnssec/index.ts'
import { loadRecords } from '../../src/zone/index.ts'
import type { Zone } from './zones.ts'

export class Truth {
  /** RDATA by owner and type, glue and what parents say of children included. */
  readonly #rdatas = new Map<string, Set<string>>()
  /** Names that are there, those that only have names below them too. */
  readonly #names = new Set<string>()

  constructor(zones: Iterable<Zone>) {
    for (const { name, text } of zones) {
      const { table } = loadRecords(textSource(text), name)
      for (let i = 0; i < table.count; i++) {
        const owner = Name.fromOctets(table.octets, table.owner[i] ?? 0)
        this.#learn(owner, table.type[i] ?? 0, table.rdataOf(i))
      }
    }
  }

  #learn(owner: Name, type: number, rdata: Uint8Array): void {
    const key = keyOf(owner, type)
    const known = this.#rdatas.get(key) ?? new Set()
    this.#rdatas.set(key, known.add(canonical(type, rdata)))
    if (type === NSEC3.number || type === RRSIG.number) return
    for (let at = owner; ; at = at.parent) {
      this.#names.add(at.key)
      if (at.isRoot) return
    }
  }

  /** Whether zones hold the RRset, under its owner or a wildcard above it: all of it, or some of it with `isPart`. */
  holds({ owner, type, rdatas }: RRset, isPart = false): boolean {
    const told = new Set(rdatas.map((rdata) => canonical(type, rdata)))
    if (type === CNAME.number && told.size === 1 && told.has(this.#redirection(owner))) return true
    for (let at = owner; ; at = at.parent) {
      const known = this.#rdatas.get(keyOf(at === owner || at.octets.length > 253 ? at : at.child('*'), type))
      if (known !== undefined && told.isSubsetOf(known) && (isPart || told.size === known.size)) return true
      if (at.isRoot) return false
    }
  }

  /** RDATA of the CNAME that a DNAME above the name makes of it (RFC 6672 §2.2); nothing without one. */
  #redirection(name: Name): string {
    for (let at = name; !at.isRoot; ) {
      at = at.parent
      const [target] = this.#rdatas.get(keyOf(at, DNAME.number)) ?? []
      if (target === undefined) continue
      const kept = name.octets.subarray(0, name.octets.length - at.octets.length)
      return canonical(CNAME.number, kept) + target
    }
    return ''
  }

  /** Whether the name has data of the type or an alias, be it by a wildcard. */
  has(name: Name, type: number): boolean {
    const source = this.#source(name)
    return source !== undefined && [type, CNAME.number].some((each) => this.#rdatas.has(keyOf(source, each)))
  }

  /** Whether there is such a name, or a wildcard that stands in for it. */
  exists(name: Name): boolean {
    return this.#source(name) !== undefined
  }

  #source(name: Name): Name | undefined {
    if (this.#names.has(name.key)) return name
    let encloser = name.parent
    while (!this.#names.has(encloser.key)) encloser = encloser.parent
    const wildcard = encloser.child('*')
    return this.#names.has(wildcard.key) ? wildcard : undefined
  }
}

function keyOf(owner: Name, type: number): string {
  return `${type} ${owner.key}`
}

function canonical(type: number, rdata: Uint8Array): string {
  const hex = rdata.toHex()
  return recordType(type)?.lowersNames === true ? hex.replaceAll(/../g, lower) : hex
}

function lower(pair: string): string {
  return String.fromCharCode(Number.parseInt(pair, 16)).toLowerCase().charCodeAt(0).toString(16).padStart(2, '0')
}
