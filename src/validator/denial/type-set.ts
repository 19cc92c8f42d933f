/** The types at a name, as the bitmap of an NSEC or NSEC3 record has them, and what they tell of the name's place. */
import { bitmapHas, CNAME, DNAME, DS, forEachTypeInBitmap, NS, NSEC, NXNAME, RRSIG, SOA } from '../../dns/rr/index.ts'

export class TypeSet {
  readonly #rdata: Uint8Array
  readonly #at: number

  /** A well-formed bitmap, from `at` to the end of the RDATA. */
  constructor(rdata: Uint8Array, at: number) {
    this.#rdata = rdata
    this.#at = at
  }

  has(type: number): boolean {
    return bitmapHas(this.#rdata, this.#at, this.#rdata.length, type)
  }

  /** A zone cut seen from the parent: it knows of nothing there but the DS (RFC 4035 §5.4). */
  get isParentSide(): boolean {
    return this.has(NS.number) && !this.has(SOA.number)
  }

  /** What is below the name is not this zone's, or not there (RFC 6840 §4.1). */
  get endsAuthority(): boolean {
    return this.isParentSide || this.has(DNAME.number)
  }

  /** Whether anything stands at the name but what denial itself puts there. */
  get hasData(): boolean {
    let found = false
    forEachTypeInBitmap(this.#rdata, this.#at, this.#rdata.length, (type) => {
      if (type !== RRSIG.number && type !== NSEC.number && type !== NXNAME.number) found = true
    })
    return found
  }

  /** Compact denial: the name does not exist, though a record of denial was made for it (RFC 9824 §3.1). */
  get saysNoName(): boolean {
    return this.has(NXNAME.number) && !this.hasData
  }

  /**
   * Whether the name has no records of the type, nor a CNAME in their place: 'unproved' when the record is of the wrong side of
   * a cut. `isRoot`: the DS of the root is denied by the root itself, there being no parent.
   */
  judge(type: number, isRoot: boolean): 'proved' | 'contradicted' | 'unproved' {
    if (type === DS.number) {
      if (this.has(SOA.number) && !isRoot) return 'unproved'
    } else if (this.isParentSide) return 'unproved'
    if (type === TYPE_ANY) return this.hasData ? 'contradicted' : 'proved'
    return this.has(type) || this.has(CNAME.number) ? 'contradicted' : 'proved'
  }
}

const TYPE_ANY = 255
