/**
 * IP addresses as text and as octets: 4 for IPv4, 16 for IPv6. An IPv4 address in IPv6's mapped form (::ffff:192.0.2.1) is
 * the IPv4 address, so that one client has one form.
 *
 * What it does not do: short IPv4 forms such as `127.1`, zone indices (`fe80::1%eth0`), host names.
 */
import ipaddr from 'ipaddr.js'
import { DnsError } from '../dns/errors.ts'

/** An address and a port. */
export type SocketAddress = { readonly address: Uint8Array; readonly port: number }

const MAX_TEXT = 80

/** The octets, or undefined when the text is no address. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  if (text.length > MAX_TEXT || text.includes('%')) return undefined
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return Uint8Array.from(ipaddr.IPv4.parse(text).toByteArray())
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return undefined
  const address = ipaddr.IPv6.parse(text)
  return Uint8Array.from(address.isIPv4MappedAddress() ? address.toIPv4Address().toByteArray() : address.toByteArray())
}

/** The address as RFC 5952 writes it. */
export function formatIpAddress(address: Uint8Array): string {
  return address.length === 4
    ? new ipaddr.IPv4([...address]).toString()
    : new ipaddr.IPv6([...address]).toRFC5952String()
}

/**
 * `192.0.2.1`, `192.0.2.1:5300`, `2001:db8::1`, `[2001:db8::1]:5300`; without a port it is `defaultPort`. Port 0 is left to the caller's taste.
 * Throws DnsError `configuration-invalid`.
 */
export function parseSocketAddress(text: string, defaultPort: number): SocketAddress {
  const bare = parseIpAddress(text)
  if (bare !== undefined) return { address: bare, port: defaultPort }
  const [, v6, v4, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text.slice(0, MAX_TEXT + 8)) ?? []
  const address = parseIpAddress(v6 ?? v4 ?? '')
  if (address === undefined) throw new DnsError('configuration-invalid', explain(text))
  const port = digits === undefined ? defaultPort : Number(digits)
  if (port > 65535) throw new DnsError('configuration-invalid', `port ${port} is beyond 65535`)
  return { address, port }
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function formatSocketAddress({ address, port }: SocketAddress): string {
  const text = formatIpAddress(address)
  return address.length === 4 ? `${text}:${port}` : `[${text}]:${port}`
}

function explain(text: string): string {
  const shown = text.slice(0, 40)
  if (text.includes('%')) return `'${shown}': addresses with a zone index (%) are not supported`
  if (text.startsWith('*:')) return `'${shown}' is no address: all addresses are 0.0.0.0 and [::]`
  if (/^[0-9.]+@\d+$/.test(text)) return `'${shown}' is no address: the port stands after a colon`
  if (/[g-z]/i.test(text)) return `'${shown}' is no IP address, and names are not looked up here`
  return `'${shown}' is no IP address with an optional port, such as 192.0.2.1:53 or [2001:db8::1]:53`
}

/** 127.0.0.0/8 and ::1. */
export function isLoopbackAddress(address: Uint8Array): boolean {
  return address.length === 4 ? address[0] === 127 : address.every((octet, i) => octet === (i === 15 ? 1 : 0))
}
