/** Requests over HTTPS: whatever the head says, it is a message, a wish for the body, or a status; freshness fits a message. */
import { freshnessSeconds } from '../../src/transport/doh-freshness.ts'
import { readDohRequest } from '../../src/transport/doh-request.ts'
import { certificateNames } from '../../src/transport/tls-acceptor.ts'
import { type FuzzTarget, hold } from '../target.ts'

const MAX = 600
const STATUSES: ReadonlySet<number> = new Set([400, 404, 405, 406, 413, 415, 501])

export const target: FuzzTarget = {
  name: 'doh',
  /** Lines: method, target, Accept, Content-Type, Content-Length, names of a certificate; an empty one is an absent header. */
  run(octets) {
    const seconds = freshnessSeconds(octets)
    hold(seconds >= 0 && seconds <= 0x7fffffff, 'freshness is a TTL')
    const lines = Buffer.from(octets).toString('latin1').split('\n')
    const [method = '', path = '', accept, contentType, contentLength, names] = lines.map((line) => line || undefined)
    for (const name of certificateNames(names)) hold(/^[a-z0-9_.:*-]+$/.test(name), 'a name is one name')
    const request = readDohRequest({ method, target: path, accept, contentType, contentLength }, '/dns-query', MAX)
    if (request.kind === 'message') {
      hold(request.message.length > 0 && request.message.length <= MAX, 'a message has a size')
      const again = Buffer.from(request.message).toString('base64url')
      hold(path.startsWith('/dns-query?'), 'only this path has messages')
      hold(again.length > 0, 'a message can be written')
      return 'message'
    }
    if (request.kind === 'refused') {
      hold(STATUSES.has(request.refusal.status), `a status that we give, not ${request.refusal.status}`)
      return String(request.refusal.status)
    }
    hold(method === 'POST', 'only a POST has a body')
    return 'body'
  },
  seeds() {
    const heads = [
      'GET\n/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB\n*/*\n\n\nDNS:a.example, DNS:"b, DNS:c", IP Address:192.0.2.1',
      'POST\n/dns-query\napplication/dns-message;q=0.5, text/html\napplication/dns-message; x=y\n33\n',
      'HEAD\n/dns-query?x=y&dns=AA%41B\ntext/html\n\n\n',
      'PUT\n/dns-query',
      'X\n/dns-query',
      'POST\n/dns-query\n\napplication/dns-message\n99999',
    ]
    return heads.map((head) => new TextEncoder().encode(head))
  },
  dictionary: ['GET', 'POST', '/dns-query', '?dns=', '&dns=', '%', 'application/', ';q=0', 'DNS:', '", ', '\n'].map(
    (text) => new TextEncoder().encode(text),
  ),
}
