/**
 * Addresses: 4 or 16 octets inside, text for people. `192.0.2.1:53` and `[2001:db8::1]:853` in errors, logs and the
 * configuration; IPv6 as RFC 5952 writes it. An IPv4 address that is mapped into IPv6 (RFC 4291 §2.5.5.2) is the IPv4 address.
 *
 * What it does not do: names, prefixes, zones of link-local addresses (`%eth0` is accepted from the system and dropped).
 */
import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { DnsError } from '../dns/errors.ts'

/** Where a server listens, or is asked. */
export type SocketAddress = { readonly address: Uint8Array; readonly port: number }

/** `192.0.2.1:53`, `[2001:db8::1]:853`, or a bare address with the default port. Throws DnsError `configuration-invalid`. */
export function parseSocketAddress(text: string, defaultPort: number): SocketAddress {
  const fail = (reason: string): never => {
    throw new DnsError('configuration-invalid', `'${text.slice(0, 80)}' is no address: ${reason}`)
  }
  const bare = parseAddress(text)
  if (bare !== undefined) return { address: bare, port: defaultPort }
  const parts = /^(?:\[([^[\]]+)\]|([^:[\]]+))(?::([0-9]{1,5}))?$/.exec(text)
  if (parts === null) return fail('expected 192.0.2.1, 192.0.2.1:53, 2001:db8::1 or [2001:db8::1]:53')
  const [, bracketed, plain, digits] = parts
  if (bracketed !== undefined && !isIPv6(bracketed)) return fail('only an IPv6 address stands in brackets')
  const address = parseAddress(bracketed ?? plain ?? '')
  if (address === undefined) return fail('expected an IPv4 or IPv6 address, not a name')
  const port = digits === undefined ? defaultPort : Number(digits)
  if (port > 65535) return fail(`a port is at most 65535, not ${digits}`)
  return { address, port }
}

/** `192.0.2.1:53`, `[2001:db8::1]:853`. */
export function formatSocketAddress({ address, port }: SocketAddress): string {
  const text = formatAddress(address)
  return address.length === 16 ? `[${text}]:${port}` : `${text}:${port}`
}

/** The octets of an address, 4 for one that is mapped into IPv6; undefined when it is none. A zone (`%eth0`) is dropped. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number)
  if (!isIPv6(text)) return undefined
  // The library reads ::192.0.2.1 as ::ffff:192.0.2.1, hence hexadecimal instead of a dotted end.
  const plain = text
    .replace(/%.*$/, '')
    .replace(/[0-9.]+\.[0-9]+$/, (tail) => (parseAddress(tail)?.toHex() ?? tail).replace(/^(.{4})(.{4})$/, '$1:$2'))
  const octets = Uint8Array.from(ipaddr.IPv6.parse(plain).toByteArray())
  return isMapped(octets) ? octets.slice(12) : octets
}

/** The text of 4 or 16 octets. Throws RangeError for any other number of them. */
export function formatAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.')
  if (octets.length !== 16) throw new RangeError(`an address has 4 or 16 octets, not ${octets.length}`)
  return new ipaddr.IPv6([...octets]).toRFC5952String()
}

/** 0.0.0.0 or ::, which stand for every address of this machine. */
export function isWildcardAddress(octets: Uint8Array): boolean {
  return octets.every((octet) => octet === 0)
}

function isMapped(octets: Uint8Array): boolean {
  return octets[10] === 0xff && octets[11] === 0xff && octets.subarray(0, 10).every((octet) => octet === 0)
}

/**
 * Reads the addresses that the system gives with each connection or datagram. The same few come again and again, so the last
 * ones are kept. An address that does not parse, which the system never gives, is read as 0.0.0.0.
 */
export class AddressReader {
  readonly #known = new Map<string, Uint8Array>()
  readonly #limit: number

  constructor(limit = 4096) {
    this.#limit = limit
  }

  read(text: string): Uint8Array {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const octets = parseAddress(text) ?? new Uint8Array(4)
    if (this.#known.size >= this.#limit) this.#known.clear()
    this.#known.set(text, octets)
    return octets
  }
}
