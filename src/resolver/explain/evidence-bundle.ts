/**
 * A file of evidence: one question with all that was exchanged to answer it, the anchors and the time, so that anybody can judge
 * it again without a network. JSON with a version; what is read may come from a stranger and is held to bounds.
 */
import type { Name } from '../../dns/name/index.ts'
import type { TrustAnchor } from '../../dnssec/index.ts'
import type { Protocol, UnixSeconds } from '../../ports/index.ts'
import type { RootHint } from '../settings.ts'
import { BUNDLE_VERSION, EVIDENCE_FORMAT, openEvidence } from './evidence-format.ts'
import { exchangeJson, readExchanges, readProtocol, textOfAddress } from './exchange-json.ts'
import type { Fields } from './fields.ts'
import type { RecordedExchange } from './recording.ts'

const MAX_ANCHORS = 1000
const MAX_HINTS = 100
const ROUTES = ['root', 'forwarder'] as const

/** Where answers came from: root servers by hints, one root server, or one resolver. */
export type EvidenceSource =
  | { readonly kind: 'hints'; readonly hints: readonly RootHint[] }
  | {
      readonly kind: (typeof ROUTES)[number]
      readonly address: Uint8Array
      readonly port: number
      readonly protocol: Protocol
    }

/** What a question is answered from. */
export type EvidencePlan = {
  readonly name: Name
  readonly type: number
  readonly anchors: readonly TrustAnchor[]
  readonly source: EvidenceSource
  readonly allowLoopbackServers: boolean
  /** When it was asked. */
  readonly takenAt: UnixSeconds
  /** The time that signatures are held to. */
  readonly at: UnixSeconds
  /** Of the choice among servers. */
  readonly seed: number
}

export type EvidenceBundle = EvidencePlan & { readonly exchanges: readonly RecordedExchange[] }

export function encodeBundle(bundle: EvidenceBundle): string {
  const { name, type, anchors, source, allowLoopbackServers, takenAt, at, seed, exchanges } = bundle
  const lines = [
    `"format":"${EVIDENCE_FORMAT}","version":${BUNDLE_VERSION}`,
    `"name":${JSON.stringify(name)},"type":${type},"takenAt":${takenAt},"at":${at},"seed":${seed}`,
    `"allowLoopbackServers":${allowLoopbackServers},"source":${JSON.stringify(sourceJson(source))}`,
    `"anchors":${JSON.stringify(anchors.map(({ rdata, ...rest }) => ({ ...rest, rdata: rdata.toBase64() })))}`,
    `"exchanges":[\n${exchanges.map((exchange) => `  ${JSON.stringify(exchangeJson(exchange))}`).join(',\n')}\n]`,
  ]
  return `{${lines.join(',\n')}}\n`
}

function sourceJson(source: EvidenceSource): object {
  if (source.kind !== 'hints') return { ...source, address: textOfAddress(source.address) }
  return {
    ...source,
    hints: source.hints.map(({ name, addresses }) => ({ name, addresses: addresses.map(textOfAddress) })),
  }
}

/** Throws DnsError `input-unreadable` that names `file` and the place in it that is wrong. */
export function decodeBundle(text: string, file: string): EvidenceBundle {
  return bundleOf(openEvidence(text, file, [BUNDLE_VERSION]))
}

export function bundleOf(fields: Fields): EvidenceBundle {
  return {
    name: fields.name('name'),
    type: fields.count('type', 0xffff),
    takenAt: fields.count('takenAt', 0xffffffff),
    at: fields.count('at', 0xffffffff),
    seed: fields.count('seed', 0xffffffff),
    allowLoopbackServers: fields.flag('allowLoopbackServers'),
    source: readSource(fields.object('source')),
    anchors: fields.list('anchors', MAX_ANCHORS).map(readAnchor),
    exchanges: readExchanges(fields),
  }
}

function readSource(fields: Fields): EvidenceSource {
  const kind = fields.oneOf('kind', ['hints', ...ROUTES])
  if (kind !== 'hints') {
    return {
      kind,
      address: fields.address('address'),
      port: fields.count('port', 0xffff),
      protocol: readProtocol(fields),
    }
  }
  const hints = fields.list('hints', MAX_HINTS).map((hint) => ({
    name: hint.name('name'),
    addresses: hint.texts('addresses', MAX_HINTS).map((text) => hint.addressOf('addresses', text)),
  }))
  return { kind, hints }
}

function readAnchor(fields: Fields): TrustAnchor {
  const kind = fields.oneOf('kind', ['ds', 'dnskey'])
  const rdata = fields.octets('rdata')
  if (rdata.length <= 4) fields.fail('rdata', `is none of a ${kind} record`)
  const [validFrom, validUntil] = [fields.time('validFrom'), fields.time('validUntil')]
  return {
    zone: fields.name('zone'),
    kind,
    rdata,
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
  }
}
