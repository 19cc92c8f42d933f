/**
 * Which host a request is addressed to, and whether that is this server. A page in a browser can have a name of its own resolve to
 * this machine, and then read what comes back (DNS rebinding); which host its requests name it cannot choose. An address cannot be
 * rebound, and `localhost` is nobody else's. Other names are those that the configuration lists.
 */
import type { FastifyRequest } from 'fastify'
import { parseAddress } from '../transport/index.ts'
import { Problem } from './problems.ts'

/** A host, in brackets when it is an IPv6 address, and a port, perhaps an empty one (RFC 3986 §3.2). No userinfo. */
const AUTHORITY = /^(\[[0-9a-z:.%]*\]|[^\s:@/?#[\]]*)(?::[0-9]*)?$/i
/** The absolute form of a target (RFC 9112 §3.2.2). */
const ABSOLUTE_TARGET = /^https?:\/\/([^/?#]*)/i

/**
 * The host that a request is addressed to, in lower case and without the dot at its end; empty when it names none. Throws Problem
 * `request-invalid` (RFC 9112 §3.2).
 */
export function requestHost({ url = '', headers, rawHeaders }: FastifyRequest['raw']): string {
  const count = rawHeaders.filter((field, i) => i % 2 === 0 && field.toLowerCase() === 'host').length
  if (count > 1) throw new Problem('request-invalid', 'the request has more than one Host header')
  const authority = ABSOLUTE_TARGET.exec(url)?.[1] ?? headers.host ?? ''
  const host = AUTHORITY.exec(authority)?.[1]
  if (host === undefined) throw new Problem('request-invalid', 'the host of the request is not a host with a port')
  return host.toLowerCase().replace(/\.$/, '')
}

/** Throws Problem `host-unknown` unless the host is an address, `localhost`, or one of those allowed. */
export function refuseForeignHost(host: string, allowed: readonly string[]): void {
  if (host === 'localhost' || isAddress(host) || allowed.includes(host)) return
  const remedy = 'ask by address or as localhost, or name the host in management.allowedHosts'
  throw new Problem('host-unknown', `the request is addressed to another host: ${remedy}`)
}

/** An IPv4 address, or an IPv6 address in brackets. */
function isAddress(host: string): boolean {
  const isIpv6 = host.startsWith('[')
  const text = isIpv6 ? host.slice(1, -1) : host
  return !text.includes('%') && text.includes(':') === isIpv6 && parseAddress(text) !== undefined
}
