/** The question that the words of a command are. */
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { A, addressOctets, PTR, typeNumber } from '../../dns/rr/index.ts'
import { parseName } from '../arguments.ts'

const TYPE_ANY = 255

export type Question = { readonly name: Name; readonly type: number }

/** `www.example.org AAAA`; an address in place of a name asks for its name. Throws DnsError `usage`. */
export function parseQuestion(nameText: string, typeText: string | undefined): Question {
  const address = addressOctets(nameText)
  const type = typeText === undefined ? (address === undefined ? A.number : PTR.number) : parseType(typeText)
  if (address !== undefined) return { name: reverseName(address), type }
  return { name: parseName(nameText), type }
}

/** Throws DnsError `usage`. */
export function parseType(text: string): number {
  const word = text.toUpperCase()
  const type = word === 'ANY' ? TYPE_ANY : typeNumber(word)
  if (type < 0) throw new DnsError('usage', `'${text.slice(0, 40)}' is no record type`)
  return type
}

/** RFC 1035 §3.5, RFC 3596 §2.5. */
function reverseName(address: Uint8Array): Name {
  if (address.length === 4) return Name.parse(`${[...address].reverse().join('.')}.in-addr.arpa.`)
  const digits = [...address].flatMap((octet) => [octet >>> 4, octet & 15])
  return Name.parse(
    `${digits
      .reverse()
      .map((digit) => digit.toString(16))
      .join('.')}.ip6.arpa.`,
  )
}
