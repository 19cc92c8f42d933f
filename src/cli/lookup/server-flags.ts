/** The options that say which server is asked, and how. */
import type { Command } from 'commander'
import { DnsError } from '../../dns/errors.ts'
import { toAsciiText } from '../../dns/name/index.ts'
import type { Endpoint, Protocol } from '../../ports/index.ts'
import { readTextFile } from '../../store/index.ts'
import { parseSocketAddress, type SocketAddress } from '../../transport/index.ts'

const PORTS: Readonly<Record<Protocol, number>> = { udp: 53, tcp: 53, tls: 853, https: 443 }
const MAX_FILE = 4 << 20
const RESOLV_CONF = '/etc/resolv.conf'

export type ServerFlags = {
  readonly server?: string
  readonly tcp?: boolean
  readonly tls?: boolean
  readonly https?: boolean
  readonly serverName?: string
  readonly authorities?: string
  readonly httpsPath?: string
}

export type ServerTls = Pick<ServerFlags, 'serverName' | 'authorities' | 'httpsPath'>

export function addServerFlags(program: Command): Command {
  return program
    .option('--server <address>', 'the server to ask, with :PORT if it is not the usual one')
    .option('--tcp', 'asks by TCP')
    .option('--tls', 'asks over TLS (RFC 7858)')
    .option('--https', 'asks over HTTPS (RFC 8484)')
    .option('--server-name <name>', 'the name that its certificate must show; its address without it')
    .option('--authorities <file>', "PEM file of the authorities that are trusted in place of the system's")
    .option('--https-path <path>', 'the path of HTTPS; /dns-query')
}

/** Throws DnsError `usage` when more than one is chosen. */
export function protocolOf({ tcp, tls, https }: ServerFlags): Protocol {
  const chosen = [tcp === true && 'tcp', tls === true && 'tls', https === true && 'https'].filter(
    (word) => word !== false,
  )
  if (chosen.length > 1) throw new DnsError('usage', 'choose one of --tcp, --tls and --https')
  const [protocol] = chosen
  return protocol === 'tcp' || protocol === 'tls' || protocol === 'https' ? protocol : 'udp'
}

/** The server that is named; that of the system when none is. Throws DnsError `usage`. */
export function serverOf(flags: ServerFlags): SocketAddress & { readonly protocol: Protocol } {
  const protocol = protocolOf(flags)
  const text = flags.server ?? systemServer()
  return { ...parseServer('--server', text, PORTS[protocol]), protocol }
}

/** `192.0.2.1`, `192.0.2.1:5300`, `[2001:db8::1]:5300`. Throws DnsError `usage`, which names the option. */
export function parseServer(option: string, text: string, defaultPort = 53): SocketAddress {
  try {
    const socket = parseSocketAddress(text, defaultPort)
    if (socket.port > 0) return socket
  } catch (error) {
    throw new DnsError('usage', `${option}: ${error instanceof Error ? error.message : String(error)}`)
  }
  throw new DnsError('usage', `${option}: port 0 cannot be asked`)
}

function systemServer(): string {
  let text = ''
  try {
    text = readTextFile(RESOLV_CONF, MAX_FILE)
  } catch {
    // No such file: a system without one has its resolver on itself, if anywhere.
  }
  const address = /^\s*nameserver\s+(\S+)/m.exec(text)?.[1]
  return address === undefined || address.includes('%') ? '127.0.0.1' : address
}

/** A host as certificates name it: with A-labels. Throws DnsError `usage`, which names the option. */
function hostName(option: string, text: string): string {
  try {
    return toAsciiText(text)
  } catch (error) {
    throw new DnsError('usage', `${option}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The parts of an endpoint that TLS and HTTPS need. */
export function endpointTls(tls: ServerTls = {}): Pick<Endpoint, 'tls' | 'path'> {
  const { serverName, authorities, httpsPath } = tls
  return {
    tls: {
      verify: true,
      ...(serverName !== undefined && { serverName: hostName('--server-name', serverName) }),
      ...(authorities !== undefined && { authorities: readTextFile(authorities, MAX_FILE, { inherited: true }) }),
    },
    ...(httpsPath !== undefined && { path: httpsPath }),
  }
}
