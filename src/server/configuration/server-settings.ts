/** The settings of the server as a whole: where it listens, how it answers, its limits and logs. */
import * as z from 'zod'
import { DnsError } from '../../dns/errors.ts'
import { parseCookieSecret } from './secret.ts'
import {
  accessList,
  count,
  filePath,
  flag,
  listenAddress,
  parsed,
  seconds,
  section,
  setting,
  size,
  text,
} from './settings.ts'

const RESTART = { restart: true }

/** `off` (or false) or something else. */
function offOr<S extends z.ZodType>(schema: S) {
  const error = 'must be off, or text (in quotes where it looks like a number)'
  return z
    .union([z.literal('off').transform(() => undefined), z.literal(false).transform(() => undefined), schema], {
      error,
    })
    .meta({ kind: 'off, or text' })
}

const MAX_NSID_OCTETS = 128

function parseNsid(text: string): Uint8Array {
  const hex = /^0x((?:[0-9a-fA-F]{2})+)$/.exec(text)?.[1]
  const octets = hex === undefined ? new TextEncoder().encode(text) : Uint8Array.from(Buffer.from(hex, 'hex'))
  if (octets.length >= 1 && octets.length <= MAX_NSID_OCTETS) return octets
  throw new DnsError('configuration-invalid', `must have 1 to ${MAX_NSID_OCTETS} octets`)
}

const rateLimit = section({
  responsesPerSecond: setting(
    count(0, 1_000_000).prefault(200),
    'Responses a second to one network of clients for one kind of answer about one name. Beyond it they are dropped or truncated; 0 is no limit. Only UDP is limited, and not for clients with a good server cookie.',
  ),
  whitelistedPerSecond: setting(
    count(0, 1_000_000).prefault(2000),
    'The same for the kinds of answers that a zone has in `rateLimitWhitelist`; 0 is no limit.',
  ),
  slip: setting(
    count(0, 100).prefault(2),
    'Every so many-th response beyond the limit is a truncated one, with which a real client comes back over TCP. 1: all of them; 0: none, all are dropped.',
  ),
  ipv4PrefixLength: setting(count(1, 32).prefault(24), 'Clients of one IPv4 prefix of this length share a limit.'),
  ipv6PrefixLength: setting(count(1, 128).prefault(64), 'Clients of one IPv6 prefix of this length share a limit.'),
  tableSize: setting(
    count(1024, 100_000_000).prefault(1_000_000),
    'Flows that the table has room for; 16 octets each.',
    { restart: true },
  ),
  exempt: setting(accessList().prefault([]), 'Clients without a limit. Keys are not looked at here.'),
})

function listeningTls(folder: string) {
  return {
    listen: setting(
      z.array(listenAddress(853)).prefault([]),
      'Addresses for DNS over TLS (RFC 7858), zone transfers over TLS among it (RFC 9103).',
      RESTART,
    ),
    certificate: setting(
      filePath(folder, 'is missing: the PEM file of the certificate and those between it and its authority'),
      'PEM file of the certificate and of those between it and its authority. Read again when it changes.',
      RESTART,
    ),
    key: setting(
      filePath(folder, 'is missing: the PEM file of the private key'),
      'PEM file of the private key. Read again when it changes.',
      RESTART,
    ),
    clientAuthorities: setting(
      filePath(folder).optional(),
      'PEM file of authorities whose certificates clients may show. Refused until an access list can ask for one.',
      RESTART,
    ),
  }
}

