/**
 * The names that a resolver answers for by itself, as data: special-use names (RFC 6761 and those after it) and the empty zones
 * of addresses that mean nothing beyond a network (RFC 6303, RFC 7793).
 */

/** The special-use names that have a switch of their own. */
export type SpecialUse = 'localhost' | 'invalid' | 'test' | 'onion' | 'alt' | 'homeArpa' | 'resolverArpa' | 'local'

/**
 * What is said of a zone. `absent`: neither it nor anything below exists. `empty`: an apex with SOA and NS, nothing below.
 * `bare`: names exist and have no data. `loopback`: every name is this machine.
 */
export type SpecialKind = 'absent' | 'empty' | 'bare' | 'loopback'

export type SpecialZone = {
  readonly name: string
  readonly kind: SpecialKind
  /** The parent proves that it is not signed, to whoever asks for its DS records (RFC 8375 §4): those go there. */
  readonly isDelegated: boolean
}

export const SPECIAL_USES: Readonly<Record<SpecialUse, SpecialZone>> = {
  localhost: { name: 'localhost.', kind: 'loopback', isDelegated: false },
  invalid: { name: 'invalid.', kind: 'absent', isDelegated: false },
  test: { name: 'test.', kind: 'absent', isDelegated: false },
  onion: { name: 'onion.', kind: 'absent', isDelegated: false },
  alt: { name: 'alt.', kind: 'absent', isDelegated: false },
  local: { name: 'local.', kind: 'absent', isDelegated: false },
  homeArpa: { name: 'home.arpa.', kind: 'empty', isDelegated: true },
  // RFC 9462 §6.4: no answer to any type but to SVCB of _dns, which only those have who name a resolver there.
  resolverArpa: { name: 'resolver.arpa.', kind: 'bare', isDelegated: true },
}

/** Reversed labels of an IPv4 prefix. */
const in4 = (labels: string) => `${labels}.in-addr.arpa.`
/** The same of IPv6, hexadecimal digits from the right. */
const in6 = (digits: string) => `${[...digits].join('.')}.ip6.arpa.`
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** RFC 6303 §4, and §3 of RFC 7793. */
export const EMPTY_ZONES: readonly string[] = [
  in4('10'),
  ...range(16, 31).map((octet) => in4(`${octet}.172`)),
  in4('168.192'),
  in4('0'),
  in4('127'),
  in4('254.169'),
  in4('2.0.192'),
  in4('100.51.198'),
  in4('113.0.203'),
  in4('255.255.255.255'),
  ...range(64, 127).map((octet) => in4(`${octet}.100`)),
  in6('0'.repeat(32)),
  in6(`1${'0'.repeat(31)}`),
  in6('df'),
  in6('8ef'),
  in6('9ef'),
  in6('aef'),
  in6('bef'),
  in6('8bd01002'),
]

/** The names of the loopback addresses, which are worth a name (RFC 6303 §4.2). */
export const LOOPBACK_REVERSES: readonly string[] = [in4('1.0.0.127'), in6(`1${'0'.repeat(31)}`)]
