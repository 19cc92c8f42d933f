/**
 * Prints records as master-file text: one a line, or grouped as a person would write them.
 *
 * Lines: `owner TTL class type RDATA` with tabs, names in full. What any tool reads, and what tools compare.
 * Grouped: `$ORIGIN` and `$TTL` first, owners relative to the origin and written once, the TTL only where it differs.
 */
import { equalNames, isAtOrBelow, MAX_NAME_TEXT, writeNameText } from '../name/index.ts'
import type { TextWriter } from '../presentation/index.ts'
import { CLASS_IN, classMnemonic, printGeneric, recordType, typeMnemonic } from '../rr/index.ts'

const TAB = 0x09

/** Appends one record, whose RDATA was checked, and a newline. */
export function printRecord(
  octets: Uint8Array,
  ownerAt: number,
  type: number,
  ttl: number,
  rdataAt: number,
  rdataLength: number,
  out: TextWriter,
): void {
  out.name(octets, ownerAt)
  out.octet(TAB)
  out.decimal(ttl)
  out.octet(TAB)
  printClassTypeRdata(octets, type, rdataAt, rdataLength, out)
}

const IN = `${classMnemonic(CLASS_IN)}\t`

function printClassTypeRdata(octets: Uint8Array, type: number, rdataAt: number, length: number, out: TextWriter): void {
  const declared = recordType(type)
  out.ascii(IN)
  out.ascii(declared === undefined ? typeMnemonic(type) : declared.mnemonic)
  out.octet(TAB)
  const end = rdataAt + length
  if (declared === undefined) printGeneric(octets, rdataAt, end, out)
  else declared.print(octets, rdataAt, end, out)
  out.newline()
}

/** Prints records grouped, in the order they come. */
export class GroupedPrinter {
  readonly #out: TextWriter
  readonly #origin: Uint8Array
  readonly #ttl: number
  #ownerAt = -1

  constructor(out: TextWriter, origin: Uint8Array, ttl: number) {
    this.#out = out
    this.#origin = origin
    this.#ttl = ttl
    out.ascii('$ORIGIN ')
    out.name(origin, 0)
    out.ascii(`\n$TTL ${ttl}\n`)
  }

  record(octets: Uint8Array, ownerAt: number, type: number, ttl: number, rdataAt: number, rdataLength: number): void {
    const out = this.#out
    const start = out.length
    if (this.#ownerAt < 0 || !equalNames(octets, this.#ownerAt, octets, ownerAt)) this.#owner(octets, ownerAt)
    this.#ownerAt = ownerAt
    this.#pad(start, 24)
    if (ttl !== this.#ttl) {
      out.decimal(ttl)
      out.space()
    }
    printClassTypeRdata(octets, type, rdataAt, rdataLength, out)
  }

  #owner(octets: Uint8Array, at: number): void {
    const out = this.#out
    if (equalNames(octets, at, this.#origin, 0)) {
      out.octet(0x40)
      return
    }
    out.ensure(MAX_NAME_TEXT)
    const end = writeNameText(octets, at, out.octets, out.length)
    out.length = isAtOrBelow(octets, at, this.#origin, 0) ? end - this.#originTextLength() : end
  }

  /** Octets of text that a relative name leaves out: the origin's, and the dot before it. */
  #originTextLength(): number {
    if (this.#origin[0] === 0) return 1
    return writeNameText(this.#origin, 0, scratch, 0) + 1
  }

  #pad(start: number, column: number): void {
    do this.#out.space()
    while (this.#out.length - start < column)
  }
}

const scratch = new Uint8Array(MAX_NAME_TEXT)
