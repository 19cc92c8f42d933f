/**
 * The kinds of values that settings have. A setting is one row of a section: kind with its bounds, default, help.
 *
 *   idleSeconds: setting(seconds(1, 600).prefault(30), 'A client that sends nothing for so long is disconnected.')
 *
 * Docs, JSON Schema, the messages about wrong values and the types of `Configuration` all come from these rows. Each kind says in words
 * what it wants, and never cites a value that may be a secret.
 */
import { resolve } from 'node:path'
import * as z from 'zod'
import { DnsError } from '../../dns/errors.ts'
import { type Name, readUnicodeName, toAsciiText } from '../../dns/name/index.ts'
import { parseAddress, parseSocketAddress, type SocketAddress } from '../../transport/index.ts'
import { AccessList, parseNetwork } from '../access-list.ts'
import { findNearest, translateWord } from './nearest.ts'
import { hideSecrets } from './secret.ts'

/** What a row says beside its kind. */
export type SettingNotes = {
  /** First release that has it. */
  readonly since?: string
  /** A change of it is taken up by the next start only, and not by a reload. */
  readonly restart?: boolean
  /** The default in words, where it depends on the machine or on another setting. */
  readonly otherwise?: string
}

/** A row: help in a sentence or two, and notes. */
export function setting<S extends z.ZodType>(schema: S, help: string, notes: SettingNotes = {}): S {
  return schema.meta({ description: help, since: '0.1.0', ...notes })
}

/** Keys that may be shown: a secret written where a key is expected does not look like this. */
const SHOWABLE = /^[A-Za-z][A-Za-z0-9_-]{0,22}$/

/** `'word'`, or other words for it when it may be more than a slip of the hand. */
export function showWord(word: string): string {
  return SHOWABLE.test(word) ? `'${word}'` : 'this word'
}

/**
 * A mapping with these settings and no others. `elsewhere` tells of a key that is unknown here what it is: 'is a setting of secondary zones'.
 * The message of an unknown key has one line for each key, in the order of the keys.
 */
export function section<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  elsewhere: (key: string) => string | undefined = () => undefined,
) {
  const explain = (key: string): string => {
    if (!SHOWABLE.test(key))
      return key.includes(':') ? 'no such setting: a colon wants a space after it' : 'no such setting'
    const place = elsewhere(key)
    if (place !== undefined) return `'${key}' ${place}`
    const nearest = findNearest(key, Object.keys(shape))
    const ours = nearest === undefined ? translateWord(key) : undefined
    const ofOthers = ours === undefined ? undefined : elsewhere(ours)
    if (ofOthers !== undefined) return `no such setting: '${key}'; '${ours}' ${ofOthers}`
    return nearest === undefined
      ? `no such setting: '${key}'; there are ${Object.keys(shape).join(', ')}`
      : `no such setting: '${key}' (did you mean '${nearest}'?)`
  }
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys' || !('keys' in issue) || !Array.isArray(issue.keys)) return undefined
      return issue.keys.map((key) => explain(String(key))).join('\n')
    },
  })
}

/** on or off, as YAML and people write them. */
export function flag() {
  return z
    .union([z.boolean(), z.enum(['on', 'off', 'yes', 'no']).transform((word) => word === 'on' || word === 'yes')], {
      error: 'must be on or off',
    })
    .meta({ kind: 'on or off' })
}

export function count(min: number, max: number) {
  return z.int().min(min).max(max)
}

/** A span of time; the unit is in the name of the setting. */
export function seconds(min: number, max: number) {
  return z.int().min(min).max(max)
}

const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }

/** Octets: a number, or one with the unit KiB, MiB or GiB. */
export function size(min: number, max: number) {
  return z
    .union(
      [
        z.int().min(min).max(max),
        z
          .string()
          .regex(/^\d{1,9} ?[KMG]iB$/)
          .transform((text, context): number => {
            const octets = Number.parseInt(text, 10) * (UNITS[text.at(-3) ?? ''] ?? 1)
            if (octets >= min && octets <= max) return octets
            context.addIssue({ code: 'custom', message: sizeWords(min, max) })
            return z.NEVER
          }),
      ],
      { error: sizeWords(min, max) },
    )
    .meta({ kind: 'octets, or a number with KiB, MiB or GiB' })
}

function sizeWords(min: number, max: number): string {
  return `must be a number of octets from ${min} to ${max}, or one such as 64MiB`
}

