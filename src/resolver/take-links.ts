/** What an answer holds: its RRsets go to the caches, its links to whoever asked. */
import { type Name, skipName } from '../dns/name/index.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import { bitmapHas, CLASS_IN, CNAME, DS, NS, NSEC, NSEC3, SOA } from '../dns/rr/index.ts'
import { RCODE_NOERROR, RCODE_NXDOMAIN, RCODE_YXDOMAIN } from '../dns/wire/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import { type Caches, Rank } from './cache/index.ts'
import type { Sorted } from './classify.ts'
import type { Chain } from './links.ts'
import type { Reply } from './reply.ts'
import type { Routes } from './routes.ts'
import type { ResolverSettings } from './settings.ts'

export type TakeLinksParts = {
  readonly caches: Caches
  readonly routes: Routes
  readonly settings: Pick<ResolverSettings, 'takeChildServers'>
}

export type TakenLinks = {
  /** The first link, of the name that was asked for. */
  readonly link: Response
  /** Those that follow it: of other names. */
  readonly rest: readonly Response[]
}

/**
 * Where an answer came from. `expires`: when the delegation to `zone` ends. `isAnew`: what is cached is not good enough, and is not
 * what is wanted.
 */
type Origin = {
  readonly zone: Name
  readonly expires: SteadySeconds
  readonly server: string
  /** The server is authoritative for the name that was asked for, and says so. */
  readonly isAuthoritative: boolean
  readonly isAnew: boolean
}

/** Puts what an answer holds into the caches, unless it is this server's own word, and takes the links from it. */
export function takeLinks(
  { caches, routes, settings }: TakeLinksParts,
  name: Name,
  type: number,
  sorted: Extract<Sorted, { kind: 'answer' | 'nodata' | 'nxdomain' }>,
  { authority: servers }: Reply,
  { zone, expires, server, isAuthoritative, isAnew }: Origin,
  now: SteadySeconds,
): TakenLinks {
  const { chain } = sorted
  const isOwn = routes.isOwnWord(zone, server)
  const rank = isAuthoritative ? Rank.authoritativeAnswer : Rank.answer
  const keep = (set: RRset): RRset => {
    // Neither a zone itself nor the zones below it outlive the delegation to it.
    const end = set.type === NS.number || set.type === DS.number ? expires : undefined
    const kept = isOwn ? set : caches.rrsets.put(set, rank, now, end)
    return isAnew ? set : kept
  }
  if (settings.takeChildServers) keepServers(caches, servers, zone, expires, now)
  keepAbsentDs(caches, chain, zone, now)
  const links: Response[] = chain.aliases.map((link) => ({
    ...link,
    // A CNAME that a DNAME makes is nothing without it.
    answer: link.answer.map((set) => (set.type === CNAME.number && link.answer.length > 1 ? set : keep(set))),
  }))
  const last = { name: chain.name, type, class: CLASS_IN, isAuthoritative, additional: [] }
  if (chain.data.length > 0) {
    const rcode = chain.isTooLong ? RCODE_YXDOMAIN : RCODE_NOERROR
    const isMade = type === CNAME.number && chain.data.length > 1
    const answer = chain.data.map((set, i) => (isMade && i > 0 ? set : keep(set)))
    links.push({ ...last, rcode, answer, authority: chain.proofs })
  } else if (links.length === 0) {
    const soaRank = isAuthoritative ? Rank.authorityOfAuthoritative : Rank.answer
    const keepSoa = (set: RRset): RRset =>
      set.type === SOA.number && !isOwn ? caches.rrsets.put(set, soaRank, now) : set
    const authority = sorted.kind === 'answer' ? [] : sorted.authority.map(keepSoa)
    links.push({ ...last, rcode: sorted.kind === 'nxdomain' ? RCODE_NXDOMAIN : RCODE_NOERROR, answer: [], authority })
  }
  const [link = { ...last, name, rcode: 0, answer: [], authority: [] }, ...rest] = links
  if (isOwn) routes.noteOwn(link, rest)
  return { link, rest }
}

/** Zones on the way to an alias' target of which proofs beside the alias may say that they have no DS. */
const MOST_CUTS = 4

/**
 * Proofs that came with an alias may say of zones on the way to its target that they have no DS: of which, the owner of an NSEC
 * says, while that of an NSEC3 does not. They are kept for the names below the zone that was asked, the nearest first.
 */
function keepAbsentDs({ absentDs }: Caches, { aliases, name, proofs }: Chain, zone: Name, now: SteadySeconds): void {
  for (const set of proofs) if (isNsecOfCut(set)) absentDs.put(set.owner, [set], now)
  if (aliases.length === 0 || !name.isAtOrBelow(zone)) return
  const hashed = proofs.filter(({ type }) => type === NSEC3.number)
  if (hashed.length === 0) return
  const most = zone.labelCount + MOST_CUTS
  for (let at = name; at.labelCount > zone.labelCount; at = at.parent) {
    if (at.labelCount <= most && absentDs.find(at, now) === undefined) absentDs.put(at, hashed, now)
  }
}

/** The servers that a zone tells of itself beside an answer. */
function keepServers(
  { rrsets }: Caches,
  authority: readonly RRset[],
  zone: Name,
  end: SteadySeconds,
  now: SteadySeconds,
): void {
  const ns = authority.find((set) => set.type === NS.number && set.rdatas.length > 0 && set.owner.equals(zone))
  if (ns !== undefined) rrsets.put(ns, Rank.authorityOfAuthoritative, now, end)
}

/** An NSEC of a delegation without DS: it came along, and perhaps saves a question. */
function isNsecOfCut({ type, rdatas }: RRset): boolean {
  const [rdata] = rdatas
  if (type !== NSEC.number || rdata === undefined) return false
  const types = skipName(rdata, 0)
  const has = (wanted: number): boolean => bitmapHas(rdata, types, rdata.length, wanted)
  return has(NS.number) && !has(DS.number) && !has(SOA.number)
}
