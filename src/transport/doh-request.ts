/**
 * What a request for DNS over HTTPS (RFC 8484 §4.1) asks, and the status of one that asks nothing. Pure: method, target and
 * headers in, a word out. DNS errors are no HTTP errors: a message that can be answered FORMERR is passed on (RFC 8484 §4.2.1).
 */

export const DNS_MESSAGE = 'application/dns-message'

export type HttpRefusal = { readonly status: number; readonly reason: string; readonly allow?: string }

/** The message of a GET; or that the message is the body of a POST; or why there is none. */
export type DohRequest =
  | { readonly kind: 'message'; readonly message: Uint8Array }
  | { readonly kind: 'body' }
  | { readonly kind: 'refused'; readonly refusal: HttpRefusal }

export type RequestHead = {
  readonly method: string
  /** Path and query, as they stand in the request. */
  readonly target: string
  readonly accept: string | undefined
  readonly contentType: string | undefined
  readonly contentLength: string | undefined
}

/** Methods that HTTP knows and this resource does not allow; others are not known at all (RFC 9110 §9.1, §15.6.2). */
const OTHER_METHODS: ReadonlySet<string> = new Set(['PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT'])

export function readDohRequest(head: RequestHead, path: string, maxMessage: number): DohRequest {
  const { method, target } = head
  const question = target.indexOf('?')
  if ((question < 0 ? target : target.slice(0, question)) !== path) return refuse(404, 'there is nothing here')
  const withQuery = method === 'GET' || method === 'HEAD'
  if (!withQuery && method !== 'POST') {
    if (!OTHER_METHODS.has(method)) return refuse(501, 'unknown method')
    return { kind: 'refused', refusal: { status: 405, reason: 'GET or POST', allow: 'GET, HEAD, POST' } }
  }
  if (!acceptsMessages(head.accept)) return refuse(406, `the answer is ${DNS_MESSAGE}`)
  if (withQuery) return readQuery(question < 0 ? '' : target.slice(question + 1), maxMessage)
  const type = head.contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== DNS_MESSAGE) return refuse(415, `the body must be ${DNS_MESSAGE}`)
  if (Number(head.contentLength ?? 0) > maxMessage) return refuse(413, `at most ${maxMessage} octets`)
  return { kind: 'body' }
}

/** The `dns` variable: base64url without padding (RFC 8484 §6, RFC 4648 §5). */
function readQuery(query: string, maxMessage: number): DohRequest {
  const text = new URLSearchParams(query).get('dns')
  if (text === null) return refuse(400, "the query string has no 'dns'")
  if (text.length > Math.ceil((maxMessage * 4) / 3)) return refuse(413, `at most ${maxMessage} octets`)
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1)
    return refuse(400, "'dns' is no base64url without padding")
  return { kind: 'message', message: new Uint8Array(Buffer.from(text, 'base64url')) }
}

/** Whether a header Accept, if there is one, lets the answer's type pass (RFC 9110 §12.5.1). */
function acceptsMessages(accept: string | undefined): boolean {
  if (accept === undefined) return true
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    if (type !== DNS_MESSAGE && type !== 'application/*' && type !== '*/*') return false
    return !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}

function refuse(status: number, reason: string): DohRequest {
  return { kind: 'refused', refusal: { status, reason } }
}
