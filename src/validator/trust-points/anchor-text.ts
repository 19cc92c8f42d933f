/**
 * Trust anchors as text for others: DS or DNSKEY records, or the TrustAnchors.dns of Windows. What is printed here is read by
 * `store/anchor-file.ts` and by other validators.
 */
import { computeKeyTag, makeDsRdata, type TrustAnchor } from '../../dnssec/index.ts'
import { effectiveAnchors, type TrustPoint } from './trust-point.ts'

const SHA256 = 2

/** One record, without a final line feed: `example. IN DS 20326 8 2 E06D…`. */
export function printAnchor({ zone, kind, rdata }: TrustAnchor): string {
  const head = `${zone} IN`
  const [a = 0, b = 0, c = 0, d = 0] = rdata
  const first = (a << 8) | b
  const rest = rdata.subarray(4)
  if (kind === 'ds') return `${head} DS ${first} ${c} ${d} ${rest.toHex().toUpperCase()}`
  return `${head} DNSKEY ${first} ${c} ${d} ${rest.toBase64()}`
}

/**
 * The anchors of trust points that count, a line each. `ds`: keys by their SHA-256 digest; `dnskey`: keys only, so a point whose
 * DS waits for its key is left out; `windows`: as they are, in the manner of TrustAnchors.dns.
 */
export function printTrustPoints(points: Iterable<TrustPoint>, form: 'ds' | 'dnskey' | 'windows'): string {
  const lines = form === 'windows' ? [';', '; Database file TrustAnchors.dns for TrustAnchors zone.', ';'] : []
  for (const point of points) {
    for (const anchor of effectiveAnchors(point)) {
      if (form === 'dnskey' && anchor.kind === 'ds') continue
      const wanted = form === 'ds' ? asDs(anchor) : anchor
      lines.push(form === 'windows' ? `${printAnchor(wanted)}${note(wanted)}` : printAnchor(wanted))
    }
  }
  return lines.map((line) => `${line}\n`).join('')
}

function asDs(anchor: TrustAnchor): TrustAnchor {
  if (anchor.kind === 'ds') return anchor
  const rdata = makeDsRdata(SHA256, anchor.zone, anchor.rdata)
  return rdata === 'unsupported' ? anchor : { ...anchor, kind: 'ds', rdata }
}

function note({ kind, rdata }: TrustAnchor): string {
  return kind === 'ds' ? '' : ` ; key tag = ${computeKeyTag(rdata)}`
}
