/**
 * The octets that a signature covers (RFC 4034 §3.1.8.1) for an RRset as a message brought it: its records in canonical form
 * and order (§6.2, §6.3; RFC 6840 §5.1), each once, made once for all signatures over the set. The memory is used again for
 * the next RRset: what `write` returns holds until then.
 */
import { compareOctets, OctetWriter, readU32 } from '../dns/octets.ts'
import { recordType } from '../dns/rr/index.ts'
import { RRSIG_LABELS, RRSIG_ORIGINAL_TTL, type RRset, writeSignedHead, writeSignedOwner } from '../dnssec/index.ts'

/** Beyond so many records the language's own sort is the faster one, and no input makes it slow. */
const FEW = 12

export class SignedData {
  readonly #out = new OctetWriter(4096)
  /** RDATA in canonical form, one after the other in the order of arrival. */
  readonly #forms = new OctetWriter(4096)
  /** Where each begins in `#forms`, and one more entry: their end. */
  #starts: Uint32Array = new Uint32Array(64)
  /** Which of them are written, in canonical order. */
  #order: Uint32Array = new Uint32Array(64)
  #count = 0
  #rrset: RRset | undefined

  /** Takes an RRset, whose RDATA is well-formed. */
  use(rrset: RRset): void {
    const { rdatas } = rrset
    const forms = this.#forms
    const type = recordType(rrset.type)
    forms.clear()
    if (rdatas.length >= this.#starts.length) this.#grow(rdatas.length)
    for (let i = 0; i < rdatas.length; i++) {
      const rdata = rdatas[i]!
      this.#starts[i] = forms.length
      if (type === undefined || !type.lowersNames) forms.bytes(rdata)
      else type.canonical(rdata, 0, rdata.length, forms)
    }
    this.#starts[rdatas.length] = forms.length
    this.#sort(rdatas.length)
    this.#rrset = rrset
  }

  /** The octets that this RRSIG covers. Its labels are no more than the owner has. */
  write(rrsig: Uint8Array): Uint8Array {
    const rrset = this.#rrset
    const out = this.#out
    out.clear()
    if (rrset === undefined) return out.octets.subarray(0, 0)
    writeSignedHead(rrsig, 0, out)
    const ownerFrom = out.length
    writeSignedOwner(rrset.owner.octets, 0, rrsig[RRSIG_LABELS]!, out)
    const ownerTo = out.length
    const ttl = readU32(rrsig, RRSIG_ORIGINAL_TTL)
    for (let i = 0; i < this.#count; i++) {
      out.ensure(ownerTo - ownerFrom)
      if (i > 0) {
        out.octets.copyWithin(out.length, ownerFrom, ownerTo)
        out.length += ownerTo - ownerFrom
      }
      const form = this.#order[i]!
      const from = this.#starts[form]!
      const to = this.#starts[form + 1]!
      out.u16(rrset.type)
      out.u16(rrset.class)
      out.u32(ttl)
      out.u16(to - from)
      out.bytes(this.#forms.octets, from, to)
    }
    return out.octets.subarray(0, out.length)
  }

  #grow(records: number): void {
    this.#starts = new Uint32Array(2 * (records + 1))
    this.#order = new Uint32Array(2 * (records + 1))
  }

  /** Brings the forms into order (RFC 4034 §6.3) and leaves out what stands there twice. */
  #sort(count: number): void {
    const order = this.#order
    for (let i = 0; i < count; i++) order[i] = i
    if (count > FEW) order.subarray(0, count).sort((a, b) => this.#compare(a, b))
    else {
      for (let i = 1; i < count; i++) {
        let k = i
        for (; k > 0 && this.#compare(order[k - 1]!, i) > 0; k--) order[k] = order[k - 1]!
        order[k] = i
      }
    }
    let kept = 0
    for (let i = 0; i < count; i++) {
      if (kept > 0 && this.#compare(order[kept - 1]!, order[i]!) === 0) continue
      order[kept++] = order[i]!
    }
    this.#count = kept
  }

  #compare(a: number, b: number): number {
    const { octets } = this.#forms
    const starts = this.#starts
    return compareOctets(octets, starts[a]!, starts[a + 1]!, octets, starts[b]!, starts[b + 1]!)
  }
}