/** What the error says, unless the text that it cites, perhaps cut short, may hold a secret. */
function citing(text: string, error: DnsError, kind: string): string {
  return hideSecrets(text) === text || !error.message.includes(text.slice(0, 8)) ? error.message : `is no ${kind}`
}

/** Text that is read by a function of its own, whose DnsError becomes the fault of the setting. */
export function parsed<T>(kind: string, parse: (text: string) => T, missing?: string) {
  return z
    .string(missing === undefined ? undefined : { error: (issue) => (issue.input === undefined ? missing : undefined) })
    .transform((text, context): T => {
      try {
        return parse(text)
      } catch (error) {
        if (!(error instanceof DnsError)) throw error
        context.addIssue({ code: 'custom', message: citing(text, error, kind) })
        return z.NEVER
      }
    })
    .meta({ kind })
}

export function text(max: number) {
  return z.string().min(1).max(max)
}

/** A file or folder; a relative path starts at the folder of the configuration. */
export function filePath(folder: string, missing?: string) {
  const parse = (path: string): string => {
    if (path === '') throw new DnsError('configuration-invalid', 'must not be empty')
    if (path.includes('\0')) throw new DnsError('configuration-invalid', 'has an octet 0')
    return resolve(folder, path)
  }
  return parsed('path', parse, missing)
}

export function domainName(missing?: string) {
  return parsed('domain name', readUnicodeName, missing)
}

/** A host as certificates name it: with A-labels. */
function hostName() {
  return parsed('host name', (host) => {
    const name = toAsciiText(host)
    if (name !== '' && name.length <= 255) return name
    throw new DnsError('configuration-invalid', 'must have 1 to 255 octets')
  })
}

/** A host as URLs name it, in lower case and with A-labels. Addresses and `localhost` need no entry in a list of them. */
export function urlHost() {
  return parsed('host name', parseUrlHost)
}

function parseUrlHost(text: string): string {
  const fail = (reason: string): never => {
    throw new DnsError('configuration-invalid', `'${text.slice(0, 80)}' ${reason}`)
  }
  const name = toAsciiText(text).toLowerCase().replace(/\.$/, '')
  if (name === 'localhost' || parseAddress(name.replace(/^\[(.*)\]$/, '$1')) !== undefined)
    return fail('is allowed without an entry: remove it')
  if (name.length <= 253 && /^([a-z0-9_-]{1,63}\.)*(?!\d+$)[a-z0-9_-]{1,63}$/.test(name)) return name
  return fail('is no host name: expected one such as ns1.example.org, without a port')
}

/** A socket's address; unlike those that the system gives, it has no zone index, which would be lost. */
function readSocketAddress(text: string, defaultPort: number): SocketAddress {
  if (!text.includes('%')) return parseSocketAddress(text, defaultPort)
  throw new DnsError('configuration-invalid', `'${text.slice(0, 80)}': addresses with a zone (%) are not supported`)
}

/** An address of this machine to listen on; port 0 is any free one. */
export function listenAddress(defaultPort: number) {
  return parsed('address, or address:port', (address) => readSocketAddress(address, defaultPort))
}

/** Addresses that begin alike. */
export function network() {
  return parsed('network', parseNetwork)
}

/** A list of who may; see access-list.ts for what an entry is. */
export function accessList() {
  return z
    .array(z.string())
    .transform((entries, context): AccessList => {
      const faults = entries.map((entry, i) => {
        try {
          AccessList.parse([entry])
          return false
        } catch (error) {
          if (!(error instanceof DnsError)) throw error
          context.addIssue({ code: 'custom', message: citing(entry, error, 'entry of an access list'), path: [i] })
          return true
        }
      })
      return faults.includes(true) ? z.NEVER : AccessList.parse(entries)
    })
    .meta({ kind: 'access list' })
}

/** A server of somebody else: a primary, a secondary to notify, a forwarder. */
export type Remote = SocketAddress & {
  readonly tsigKey: Name | undefined
  readonly tls: RemoteTls | undefined
}

export type RemoteTls = {
  /** The name that its certificate must show. */
  readonly serverName: string | undefined
  /** False: whatever certificate it shows is taken; the connection is private, but nobody knows with whom (RFC 9103 §9.3.1). */
  readonly verify: boolean
  /** PEM file of the certificates that are trusted, in place of the system's. */
  readonly authorities: string | undefined
}

