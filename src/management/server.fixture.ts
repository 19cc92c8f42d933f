/** A server that is none: it has the zones and counters that it is told, and notes what is asked of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { Name } from '../dns/name/index.ts'
import type {
  FailureSummary,
  FoundFailure,
  NegativeAnchorStatus,
  Outcome,
  ReloadOutcome,
  ResolverControl,
  ResolverStatus,
  ServerControl,
  StatisticsSnapshot,
  TrustPointStatus,
  ZoneStatus,
} from '../server/index.ts'

export const NOW = 1_800_000_000

export const PRIMARY: ZoneStatus = {
  name: 'example.',
  type: 'primary',
  state: 'serving',
  file: '/zones/example.zone',
  serial: 2026010101,
  records: 42,
  loadedAt: NOW - 3600,
  frozen: false,
  signed: true,
  firstSignatureExpiry: NOW + 86_400,
  journalOctets: 4096,
}

export const SECONDARY: ZoneStatus = {
  name: 'sub.example.',
  type: 'secondary',
  state: 'serving',
  serial: 7,
  records: 5,
  frozen: false,
  signed: true,
  firstSignatureExpiry: NOW - 60,
  journalOctets: 0,
  primarySerial: 9,
  primaries: ['192.0.2.1:53'],
  lastRefresh: NOW - 900,
  nextRefresh: NOW + 900,
  expiresAt: NOW + 600_000,
  lastTransfer: { at: NOW - 900, kind: 'ixfr', peer: '192.0.2.1:53', outcome: 'failed', message: 'bad RRSIG at a.' },
}

export const EXPIRED: ZoneStatus = {
  name: 'we\\"ird\\\\.test.',
  type: 'secondary',
  state: 'expired',
  reason: 'no primary answered since 2026-01-01',
  frozen: false,
  signed: false,
  journalOctets: 0,
  expiresAt: NOW - 5,
}

export const STATISTICS: StatisticsSnapshot = {
  uptimeSeconds: 7200,
  queries: {
    byTransport: { udp: 1000, tcp: 20, tls: 3, https: 4 },
    byType: { A: 700, AAAA: 200, other: 127 },
    byOpcode: { QUERY: 1020, NOTIFY: 5, other: 2 },
    byRcode: { NOERROR: 900, NXDOMAIN: 100, BADVERS: 1 },
    edns: 800,
    dnssecOk: 600,
    truncated: 9,
    dropped: { malformed: 3, response: 1 },
    rateLimited: { dropped: 11, slipped: 12 },
    cookies: { absent: 500, clientOnly: 300, good: 200, bad: 27 },
    tsigReplayed: 4,
    handedOver: 31,
    answerCache: { hits: 70, misses: 30 },
  },
  latency: {
    buckets: [
      { upToSeconds: 0.0001, count: 800 },
      { upToSeconds: 0.001, count: 990 },
      { upToSeconds: 0.01, count: 999 },
    ],
    count: 1000,
    sumSeconds: 0.25,
  },
  transfers: [
    { direction: 'in', kind: 'ixfr', outcome: 'done', count: 4 },
    { direction: 'out', kind: 'axfr', outcome: 'refused', count: 2 },
  ],
  notifies: [{ direction: 'out', outcome: 'done', count: 6 }],
  connections: [{ transport: 'tcp', accepted: 20, refused: 1, evicted: 3, open: 2 }],
  image: { reserved: 1 << 30, used: 1 << 20, free: 1 << 16 },
  longTurns: { count: 2, longestMilliseconds: 83 },
  dnstap: { written: 10, dropped: 1 },
  zones: [
    { zone: 'example.', queries: 900, nxdomain: 80, nodata: 20, referrals: 10, dnssecOk: 500, refused: 0 },
    { zone: 'sub.example.', queries: 100, nxdomain: 20, nodata: 2, referrals: 0, dnssecOk: 50, refused: 1 },
  ],
}

export const RESOLVER: ResolverStatus = {
  mode: 'recursive',
  validates: true,
  outstanding: 3,
  counts: {
    questions: 100,
    secure: 60,
    insecure: 30,
    bogus: 4,
    indeterminate: 1,
    unchecked: 0,
    failed: 5,
    stale: 2,
    special: 7,
    refusedByLimit: 1,
    removedAddresses: 9,
    clockJumps: 2,
  },
  caches: [
    { name: 'rrsets', entries: 500, octets: 123_456 },
    { name: 'messages', entries: 90, octets: 45_678 },
  ],
  network: {
    queries: { udp: 300, tcp: 4, tls: 0, https: 0 },
    replies: { udp: 290, tcp: 4, tls: 0, https: 0 },
    timeouts: { udp: 9, tcp: 0, tls: 0, https: 0 },
    failures: { udp: 1, tcp: 0, tls: 0, https: 0 },
    mismatches: 1,
    udpSockets: 2500,
    outstanding: 2,
  },
  servers: [
    { zone: '.', kind: 'forward', address: '192.0.2.53:853', protocol: 'tls', state: 'replies', rttMilliseconds: 12 },
    {
      zone: 'corp.',
      kind: 'stub',
      address: '192.0.2.54:53',
      protocol: 'udp',
      state: 'fails',
      failingFor: 40,
      reason: 'did not reply',
    },
  ],
  failing: [{ zone: 'corp.', cause: 'www.corp. A cannot be resolved', firstAgo: 40, lastAgo: 2, questions: 12 }],
  recorder: { entries: 3, octets: 4_200_000, maxOctets: 67_108_864 },
}

export const TRUST_POINT: TrustPointStatus = {
  zone: '.',
  state: 'Active',
  anchors: [
    {
      kind: 'dnskey',
      keyTag: 20326,
      algorithm: 8,
      state: 'Valid',
      since: NOW - 86_400,
      origin: 'configured',
      record: '. IN DNSKEY 257 3 8 AwEAAQ==',
    },
  ],
  lastRefresh: NOW - 60,
  lastSuccess: NOW - 60,
  nextRefresh: NOW + 43_200,
  lastResult: 'its keys verify',
  followsRollovers: true,
}

export const FAILURE: FailureSummary = {
  zone: 'late.example.',
  cause: 'signature-expired',
  questions: 41,
  first: NOW - 600,
  last: NOW - 5,
  kept: [{ name: 'www.late.example.', type: 'A', at: NOW - 5 }],
}

class FakeResolver implements ResolverControl {
  readonly #server: FakeServer

  constructor(server: FakeServer) {
    this.#server = server
  }

  status = () => RESOLVER
  trustPoints = () => [TRUST_POINT]
  negativeAnchors = (): NegativeAnchorStatus[] => [{ name: 'broken.example.', until: NOW + 3600, reason: 'expired' }];
  *dump(): Generator<string> {
    for (let i = 0; i < 1200; i++) yield `a${i}.example. 60 IN A 192.0.2.1 ; secure`
  }

  failures = (most: number) => ({ failures: [FAILURE].slice(0, most), more: 7 })
  failure = (name: Name, type?: number): FoundFailure | undefined => {
    if (name.toString() === 'off.example.') return undefined
    if (name.toString() === 'www.late.example.' && type !== 28) return { kind: 'found', evidence: '{"version":2}\n' }
    return { kind: 'absent', nearest: name.toString() === 'other.' ? [] : [FAILURE] }
  }

  flush = (name: Name, { type, isSubtree }: { type?: number; isSubtree?: boolean } = {}) =>
    this.#note(`flush ${name} ${type ?? '-'} ${isSubtree === true}`)
  refreshTrustPoints = async (zone?: Name) => this.#note(`refresh trust points ${zone ?? 'all'}`)
  addTrustAnchors = async (text: string) => this.#note(`add ${text}`)
  removeTrustPoint = async (zone: Name, keyTag?: number) => this.#note(`remove ${zone} ${keyTag ?? 'all'}`)
  addNegativeAnchor = async (name: Name, until: number, reason?: string) =>
    this.#note(`add negative ${name} ${until} ${reason ?? '-'}`)
  removeNegativeAnchor = async (name: Name) => this.#note(`remove negative ${name}`)

  #note(call: string): Outcome {
    this.#server.calls.push(call)
    return this.#server.outcome
  }
}

export class FakeServer implements ServerControl {
  zoneList: ZoneStatus[] = [PRIMARY, SECONDARY, EXPIRED]
  resolver: ResolverControl | undefined = new FakeResolver(this)
  state: 'starting' | 'serving' | 'stopping' = 'serving'
  /** What was asked for, in order. */
  readonly calls: string[] = []
  /** What the next action comes to. */
  outcome: Outcome = { outcome: 'done', message: 'it is so' }

  stateUnwritable: string | undefined

  status() {
    const { state, stateUnwritable } = this
    return {
      version: '0.2.0',
      processId: 4711,
      state,
      startedAt: NOW - 7200,
      configuredAt: NOW - 3600,
      configurationFile: '/etc/signet.yaml',
      listening: ['udp 127.0.0.1:53', 'tcp 127.0.0.1:53'],
      threads: 2,
      batchedUdp: true,
      zones: { total: 3, serving: 2, failed: 0, expired: 1 },
      ...(stateUnwritable !== undefined && { stateUnwritable }),
      queryLog: [],
    }
  }

  statistics(): StatisticsSnapshot {
    return STATISTICS
  }

  zones(): readonly ZoneStatus[] {
    return this.zoneList
  }

  zone(name: Name): ZoneStatus | undefined {
    return this.zoneList.find((zone) => Name.parse(zone.name).equals(name))
  }

  /** What a reload comes to for the configuration. */
  configurationOutcome: Outcome = { outcome: 'done', message: 'configuration read' }

  async reload(): Promise<ReloadOutcome> {
    this.calls.push('reload')
    const { outcome, configurationOutcome: configuration } = this
    return { configuration, zones: configuration.outcome === 'done' ? [{ zone: 'example.', ...outcome }] : [] }
  }

  reloadZone = (name: Name) => this.#note('reload', name)
  refresh = (name: Name) => this.#note('refresh', name)
  retransfer = (name: Name) => this.#note('retransfer', name)
  notify = (name: Name) => this.#note('notify', name)
  freeze = (name: Name) => this.#note('freeze', name)
  thaw = (name: Name) => this.#note('thaw', name)
  flush = (name: Name) => this.#note('flush', name)

  dumpZone(name: Name): AsyncIterable<string> | undefined {
    return this.zone(name)?.state === 'serving' ? this.#lines(name) : undefined
  }

  /** How many lines a dump has, and after which it fails. */
  dumpLines = 1000
  dumpFailsAt = -1
  /** How many were asked for, and whether the reader is done with it. */
  dumped = { lines: 0, ended: false }

  async *#lines(name: Name): AsyncIterable<string> {
    this.dumped = { lines: 0, ended: false }
    try {
      for (let i = 0; i < this.dumpLines; i++) {
        if (i === this.dumpFailsAt) throw new Error('the image went away')
        this.dumped.lines++
        yield `a${i}.${name} 3600 IN A 192.0.2.1\n`
      }
    } finally {
      this.dumped.ended = true
    }
  }

  setQueryLog(on: boolean, zone?: Name): Outcome {
    this.calls.push(`query-log ${on ? 'on' : 'off'} ${zone ?? 'all'}`)
    return this.outcome
  }

  async reopenLogs(): Promise<Outcome> {
    this.calls.push('reopen-logs')
    return this.outcome
  }

  stop(): void {
    this.calls.push('stop')
  }

  async #note(action: string, name: Name): Promise<Outcome> {
    this.calls.push(`${action} ${name}`)
    return this.outcome
  }
}

/** A folder that goes with the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signet-mgmt-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
