/** The settings of zones, one section for each type of zone, and of the templates of catalogue members. */
import * as z from 'zod'
import { journalLimits } from './server-settings.ts'
import {
  accessList,
  domainName,
  filePath,
  flag,
  forwarder,
  listOf,
  remote,
  seconds,
  section,
  setting,
  text,
} from './settings.ts'

const NAME = setting(
  domainName('is missing: the name of the zone, such as example.org.'),
  'The name of the zone. A final dot is not needed.',
)
/** Kinds of answers that rate limiting counts apart. */
const ANSWER_CLASSES = [
  'nxdomain',
  'error',
  'referral',
  'any',
  'wildcard',
  'nodata',
  'dnskey',
  'positive',
  'rrsig',
] as const
const YEAR = 31_536_000

const MISSING_PRIMARIES = 'is missing: the servers that the zone is transferred from, such as ["192.0.2.1"]'

function queryRows() {
  return {
    allowQuery: setting(accessList().prefault(['any']), 'Who may ask for names of the zone; others get REFUSED.'),
  }
}

/** What zones have that are held as a whole. */
function heldRows(folder: string) {
  return {
    ...queryRows(),
    allowTransfer: setting(accessList().prefault([]), 'Who may transfer the zone (AXFR, IXFR). Nobody unless told.'),
    notify: setting(z.array(remote(folder)).prefault([]), 'Servers that are told of each new version (RFC 1996).'),
    notifyNameservers: setting(
      flag().prefault(false),
      "Also tells the zone's own NS names but the primary's, at the addresses that the zones of this server have for them.",
    ),
    rateLimitWhitelist: setting(
      z.array(z.enum(ANSWER_CLASSES)).prefault([]),
      'Kinds of answers of this zone to which `server.rateLimit.whitelistedPerSecond` applies.',
    ),
    checks: setting(
      z.enum(['off', 'warn', 'refuse']).prefault('warn'),
      'What comes of faults in the data of a new version: nothing, a warning, or it is refused and the old one stays. A secondary refuses other data beside a CNAME with warn too.',
    ),
    journal: setting(section(journalLimits()).optional(), 'Limits in place of those under `journal`.'),
    memberOf: setting(
      domainName().optional(),
      'The catalogue, a zone here with `catalog: producer`, that lists this zone (RFC 9432).',
    ),
    group: setting(text(255).optional(), 'The group that the catalogue gives the zone (RFC 9432 §4.4.2).'),
  }
}

/** What a secondary zone and a template of one share. */
function secondaryRows() {
  return {
    tsigKey: setting(domainName().optional(), 'The TSIG key toward those primaries that have none of their own.'),
    verify: setting(
      z
        .union([z.enum(['signatures', 'zonemd', 'no']), z.literal(false).transform(() => 'no' as const)], {
          error: 'must be one of signatures, zonemd, no',
        })
        .meta({ kind: 'signatures, zonemd or no' })
        .prefault('no'),
      'What must hold before a transferred version is served: all signatures and the chain of denial (and ZONEMD when there is one), the ZONEMD digest (RFC 8976; all signatures, where no digest is of a supported scheme and hash algorithm), or nothing. A version that fails is not served; the one before stays.',
    ),
    ixfr: setting(
      flag().prefault(true),
      'Asks for the differences first (IXFR, RFC 1995), and not at once for the whole zone.',
    ),
    allowNotify: setting(accessList().prefault([]), 'Who may tell of a new version, beside the primaries.'),
    minRefreshSeconds: setting(seconds(1, YEAR).prefault(2), "The zone's SOA refresh counts as at least this."),
    maxRefreshSeconds: setting(seconds(1, YEAR).prefault(2_419_200), 'And at most this.'),
    minRetrySeconds: setting(seconds(1, YEAR).prefault(1), "The zone's SOA retry counts as at least this."),
    maxRetrySeconds: setting(seconds(1, YEAR).prefault(1_209_600), 'And at most this.'),
    minExpireSeconds: setting(seconds(1, YEAR).prefault(3), "The zone's SOA expire counts as at least this."),
    maxExpireSeconds: setting(seconds(1, 10 * YEAR).prefault(14_515_200), 'And at most this.'),
  }
}

