/** The settings of the resolver: whom it asks and how, what it keeps, what it believes, which names it answers by itself. */
import * as z from 'zod'
import type { UnixSeconds } from '../../ports/index.ts'
import {
  accessList,
  count,
  domainName,
  filePath,
  flag,
  forwarder,
  network,
  remote,
  seconds,
  section,
  setting,
  size,
} from './settings.ts'

const DAY = 86_400
const WEEK = 7 * DAY
const MIB = 2 ** 20
const GIB = 2 ** 30

function serveStaleSettings() {
  return section({
    enabled: setting(
      flag().prefault(false),
      'Answers from data that is past its TTL when no server answers (RFC 8767).',
    ),
    maxSeconds: setting(seconds(1, WEEK).prefault(DAY), 'How long past its TTL data is still used.'),
    clientMilliseconds: setting(
      count(0, 10_000).prefault(1800),
      'How long a client waits before it gets stale data; the search for better goes on meanwhile.',
    ),
  }).prefault({})
}

function cacheSettings() {
  return section({
    rrsetOctets: setting(size(MIB, 64 * GIB).prefault('64MiB'), 'Memory for RRsets.', { restart: true }),
    messageOctets: setting(size(MIB, 64 * GIB).prefault('32MiB'), 'Memory for what questions came to.', {
      restart: true,
    }),
    answerOctets: setting(
      size(MIB, 8 * GIB).prefault('32MiB'),
      'Memory, shared by the workers, for answers that are ready to be sent again.',
      { restart: true },
    ),
    minTtl: setting(
      seconds(0, 3600).prefault(0),
      'Data is kept at least so long, whatever its TTL. Above 0, changes of others are seen late.',
      { restart: true },
    ),
    maxTtl: setting(seconds(1, WEEK).prefault(DAY), 'Data is kept at most so long.', { restart: true }),
    maxNegativeTtl: setting(
      seconds(1, DAY).prefault(3600),
      'That a name or type does not exist is remembered at most so long (RFC 2308 §5).',
      { restart: true },
    ),
    failureSeconds: setting(
      seconds(1, 300).prefault(5),
      'A failure is remembered so long, and longer each time it comes again (RFC 9520 §3.2).',
      { restart: true },
    ),
  }).prefault({})
}

function skewSettings() {
  return section({
    sharePercent: setting(
      count(0, 50).prefault(10),
      "How far, in hundredths of a signature's lifetime, its times may be off: clocks of others are.",
    ),
    leastSeconds: setting(seconds(0, DAY).prefault(3600), 'That much is always allowed.'),
    mostSeconds: setting(seconds(0, WEEK).prefault(DAY), 'More than that never.'),
  }).prefault({})
}

function validationSettings() {
  return section({
    enabled: setting(flag().prefault(true), 'Validates whatever is fetched (RFC 4035), for all clients.'),
    hardenAlgorithmDowngrade: setting(
      flag().prefault(false),
      'Every algorithm that the parent announces must sign, not just one (against RFC 6840 §5.11).',
    ),
    maxNsec3Iterations: setting(
      count(0, 2500).prefault(150),
      'Zones that ask for more NSEC3 iterations are treated as not signed (RFC 9276 §3.2). RFC 9276 wants zones to have 0; zones of older Windows servers have 50.',
    ),
    skew: setting(skewSettings(), 'Tolerance of times of signatures.'),
    maxKeySeconds: setting(seconds(60, WEEK).prefault(DAY), 'Keys of zones are remembered at most so long.'),
    bogusSeconds: setting(
      seconds(1, 3600).prefault(60),
      'That data is bogus is remembered so long: a repaired zone works again after it.',
    ),
  }).prefault({})
}

function negativeAnchorSettings() {
  const until = z.iso.datetime({ offset: true, error: 'must be a time such as "2026-12-01T00:00:00Z"' })
  return section({
    name: setting(domainName(), 'At and below it, nothing is validated (RFC 7646).'),
    until: setting(
      until
        .transform((text): UnixSeconds => Math.floor(Date.parse(text) / 1000))
        .meta({ kind: 'time' })
        .optional(),
      'When it ends.',
      { otherwise: 'with the next start' },
    ),
  })
}

function localRootSettings(folder: string) {
  return section({
    enabled: setting(
      flag().prefault(false),
      'Keeps a copy of the root zone and asks it in place of the root servers (RFC 8806). For mode recursive.',
      { restart: true },
    ),
    primaries: setting(z.array(remote(folder)).prefault([]), 'Servers that the root zone is transferred from.', {
      restart: true,
    }),
    file: setting(filePath(folder).optional(), 'The root zone as a master file, in place of a transfer.', {
      restart: true,
    }),
    zonemd: setting(
      flag().prefault(true),
      'The copy counts only when its digest (ZONEMD, RFC 8976) proves it good. Where no digest is of a supported scheme and hash algorithm, its signatures must verify.',
      {
        restart: true,
      },
    ),
  }).prefault({})
}

function flightRecorderSettings() {
  return section({
    enabled: setting(
      flag().prefault(true),
      'Keeps the evidence of the last failures, for `signet explain --from-server`. It is in memory only. A change of this section empties it.',
    ),
    maxMemory: setting(
      size(MIB, GIB).optional(),
      'Memory for it. What failed longest ago is dropped first; of each zone and cause, the last four failures are kept.',
      { otherwise: '64MiB' },
    ),
  }).prefault({})
}

