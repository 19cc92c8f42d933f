/**
 * Trust points in the file form of Unbound's auto-trust-anchor-file: read to take over from Unbound, printed to go back to it
 * and to compare with it. Either plain DS and DNSKEY records, or what Unbound saved: `;;` lines about the point, and behind
 * each key its state, count and time.
 *
 * What it does not do: origins, revocations of hold-down (`vouchers`), and keys that were revoked and removed (`revokedKeys`),
 * which that form has no words for.
 */
import { DnsError } from '../../dns/errors.ts'
import type { UnixSeconds } from '../../dns/presentation/index.ts'
import { algorithmName, computeKeyTag, type DnskeyRecord, type DsRecord, parseKeyRecords } from '../../dnssec/index.ts'
import { ADD_HOLD_SECONDS } from './hold-times.ts'
import { type AnchorState, isEntryPoint, makeTrustPoint, type PointAnchor, type TrustPoint } from './trust-point.ts'

/** Times are as they stand in the file: those of the wall clock. */
export type AutotrustPoint = TrustPoint<number>

/** The states by their numbers there; 0 and 5 are keys of which nothing is kept. */
const STATES: readonly (AnchorState | undefined)[] = [undefined, 'AddPend', 'Valid', 'Missing', 'Revoked', undefined]
const LABELS: readonly string[] = ['  START  ', ' ADDPEND ', '  VALID  ', ' MISSING ', ' REVOKED ', ' REMOVED ']
const MAX_TEXT = 1 << 18

/** Throws DnsError `key-invalid` when there is no anchor in it, or of several zones; TextError where a record does not parse. */
export function parseAutotrust(text: string, file: string): AutotrustPoint {
  if (text.length > MAX_TEXT) throw new DnsError('limit-exceeded', `${file}: has more than ${MAX_TEXT} octets`)
  const anchors: PointAnchor<number>[] = []
  let zone: AutotrustPoint['zone'] | undefined
  const heads = new Map<string, number>()
  let isRevoked = false
  for (const [number, line] of joinLines(text).entries()) {
    const head = /^;;\s*([a-z_]+):\s*(\d{1,15})/.exec(line)
    if (head?.[1] !== undefined) heads.set(head[1], Number(head[2]))
    if (/^;;REVOKED/.test(line)) isRevoked = true
    const record = parseLine(line, `${file}:${number + 1}`)
    if (record === undefined) continue
    zone ??= record.owner
    if (!zone.equals(record.owner))
      throw new DnsError('key-invalid', `${file}: holds anchors of ${zone} and ${record.owner}`)
    const anchor = anchorOf(record, line)
    if (anchor !== undefined) anchors.push(anchor)
  }
  if (zone === undefined) throw new DnsError('key-invalid', `${file}: there is no trust anchor in this file`)
  const point = makeTrustPoint(zone)
  const configured = anchors
    .filter(({ origin }) => origin === 'configured')
    .map(({ kind, rdata }) => ({ zone: point.zone, kind, rdata }))
  return {
    ...point,
    anchors,
    configured,
    isRevoked,
    lastQueried: heads.get('last_queried') ?? 0,
    lastSuccess: heads.get('last_success') ?? 0,
    nextProbe: heads.get('next_probe_time') ?? 0,
    failures: heads.get('query_failed') ?? 0,
    querySeconds: heads.get('query_interval') ?? point.querySeconds,
    retrySeconds: heads.get('retry_time') ?? point.retrySeconds,
  }
}

/** Lines, those within parentheses as one. */
function joinLines(text: string): string[] {
  const lines: string[] = []
  let open = ''
  for (const line of text.split(/\r?\n/)) {
    const plain = line.replace(/;.*/, '')
    const whole = open === '' ? line : `${open} ${plain}`
    if (whole.split('(').length > whole.split(')').length && !whole.startsWith(';')) open = whole.replace(/;.*/, '')
    else {
      lines.push(whole)
      open = ''
    }
  }
  if (open !== '') lines.push(open)
  return lines
}