function parseRemote(text: string): Remote {
  const [address = '', key, ...more] = text.trim().split(/\s+/)
  if (more.length > 0 || (key !== undefined && (!key.startsWith('key:') || key.length === 4))) {
    throw new DnsError(
      'configuration-invalid',
      'must be an address, an address with a port, and a key if need be: 192.0.2.1:53 key:k1.',
    )
  }
  const tsigKey = key === undefined ? undefined : readUnicodeName(key.slice(4))
  return checkRemote({ ...readSocketAddress(address, 53), tsigKey, tls: undefined })
}

function checkRemote(remote: Remote): Remote {
  if (remote.port === 0) throw new DnsError('configuration-invalid', 'port 0 cannot be asked')
  return remote
}

function tlsRows(folder: string) {
  return section({
    serverName: setting(
      hostName().optional(),
      'The name that the certificate must show; the address itself when left out.',
    ),
    verify: setting(
      flag().prefault(true),
      'Whether the certificate is checked. Off: private, but from anybody who is in the way.',
    ),
    authorities: setting(
      filePath(folder).optional(),
      "PEM file of the authorities that are trusted in place of the system's.",
    ),
  })
}

/** `192.0.2.1:53 key:k1.` or `{ address, tsigKey, tls: { serverName, verify, authorities } }`. */
export function remote(folder: string) {
  const long = section({
    address: setting(text(80), 'The address; the port is 53, or 853 with TLS, unless given.'),
    tsigKey: setting(domainName().optional(), 'The TSIG key that signs what is sent.'),
    tls: setting(tlsRows(folder).optional(), 'Asks over TLS (RFC 9103).'),
  }).transform((value, context): Remote => {
    try {
      const { serverName, verify = true, authorities } = value.tls ?? {}
      const socket = readSocketAddress(value.address, value.tls === undefined ? 53 : 853)
      const withTls = value.tls === undefined ? undefined : { serverName, verify, authorities }
      return checkRemote({ ...socket, tsigKey: value.tsigKey, tls: withTls })
    } catch (error) {
      if (!(error instanceof DnsError)) throw error
      context.addIssue({ code: 'custom', message: citing(value.address, error, 'address'), path: ['address'] })
      return z.NEVER
    }
  })
  return z
    .union([parsed('address', parseRemote), long], {
      error: 'must be an address such as 192.0.2.1:53, or a mapping with address, tsigKey and tls',
    })
    .meta({ kind: 'server' })
}

/** A server that the resolver asks: by UDP and TCP, over TLS (RFC 7858), or over HTTPS (RFC 8484) at a path. */
export type AskedServer = SocketAddress & {
  readonly tls: RemoteTls | undefined
  readonly httpsPath: string | undefined
}

/** `192.0.2.1:53` or `{ address, tls: { serverName, verify, authorities }, httpsPath }`. */
export function forwarder(folder: string) {
  const read = (address: string, port: number): SocketAddress => {
    const socket = readSocketAddress(address, port)
    if (socket.port === 0) throw new DnsError('configuration-invalid', 'port 0 cannot be asked')
    return socket
  }
  const plain = (address: string): AskedServer => ({ ...read(address, 53), tls: undefined, httpsPath: undefined })
  const long = section({
    address: setting(text(80), 'The address; the port is 53, with TLS 853, with HTTPS 443, unless given.'),
    tls: setting(tlsRows(folder).optional(), 'Asks over TLS (RFC 7858).'),
    httpsPath: setting(
      z
        .string()
        .max(255)
        .regex(/^\/[!-z|~]*$/, { error: 'must be a path such as /dns-query' })
        .optional(),
      'Asks over HTTPS (RFC 8484), at this path.',
    ),
  }).transform(({ address, tls, httpsPath }, context): AskedServer => {
    try {
      const isSecret = tls !== undefined || httpsPath !== undefined
      const { serverName, verify = true, authorities } = tls ?? {}
      const port = httpsPath !== undefined ? 443 : isSecret ? 853 : 53
      return { ...read(address, port), tls: isSecret ? { serverName, verify, authorities } : undefined, httpsPath }
    } catch (error) {
      if (!(error instanceof DnsError)) throw error
      context.addIssue({ code: 'custom', message: citing(address, error, 'address'), path: ['address'] })
      return z.NEVER
    }
  })
  return z
    .union([parsed('address', plain), long], {
      error: 'must be an address such as 192.0.2.1:53, or a mapping with address, tls and httpsPath',
    })
    .meta({ kind: 'server to ask' })
}

/** A list that must not be empty; `missing` says what to write. */
export function listOf<S extends z.ZodType>(item: S, missing: string) {
  return z
    .array(item, { error: (issue) => (issue.input === undefined ? missing : undefined) })
    .min(1, { error: missing })
}