/** The special names, each with its switch: what a resolver says of them by itself. */
function specialNameSettings() {
  const on = (help: string) => setting(flag().prefault(true), help)
  return section({
    localhost: on('localhost. and below is this machine: 127.0.0.1 and ::1 (RFC 6761 §6.3).'),
    invalid: on('invalid. does not exist (RFC 6761 §6.4).'),
    test: on('test. does not exist, unless it is set up here (RFC 6761 §6.2).'),
    onion: on('onion. is none of the DNS and is told to no server (RFC 7686).'),
    alt: on('alt. is none of the DNS (RFC 9476).'),
    homeArpa: on('home.arpa. is empty, unless it is set up here (RFC 8375).'),
    resolverArpa: on('resolver.arpa. speaks of this resolver and is asked of no other (RFC 9462).'),
    local: on('local. belongs to multicast DNS (RFC 6762 §22.1); where it is a domain, set it up as a zone.'),
  }).prefault({})
}

/** Who is asked. */
function askingRows(folder: string) {
  return {
    mode: setting(
      z.enum(['recursive', 'forward']).prefault('recursive'),
      'Asks from the root down, or asks `forwarders`.',
    ),
    forwarders: setting(z.array(forwarder(folder)).prefault([]), 'The resolvers that mode forward asks.'),
    forwardFirst: setting(flag().prefault(false), 'When no forwarder answers, asks from the root down.'),
    rootHints: setting(filePath(folder).optional(), 'A master file with the names and addresses of the root servers.', {
      otherwise: 'built in',
    }),
    localRoot: setting(localRootSettings(folder), 'A copy of the root zone.'),
    ipv4: setting(flag().prefault(true), 'Asks servers at IPv4 addresses.'),
    ipv6: setting(flag().prefault(true), 'Asks servers at IPv6 addresses.'),
    allowLoopbackServers: setting(
      flag().prefault(false),
      'Asks servers at loopback addresses that it learned of. Those that the configuration names are always asked.',
    ),
    qnameMinimisation: setting(flag().prefault(true), 'Tells servers no more of a name than they need (RFC 9156).'),
    caseRandomisation: setting(
      flag().prefault(false),
      'Asks in random upper and lower case and expects it back: harder to forge, and some servers mind.',
    ),
    cookies: setting(flag().prefault(true), 'Uses DNS cookies with servers (RFC 7873).'),
    socketPoolSize: setting(
      count(1, 20_000).prefault(2500),
      'UDP ports that queries leave from, chosen at random. Few are easy to guess (RFC 5452).',
      { restart: true },
    ),
    maxOutstanding: setting(count(10, 100_000).prefault(5000), 'Questions that are worked on at once.'),
    maxOutstandingPerClient: setting(
      count(1, 100_000).prefault(1000),
      'The same for one client. One more is answered SERVFAIL.',
    ),
  }
}

/** What is believed. */
function trustRows(folder: string) {
  return {
    trustAnchors: setting(
      z.array(filePath(folder)).prefault([]),
      "Files with trust anchors: DS or DNSKEY records as text, TrustAnchors.dns, or IANA root-anchors.xml. The root's are built in; a file with others for the root replaces them.",
    ),
    rootTrustAnchors: setting(flag().prefault(true), 'Whether the built-in anchors of the root are used.'),
    negativeTrustAnchors: setting(
      z.array(negativeAnchorSettings()).prefault([]),
      'Names whose validation is known to fail.',
    ),
    validation: setting(validationSettings(), 'Validation (DNSSEC).'),
    rfc5011: setting(flag().prefault(true), 'Follows the rollovers of trust points (RFC 5011).'),
    rootKeySentinel: setting(flag().prefault(true), 'Answers by its trust anchors to sentinel names (RFC 8509).'),
    trustAnchorSignaling: setting(
      flag().prefault(true),
      'Tells the servers of a trust point which anchors are held for it (RFC 8145).',
    ),
    errorReporting: setting(
      flag().prefault(false),
      'Reports what failed to the agents that zones name (RFC 9567). They learn who asked for what.',
    ),
  }
}

export function resolverSettings(folder: string) {
  return section({
    enabled: setting(flag().prefault(false), 'Resolves for clients.', { restart: true }),
    allow: setting(accessList().prefault(['127.0.0.0/8', '::1']), 'Who may use the resolver; others get REFUSED.'),
    ...askingRows(folder),
    ...trustRows(folder),
    cache: setting(cacheSettings(), 'What is kept.'),
    prefetch: setting(flag().prefault(true), 'Fetches anew what is asked for and about to expire.'),
    aggressiveNsec: setting(flag().prefault(true), 'Denies names by proofs that are known already (RFC 8198).'),
    serveStale: setting(serveStaleSettings(), 'Data past its TTL.'),
    flightRecorder: setting(flightRecorderSettings(), 'The last failures of resolution, with their evidence.'),
    privateAddresses: setting(
      z.array(network()).prefault([]),
      'Removes A and AAAA records with addresses in these networks from what servers return (DNS rebinding).',
    ),
    privateDomains: setting(
      z.array(domainName()).prefault([]),
      'Names at and below these may have addresses in `privateAddresses`.',
    ),
    emptyZones: setting(
      flag().prefault(true),
      'Names of private addresses (10.in-addr.arpa. and the like) do not exist, unless they are set up here (RFC 6303).',
    ),
    specialNames: setting(
      specialNameSettings(),
      'Names that no server need be asked for. A zone, stub, forward zone or trust anchor of the same name or below overrides them.',
    ),
  })
}
