import type { Endpoint } from '../../ports/index.ts'

/** A string that tells servers apart: for maps, not for people. */
export function serverKey({ address, port }: Pick<Endpoint, 'address' | 'port'>): string {
  let key = String.fromCharCode(port)
  for (let i = 0; i + 1 < address.length; i += 2) key += String.fromCharCode((address[i]! << 8) | address[i + 1]!)
  return key
}
