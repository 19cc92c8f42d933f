/** Addresses as libc takes them: sockaddr_in and sockaddr_in6. */

export const AF_INET = 2
export const AF_INET6 = 10

/** The sockaddr of an address of 4 or 16 octets and a port. */
export function socketName(address: Uint8Array, port: number): Uint8Array {
  const isIpv6 = address.length === 16
  const name = new Uint8Array(isIpv6 ? 28 : 16)
  name[0] = isIpv6 ? AF_INET6 : AF_INET
  name[2] = port >>> 8
  name[3] = port
  name.set(address, isIpv6 ? 8 : 4)
  return name
}
