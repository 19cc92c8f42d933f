/** RRsets for tests of caches, from lines of a master file. */
import { Name } from '../../dns/name/index.ts'
import { parseRdata, typeNumber } from '../../dns/rr/index.ts'
import type { RRset, Security } from '../../dnssec/index.ts'

/** An RRset of one or more records `RDATA`, that was received at `now`. */
export function rrsetOf(
  owner: string,
  ttl: number,
  mnemonic: string,
  rdatas: string | readonly string[],
  { now = 0, security = 'unchecked' }: { readonly now?: number; readonly security?: Security } = {},
): RRset {
  const type = typeNumber(mnemonic) ?? 0
  const list = typeof rdatas === 'string' ? [rdatas] : rdatas
  return {
    owner: Name.parse(owner),
    type,
    class: 1,
    ttl,
    expires: now + ttl,
    rdatas: list.map((text) => parseRdata(type, text)),
    signatures: [],
    security,
  }
}

/** The RDATA of a SOA with this last field. */
export function soaText(minimum: number): string {
  return `ns.example. host.example. 1 7200 3600 1209600 ${minimum}`
}