export function serverSettings(folder: string) {
  const { certificate, key } = listeningTls(folder)
  return section({
    listen: setting(
      z.array(listenAddress(53)).prefault(['127.0.0.1:53', '[::1]:53']),
      'Addresses for UDP and TCP. 0.0.0.0 and [::] are all addresses of the machine.',
      RESTART,
    ),
    tls: setting(section(listeningTls(folder)).optional(), 'DNS over TLS.'),
    https: setting(
      section({
        listen: setting(z.array(listenAddress(443)).prefault([]), 'Addresses for DNS over HTTPS (RFC 8484).', RESTART),
        certificate,
        key,
        path: setting(
          z
            .string()
            .regex(/^\/[\w.~/-]{0,254}$/, { error: 'must be a path such as /dns-query' })
            .prefault('/dns-query'),
          'Path of the resource.',
          RESTART,
        ),
      }).optional(),
      'DNS over HTTPS.',
    ),
    threads: setting(count(1, 256).optional(), 'Workers of the data plane.', { ...RESTART, otherwise: 'one per core' }),
    user: setting(
      text(64).optional(),
      'The user whose rights the server goes on with once it listens. Only root can ask for this.',
      { ...RESTART, otherwise: 'who started it' },
    ),
    group: setting(text(64).optional(), 'The group likewise.', { ...RESTART, otherwise: "the user's own" }),
    maxUdpPayload: setting(
      count(512, 4096).prefault(1232),
      'The longest UDP response, and what EDNS tells of this server (RFC 6891 §6.2.5). 1232 passes every path unfragmented.',
    ),
    nsid: setting(
      offOr(parsed('text', parseNsid)).prefault('off'),
      'What a client that asks which server of several this is gets told (RFC 5001): text, or octets as 0x and hexadecimal digits.',
    ),
    version: setting(
      offOr(text(255)).prefault('off'),
      'The answer to version.bind and version.server of class CHAOS. Off: REFUSED.',
    ),
    hostname: setting(
      offOr(text(255)).prefault('off'),
      'The answer to hostname.bind and id.server of class CHAOS (RFC 4892). Off: REFUSED.',
    ),
    minimalResponses: setting(
      flag().prefault(true),
      'Leaves out records that no client needs: the authority section of positive answers, and additional records but glue.',
    ),
    rotateRrsets: setting(
      flag().prefault(false),
      "Records of a set begin with another one each time (Windows' round robin).",
    ),
    cookies: setting(
      section({
        enabled: setting(flag().prefault(true), 'DNS cookies (RFC 7873, RFC 9018).'),
        secrets: setting(
          z.array(parsed('32 hexadecimal digits', parseCookieSecret)).max(3).prefault([]),
          'Secrets shared with other servers of the same address, BIND or Knot too: the first makes cookies, all are accepted.',
          { otherwise: 'one of its own, which rotates' },
        ),
        rotateHours: setting(
          count(1, 720).prefault(24),
          'After so long a secret of its own is replaced; cookies of the one before stay good for another hour.',
          RESTART,
        ),
      }).prefault({}),
      'Cookies.',
    ),
    rateLimit: setting(
      rateLimit.optional(),
      "Response rate limiting, with NSD's and Knot's meaning. Left out: no limits.",
      { otherwise: 'off' },
    ),
    tcp: setting(
      section({
        maxClients: setting(
          count(1, 100_000).prefault(1000),
          'Connections at one time, for TCP, TLS and HTTPS each. One more takes the place of the one that has been idle longest; when none is idle it is closed at once. From half of this number on, idle connections have less and less time.',
          RESTART,
        ),
        maxClientsPerAddress: setting(
          count(1, 100_000).prefault(100),
          'The same for one IPv4 address or one IPv6 /56.',
          RESTART,
        ),
        idleSeconds: setting(
          seconds(1, 3600).prefault(10),
          'A connection on which nothing is asked or answered for so long is closed (RFC 7766 §6.2.3); EDNS tells clients so (RFC 7828).',
          RESTART,
        ),
        receiveSeconds: setting(
          seconds(1, 600).prefault(10),
          'A message once begun must be complete within this time.',
          RESTART,
        ),
        sendSeconds: setting(
          seconds(1, 600).prefault(10),
          'A client that reads nothing of its answers for so long is disconnected.',
          RESTART,
        ),
        maxPipelined: setting(
          count(1, 10_000).prefault(100),
          'Queries of one connection worked on at one time (RFC 7766 §6.2.1.1). The rest waits unread.',
          RESTART,
        ),
      }).prefault({}),
      'Clients with connections.',
    ),
  }).prefault({})
}

export function loggingSettings(folder: string) {
  return section({
    level: setting(
      z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).prefault('info'),
      'The least weight of what is logged.',
    ),
    queries: setting(flag().prefault(false), 'A line for each query. This costs much of the speed; dnstap costs less.'),
    format: setting(
      z.enum(['auto', 'json', 'pretty']).prefault('auto'),
      'One JSON object a line, or lines for people. auto: for people when standard error is a terminal.',
      RESTART,
    ),
    file: setting(
      filePath(folder).optional(),
      'A file in place of standard error. `signet server reopen-logs` begins it anew, for programs that rotate logs.',
      { restart: true, otherwise: 'standard error' },
    ),
  }).prefault({})
}