function primarySettings(folder: string) {
  return {
    type: z.literal('primary').meta({ description: 'The zone is at home here.', since: '0.1.0' }),
    name: NAME,
    file: setting(filePath(folder).optional(), 'The master file (RFC 1035 §5). A catalogue may do without.'),
    includeFolders: setting(
      z.array(filePath(folder)).prefault([]),
      'Folders whose files the master file may include (`$INCLUDE`), besides its own folder and those below it.',
    ),
    format: setting(
      z.enum(['auto', 'windows', 'rfc1035']).prefault('auto'),
      'What records of the file without a TTL have, where no $TTL says it. windows: the default of the zone, which is the last field of the SOA record. rfc1035: the TTL of the record before. auto: as windows, if the file is an export of Windows DNS (it has `[AGE:…]`, the comment `; default TTL` behind the SOA record, or the comment `; Database file … zone` before it).',
    ),
    policy: setting(
      text(64).optional(),
      'The signing policy. Refused until the server signs online: the zone is served as its file has it, signed or not.',
    ),
    ...heldRows(folder),
    allowUpdate: setting(
      accessList().prefault([]),
      'Who may change the zone (RFC 2136). Refused until the server takes updates.',
    ),
    ixfrFromDifferences: setting(
      flag().prefault(true),
      'The differences of a file that was read again go into the journal, so that secondaries get them as IXFR.',
    ),
    zonemd: setting(
      z.enum(['no', 'sha384', 'sha512']).prefault('no'),
      'A ZONEMD record (RFC 8976) that is kept as the zone changes. Refused until the server signs online.',
    ),
    catalog: setting(
      z.literal('producer').optional(),
      'producer: the zone is a catalogue (RFC 9432) of the zones here that name it in `memberOf`.',
    ),
  }
}

function secondarySettings(folder: string) {
  return {
    type: z.literal('secondary').meta({ description: 'The zone is transferred from primaries.', since: '0.1.0' }),
    name: NAME,
    primaries: setting(
      listOf(remote(folder), MISSING_PRIMARIES),
      'The servers that the zone is transferred from, asked in turn.',
    ),
    ...secondaryRows(),
    ...heldRows(folder),
    catalog: setting(
      z.literal('consumer').optional(),
      'consumer: the zone is a catalogue (RFC 9432), and the zones it lists are served as secondaries.',
    ),
    memberTemplate: setting(text(64).optional(), "The template of the catalogue's zones.", {
      otherwise: "the catalogue's own primaries, key and lists",
    }),
    groupTemplates: setting(
      z
        .array(
          section({
            group: setting(text(255), 'The group.'),
            template: setting(text(64), 'Its template.'),
          }),
        )
        .prefault([]),
      'The template for each group of the catalogue that is to have one of its own.',
    ),
  }
}

function forwardSettings(folder: string) {
  return {
    type: z.literal('forward').meta({
      description: 'Questions below the name go to other resolvers.',
      since: '0.1.0',
    }),
    name: NAME,
    forwarders: setting(
      listOf(forwarder(folder), 'is missing: the resolvers to ask, such as ["192.0.2.1"]'),
      'The resolvers that are asked.',
    ),
    forwardFirst: setting(flag().prefault(false), 'When none of them answers, asks from the root down.'),
  }
}

function stubSettings(folder: string) {
  return {
    type: z.literal('stub').meta({
      description: 'Questions below the name go to these authoritative servers.',
      since: '0.1.0',
    }),
    name: NAME,
    addresses: setting(
      listOf(forwarder(folder), 'is missing: the authoritative servers to ask, such as ["192.0.2.1"]'),
      'The authoritative servers that are asked.',
    ),
  }
}

/** `'primaries' is a setting of secondary zones`, for a key that another type of zone has. */
function elsewhere(own: string, folder: string): (key: string) => string | undefined {
  const types = Object.entries({
    primary: primarySettings,
    secondary: secondarySettings,
    forward: forwardSettings,
    stub: stubSettings,
  })
  return (key) => {
    const owners = types
      .filter(([type, rows]) => type !== own && Object.hasOwn(rows(folder), key))
      .map(([type]) => type)
    return owners.length === 0 ? undefined : `is a setting of ${owners.join(' and ')} zones, and this one is ${own}`
  }
}

export function zoneSettings(folder: string) {
  return z.discriminatedUnion(
    'type',
    [
      section(primarySettings(folder), elsewhere('primary', folder)),
      section(secondarySettings(folder), elsewhere('secondary', folder)),
      section(forwardSettings(folder), elsewhere('forward', folder)),
      section(stubSettings(folder), elsewhere('stub', folder)),
    ],
    {
      error: (issue) =>
        issue.code === 'invalid_union' ? 'must be one of primary, secondary, forward, stub' : undefined,
    },
  )
}

/** Settings for the zones of a catalogue. */
export function templateSettings(folder: string) {
  const { memberOf: _, group: __, ...held } = heldRows(folder)
  return section({
    name: setting(text(64), 'The name that `memberTemplate` and `groupTemplates` use.'),
    primaries: setting(z.array(remote(folder)).prefault([]), 'The servers that the zones are transferred from.', {
      otherwise: "the catalogue's",
    }),
    ...secondaryRows(),
    ...held,
  })
}
