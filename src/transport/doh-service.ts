/**
 * From a request over HTTP to a response, whatever version of HTTP it came by.
 *
 * A zone transfer is not done over HTTPS: it is many messages, and a response carries one (RFC 8484 §4.2). It is answered NOTIMP
 * before anything is asked. A query that the service meets with silence gets a status nevertheless, since HTTP has no silence: 400
 * when it is no query, 503 when the service does not want to answer it.
 */
import type { Readable } from 'node:stream'
import { FLAG_QR, FLAG_RD, MessageBuilder, MessageView, OPCODE_MASK, RCODE_NOTIMP } from '../dns/wire/index.ts'
import type { Peer, Service } from '../ports/index.ts'
import { freshnessSeconds } from './doh-freshness.ts'
import { DNS_MESSAGE, type HttpRefusal, type RequestHead, readDohRequest } from './doh-request.ts'

export type HttpReply = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type DohOptions = { readonly path: string; readonly maxMessage: number }

const TYPE_IXFR = 251
const TYPE_AXFR = 252
const view = new MessageView()
const builder = new MessageBuilder()

/** Never rejects. `onAsked` is called when the request has been read. */
export async function answerRequest(
  head: RequestHead,
  body: Readable,
  peer: Peer,
  service: Service,
  options: DohOptions,
  onAsked: () => void,
): Promise<HttpReply> {
  const request = readDohRequest(head, options.path, options.maxMessage)
  if (request.kind === 'refused') return refusal(request.refusal)
  const message = request.kind === 'message' ? request.message : await readBody(body, options.maxMessage)
  if (message === 'too-long') return refusal({ status: 413, reason: `at most ${options.maxMessage} octets` })
  if (message === 'broken') return refusal({ status: 400, reason: 'the body ended early' })
  onAsked()
  const fault = view.parse(message)
  if (fault === 'no-header' || view.isResponse) return refusal({ status: 400, reason: 'this is no DNS query' })
  if (fault === undefined && (view.qtype === TYPE_AXFR || view.qtype === TYPE_IXFR)) return success(notImplemented())
  try {
    const answer = await service(message, peer)
    if (answer instanceof Uint8Array) return success(answer)
    if (answer === undefined) return refusal({ status: 503, reason: 'this query is not answered' })
    // Never begun, so that nothing has to be ended.
    view.parse(message)
    return success(notImplemented())
  } catch {
    return refusal({ status: 500, reason: 'the query could not be answered' })
  }
}

async function readBody(body: Readable, maxMessage: number): Promise<Uint8Array | 'too-long' | 'broken'> {
  const chunks: Uint8Array[] = []
  let length = 0
  return new Promise((resolve) => {
    body.on('data', (chunk: Uint8Array) => {
      length += chunk.length
      if (length > maxMessage) resolve('too-long')
      else chunks.push(chunk)
    })
    body.once('end', () => resolve(Buffer.concat(chunks)))
    body.once('close', () => resolve('broken'))
  })
}

function success(answer: Uint8Array): HttpReply {
  const headers = {
    'content-type': DNS_MESSAGE,
    'content-length': String(answer.length),
    'cache-control': `max-age=${freshnessSeconds(answer)}`,
  }
  return { status: 200, headers, body: Uint8Array.from(answer) }
}

function refusal({ status, reason, allow }: HttpRefusal): HttpReply {
  const body = Buffer.from(`${reason}\n`)
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(body.length),
    'cache-control': 'no-store',
  }
  return { status, headers: allow === undefined ? headers : { ...headers, allow }, body }
}

/** NOTIMP for the query in the view. */
function notImplemented(): Uint8Array {
  builder.begin(view.id, FLAG_QR | (view.bits & (OPCODE_MASK | FLAG_RD)) | RCODE_NOTIMP)
  builder.copyQuestion(view)
  return builder.copy()
}