const DNSTAP_MESSAGES = [
  'auth-query',
  'auth-response',
  'resolver-query',
  'resolver-response',
  'client-query',
  'client-response',
  'forwarder-query',
  'forwarder-response',
  'update-query',
  'update-response',
] as const

export function dnstapSettings(folder: string) {
  return section({
    file: setting(
      filePath(folder).optional(),
      'A file. One that is there is kept under its name and the time. Either this or `socket`.',
    ),
    socket: setting(filePath(folder).optional(), 'The Unix socket of a reader, which may come later and go meanwhile.'),
    messages: setting(
      z.array(z.enum(DNSTAP_MESSAGES)).min(1).prefault(['auth-query', 'auth-response']),
      'Which messages are written.',
    ),
    identity: setting(text(255).optional(), 'How this server calls itself there.', { otherwise: "the machine's name" }),
    version: setting(text(255).optional(), 'What it says of its version.', { otherwise: "Signet's" }),
  })
}

const MAX_JOURNAL_OCTETS = 'The changes that are kept for a zone, to answer IXFR. The oldest go first.'
const MAX_JOURNAL_CHANGES = 'Changes of serial that are kept for a zone.'

export function journalSettings() {
  return section({
    maxOctets: setting(size(4096, 2 ** 40).prefault(64 * 2 ** 20), MAX_JOURNAL_OCTETS),
    maxChanges: setting(count(1, 10_000_000).prefault(10_000), MAX_JOURNAL_CHANGES),
  }).prefault({})
}

/** The same for one zone. */
export function journalLimits() {
  return {
    maxOctets: setting(size(4096, 2 ** 40).optional(), MAX_JOURNAL_OCTETS, { otherwise: 'as under `journal`' }),
    maxChanges: setting(count(1, 10_000_000).optional(), MAX_JOURNAL_CHANGES, { otherwise: 'as under `journal`' }),
  }
}

export function transferSettings() {
  return section({
    maxOut: setting(
      count(1, 900).prefault(32),
      'Transfers to others at one time. One more takes the place of one whose client has read nothing for three seconds; if there is none, it is told to come again (SERVFAIL).',
    ),
    maxIn: setting(count(1, 10_000).prefault(16), 'Transfers from primaries at one time; others wait.'),
    maxInPerPrimary: setting(count(1, 10_000).prefault(4), 'Of these, from one address.'),
    connectSeconds: setting(
      seconds(1, 300).prefault(5),
      'A primary must take the connection within this time.',
      RESTART,
    ),
    idleSeconds: setting(
      seconds(1, 3600).prefault(30),
      'A transfer whose next message is not complete after this is given up.',
    ),
    maxMinutes: setting(count(1, 10_080).prefault(120), 'The longest time of one transfer.'),
    maxOctets: setting(size(65536, 2 ** 31).prefault(2 ** 31), 'The most that one transfer may bring.'),
    maxMemory: setting(
      size(2 ** 20, 2 ** 40).optional(),
      'The memory that all transfers from primaries may take together for records that are not served yet. A transfer that needs more fails and is tried again.',
      { otherwise: 'a quarter of the memory, 2GiB at the most' },
    ),
    maxRecordsPerRrset: setting(
      count(1, 10_000_000).prefault(100),
      'A version that comes by transfer may have so many records of one name and type; one with more is not served. RRSIG records count by the type that they cover.',
    ),
    maxRrsetOctets: setting(size(512, 2 ** 31).prefault(2 ** 20), 'And so many octets of RDATA of one name and type.'),
    maxTypesPerName: setting(count(2, 65_535).prefault(100), 'And so many types of one name.'),
    notifyRetries: setting(
      count(0, 20).prefault(5),
      'How often a NOTIFY is repeated to a server that does not answer (RFC 1996 §3.6).',
    ),
    notifyRetrySeconds: setting(
      seconds(1, 600).prefault(5),
      'The pause before the first repetition; each further one is twice as long.',
    ),
  }).prefault({})
}
