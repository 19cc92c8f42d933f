/** The protocol and ports of WKS (RFC 1035 §3.4.2): a protocol number and a bit for each port. Words are read, numbers written. */
import type { OctetWriter } from '../../octets.ts'
import type { TextWriter, Tokens } from '../../presentation/index.ts'
import { arrayValue, type Draw, Field, type RdataCursor, wholeNumber } from '../field.ts'
import { named } from './numbers.ts'

/** Protocols (RFC 1010 and its successors) that a WKS could name. */
export const protocol: Field<number> = named(
  1,
  'a protocol',
  new Map([
    [1, 'ICMP'],
    [2, 'IGMP'],
    [3, 'GGP'],
    [6, 'TCP'],
    [8, 'EGP'],
    [12, 'PUP'],
    [17, 'UDP'],
    [33, 'DCCP'],
    [132, 'SCTP'],
    [136, 'UDPLITE'],
  ]),
)

/** Services of the Assigned Numbers of WKS's own time, RFC 1010, and a few that later files name. */
const PORTS: Readonly<Record<string, number>> = {
  TCPMUX: 1,
  RJE: 5,
  ECHO: 7,
  DISCARD: 9,
  USERS: 11,
  SYSTAT: 11,
  DAYTIME: 13,
  NETSTAT: 15,
  QUOTE: 17,
  QOTD: 17,
  CHARGEN: 19,
  'FTP-DATA': 20,
  FTP: 21,
  SSH: 22,
  TELNET: 23,
  SMTP: 25,
  TIME: 37,
  RLP: 39,
  GRAPHICS: 41,
  NAMESERVER: 42,
  NICNAME: 43,
  WHOIS: 43,
  DOMAIN: 53,
  'SQL*NET': 66,
  BOOTPS: 67,
  BOOTPC: 68,
  TFTP: 69,
  GOPHER: 70,
  FINGER: 79,
  HTTP: 80,
  KERBEROS: 88,
  HOSTNAME: 101,
  HOSTNAMES: 101,
  'ISO-TSAP': 102,
  X400: 103,
  'X400-SND': 104,
  POP2: 109,
  POP3: 110,
  SUNRPC: 111,
  AUTH: 113,
  SFTP: 115,
  'UUCP-PATH': 117,
  NNTP: 119,
  NTP: 123,
  'NETBIOS-NS': 137,
  'NETBIOS-DGM': 138,
  'NETBIOS-SSN': 139,
  IMAP: 143,
  SNMP: 161,
  BGP: 179,
  LDAP: 389,
  HTTPS: 443,
  SYSLOG: 514,
  PRINTER: 515,
  IMAPS: 993,
  POP3S: 995,
}

class Ports extends Field<number[]> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const ports: number[] = []
    while (tokens.left > 0) {
      const token = tokens.cursor++
      let port = tokens.decimal(token, 65535)
      if (port < 0) port = PORTS[tokens.string(token).toUpperCase()] ?? -1
      if (port < 0) tokens.fail(`expected a port (a number or the name of a service), found '${tokens.show(token)}'`)
      ports.push(port)
    }
    writePorts(ports, out)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.ascii(this.decode(cursor).join(' '))
  }

  check(cursor: RdataCursor): boolean {
    const length = cursor.end - cursor.at
    cursor.at = cursor.end
    return length <= 8192
  }

  decode(cursor: RdataCursor): number[] {
    const ports: number[] = []
    for (let base = 0; cursor.at < cursor.end; base += 8) {
      const octet = cursor.octets[cursor.at++]!
      for (let bit = 0; bit < 8; bit++) if ((octet & (0x80 >> bit)) !== 0) ports.push(base + bit)
    }
    return ports
  }

  encode(value: unknown, out: OctetWriter): void {
    writePorts(
      arrayValue(this.kind, value).map((port) => wholeNumber(this.kind, port, 65535)),
      out,
    )
  }

  generate(draw: Draw): number[] {
    const ports = Array.from({ length: draw(6) }, () => draw(draw(4) === 0 ? 65536 : 512))
    return [...new Set(ports)].sort((a, b) => a - b)
  }
}

function writePorts(ports: readonly number[], out: OctetWriter): void {
  const length = ports.length === 0 ? 0 : Math.floor(Math.max(...ports) / 8) + 1
  const bits = new Uint8Array(length)
  for (const port of ports) bits[port >> 3] = bits[port >> 3]! | (0x80 >> (port & 7))
  out.bytes(bits)
}

export const ports: Field<number[]> = new Ports('ports')
