/** Policies that are written as TXT records, of which a name may have one: with a second one receivers use none of them. */
import type { Zone } from '../zone.ts'

type Policy = { readonly version: string; readonly what: string; readonly rule: string }

const POLICIES: readonly Policy[] = [
  { version: 'v=spf1', what: 'SPF', rule: 'RFC 7208 §4.5' },
  { version: 'v=dmarc1', what: 'DMARC', rule: 'RFC 7489 §6.6.3' },
  { version: 'v=stsv1', what: 'MTA-STS', rule: 'RFC 8461 §3.1' },
  { version: 'v=tlsrptv1', what: 'TLSRPT', rule: 'RFC 8460 §3' },
]

/** Most octets that tell the version: the longest of them, and what ends it. */
const HEAD = 12

/** What is wrong with a TXT RRset; undefined when there is at most one record of each kind. */
export function severalPolicies(zone: Zone, from: number, to: number): string | undefined {
  if (to - from < 2) return undefined
  const heads = Array.from({ length: to - from }, (_, i) => headOf(zone, from + i))
  for (const { version, what, rule } of POLICIES) {
    const count = heads.filter(
      (head) => head.startsWith(version) && !/[a-z0-9]/.test(head.charAt(version.length)),
    ).length
    if (count < 2) continue
    return `there are ${count} ${what} records, and receivers of mail use none of several (${rule}): make one of them`
  }
  return undefined
}

/** The first octets of the text, strings joined, in lower case. */
function headOf(zone: Zone, position: number): string {
  const index = zone.records[position]!
  const { octets, rdata } = zone.table
  let head = ''
  for (let at = rdata[index]!, end = zone.table.rdataEnd(index); at < end && head.length < HEAD; ) {
    const length = octets[at]!
    head += String.fromCharCode(...octets.subarray(at + 1, at + 1 + Math.min(length, HEAD)))
    at += length + 1
  }
  return head.slice(0, HEAD).toLowerCase()
}
