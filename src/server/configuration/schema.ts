/**
 * The configuration of `signet serve` as one schema. What it makes of a mapping is `Configuration`: complete, typed, and frozen.
 * How rows look: settings.ts. What relates one setting to another (a key that is named and must exist) is in contradictions.ts.
 */
import * as z from 'zod'
import type { Name } from '../../dns/name/index.ts'
import { readTsigAlgorithm } from '../../tsig/index.ts'
import type { AccessList } from '../access-list.ts'
import { resolverSettings } from './resolver-settings.ts'
import { parseTsigSecret, type Secret } from './secret.ts'
import {
  dnstapSettings,
  journalSettings,
  loggingSettings,
  serverSettings,
  transferSettings,
} from './server-settings.ts'
import { domainName, filePath, flag, listenAddress, parsed, section, setting, text, urlHost } from './settings.ts'
import { templateSettings, zoneSettings } from './zone-settings.ts'

/** The mnemonic, in lower case, with its length when it is truncated. */
function parseTsigAlgorithm(text: string): string {
  readTsigAlgorithm(text)
  return text.toLowerCase().replace(/\.$/, '')
}

function tsigKeySettings(folder: string) {
  return section({
    name: setting(
      domainName('is missing: the name of the key, which both sides must use'),
      'The name, which both sides must use.',
    ),
    algorithm: setting(
      parsed('TSIG algorithm', parseTsigAlgorithm).prefault('hmac-sha256'),
      'hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512, hmac-sha1 or hmac-md5 (RFC 8945 §6). With a length in bits, such as hmac-sha256-128, signatures are truncated to it.',
    ),
    secret: setting(parsed('base64', parseTsigSecret).optional(), 'The secret. Either this or `secretFile`.'),
    secretFile: setting(
      filePath(folder).optional(),
      'A file with the secret in base64 and nothing else, which only the server may read.',
    ),
    allowMd5: setting(
      flag().prefault(false),
      'hmac-md5 is refused without this: it is there for peers that know nothing else.',
    ),
  })
}

function policySettings() {
  return z.looseObject({ name: setting(text(64), 'The name that zones use.') }).meta({
    description: 'A signing policy. Its other settings come with signing online.',
  })
}

/** The schema; relative paths are resolved against `folder`. */
export function configurationSchema(folder: string) {
  return section({
    data: setting(
      filePath(folder, 'is missing: the folder for journals, copies of zones and keys, such as /var/lib/signet'),
      'The folder of the state. It is made if absent.',
      { restart: true },
    ),
    server: setting(serverSettings(folder), 'The server as a whole.'),
    management: setting(
      section({
        listen: setting(
          z.array(listenAddress(8053)).prefault(['127.0.0.1:8053']),
          'Addresses of the API, the console and /metrics. An empty list: none of them.',
          { restart: true },
        ),
        allowedHosts: setting(
          z.array(urlHost()).prefault([]),
          'Host names under which clients may use these addresses, such as ns1.example.org. Requests for addresses and for localhost are always answered, requests for other hosts only at /health, so that no page in a browser reads the API under a name of its own.',
        ),
      }).prefault({}),
      'Management.',
    ),
    logging: setting(loggingSettings(folder), 'Logs.'),
    dnstap: setting(dnstapSettings(folder).optional(), 'A stream of messages for other programs.', {
      otherwise: 'off',
    }),
    journal: setting(journalSettings(), 'Limits of the journal of each zone.'),
    transfers: setting(transferSettings(), 'Limits of zone transfers, and NOTIFY.'),
    tsigKeys: setting(z.array(tsigKeySettings(folder)).prefault([]), 'Keys shared with other servers.'),
    policies: setting(
      z.array(policySettings()).prefault([]),
      'Signing policies. Refused until the server signs online.',
    ),
    templates: setting(z.array(templateSettings(folder)).prefault([]), 'Settings of zones that catalogues list.'),
    zones: setting(z.array(zoneSettings(folder)).prefault([]), 'The zones.'),
    resolver: setting(resolverSettings(folder).prefault({}), 'The resolver: recursion, forwarding, validation.'),
  })
}

/** `T`, not to be changed. */
export type Immutable<T> = unknown extends T
  ? T
  : T extends Name | AccessList | Secret | Uint8Array | string | number | boolean | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Immutable<Item>[]
      : { readonly [Key in keyof T]: Immutable<T[Key]> }

export type ParsedConfiguration = z.output<ReturnType<typeof configurationSchema>>

type Journal = ParsedConfiguration['journal']
/** A zone or template whose own limits of the journal are complete. */
type WithJournal<T> = T extends { type: 'forward' | 'stub' } ? T : Omit<T, 'journal'> & { journal: Journal }
export type CompletedConfiguration = Omit<ParsedConfiguration, 'server' | 'zones' | 'templates'> & {
  server: Omit<ParsedConfiguration['server'], 'threads'> & { threads: number }
  zones: WithJournal<ParsedConfiguration['zones'][number]>[]
  templates: WithJournal<ParsedConfiguration['templates'][number]>[]
}

/** Everything that `signet serve` is told, with every default in its place. Addresses are octets, paths are absolute. */
export type Configuration = Immutable<CompletedConfiguration>
export type TsigKeySettings = Configuration['tsigKeys'][number]
export type TemplateSettings = Configuration['templates'][number]
export type ZoneSettings = Configuration['zones'][number]
export type ZoneType = ZoneSettings['type']
export type PrimaryZoneSettings = Extract<ZoneSettings, { type: 'primary' }>
export type SecondaryZoneSettings = Extract<ZoneSettings, { type: 'secondary' }>
export type ForwardZoneSettings = Extract<ZoneSettings, { type: 'forward' }>
export type StubZoneSettings = Extract<ZoneSettings, { type: 'stub' }>