/** The DS or DNSKEY record of a line; undefined for what else may stand there. */
function parseLine(line: string, place: string): DnskeyRecord | DsRecord | undefined {
  const plain = line.replace(/;.*/, '').trim()
  if (plain === '' || /\s(RRSIG|SOA|NS)\s/i.test(plain)) return undefined
  return parseKeyRecords(`${plain}\n`, place)[0]
}

function fieldOf(line: string, name: 'state' | 'lastchange' | 'count'): number | undefined {
  const match = new RegExp(`;;${name}=(\\d{1,15})`).exec(line)
  return match === null ? undefined : Number(match[1])
}

function anchorOf(record: DnskeyRecord | DsRecord, line: string): PointAnchor<number> | undefined {
  const { rdata } = record
  const stateNumber = fieldOf(line, 'state')
  const base = { rdata, since: fieldOf(line, 'lastchange') ?? 0, seen: fieldOf(line, 'count') ?? 0, vouchers: [] }
  if (record.type === 'DS') return { ...base, kind: 'ds', state: 'DSPending', holdSeconds: 0, origin: 'configured' }
  const state = stateNumber === undefined ? 'Valid' : STATES[stateNumber]
  if (state === undefined) return undefined
  // In the saved form nobody can tell what a person named: what counts is taken to be his word.
  const isPending = state === 'AddPend'
  const holdSeconds = isPending ? ADD_HOLD_SECONDS : 0
  return { ...base, kind: 'dnskey', state, holdSeconds, origin: isPending ? 'learned' : 'configured' }
}

/** The saved form, keys only. DS anchors that wait for their key have no place in it: they are written as plain records. */
export function printAutotrust(point: AutotrustPoint): string {
  const at = (time: UnixSeconds): string => `${time} ;;${calendar(time)}`
  const lines = ['; autotrust trust anchor file']
  if (point.isRevoked) {
    lines.push(';;REVOKED', '; All keys of the zone are revoked: it is as if it had no trust anchor.')
  }
  lines.push(
    `;;id: ${point.zone} 1`,
    `;;last_queried: ${at(point.lastQueried)}`,
    `;;last_success: ${at(point.lastSuccess)}`,
    `;;next_probe_time: ${at(point.nextProbe)}`,
    `;;query_failed: ${point.failures}`,
    `;;query_interval: ${point.querySeconds}`,
    `;;retry_time: ${point.retrySeconds}`,
  )
  for (const anchor of point.anchors) {
    const number = STATES.indexOf(anchor.state)
    if (anchor.kind === 'ds') lines.push(printDs(point, anchor.rdata))
    else if (number > 0)
      lines.push(`${printKey(point, anchor.rdata)} ${printState(anchor, number)}${calendar(anchor.since)}`)
  }
  return `${lines.join('\n')}\n`
}

function printState(anchor: PointAnchor<number>, number: number): string {
  const state = `;;state=${number} [${LABELS[number]}]`
  return `${state} ;;count=${anchor.seen} ;;lastchange=${anchor.since} ;;`
}

function printDs(point: AutotrustPoint, rdata: Uint8Array): string {
  const [, , algorithm, digestType] = rdata
  const tag = ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0)
  return `${point.zone}\t3600\tIN\tDS\t${tag} ${algorithm} ${digestType} ${rdata.subarray(4).toHex()}`
}

function printKey(point: AutotrustPoint, rdata: Uint8Array): string {
  const flags = ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0)
  const algorithm = rdata[3] ?? 0
  const key = `${flags} 3 ${algorithm} ${rdata.subarray(4).toBase64()}`
  const note = `{id = ${computeKeyTag(rdata)} (${isEntryPoint(rdata) ? 'ksk' : 'zsk'}), ${algorithmName(algorithm)}}`
  return `${point.zone}\t3600\tIN\tDNSKEY\t${key} ;${note}`
}

/** `Mon Aug 24 07:46:40 2009`, in UTC. */
function calendar(time: UnixSeconds): string {
  const [day, date, month, year, clock] = new Date(time * 1000).toUTCString().replace(',', '').split(' ')
  return `${day} ${month} ${date?.replace(/^0/, ' ')} ${clock} ${year}`
}
