/** HTTP over a unix socket or a named pipe: what asks a server of this machine by the path of its socket. */
import { request } from 'node:http'
import { connect } from 'node:net'
import { DnsError } from '../dns/errors.ts'
import { networkReason } from './network-error.ts'

export type SocketRequest = {
  readonly path: string
  readonly method: 'GET' | 'POST'
  /** Path and query, escaped. */
  readonly target: string
  readonly body?: unknown
  /** How long nothing may come before it fails. */
  readonly idleSeconds: number
}

export type SocketReply = { readonly status: number; readonly chunks: AsyncIterable<Uint8Array> }

/** Sends the request. Rejects, as reading the reply does, with DnsError `exchange-failed` whose text names path and reason. */
export function requestOverSocket(asked: SocketRequest): Promise<SocketReply> {
  const body = asked.body === undefined ? undefined : Buffer.from(JSON.stringify(asked.body))
  const headers: Record<string, string | number> = { host: 'localhost', connection: 'close' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  headers['content-length'] = body?.length ?? 0
  return new Promise((resolve, reject) => {
    const { path: socketPath, method, target: path, idleSeconds } = asked
    const sent = request({ socketPath, method, path, headers, timeout: idleSeconds * 1000 }, (reply) => {
      resolve({ status: reply.statusCode ?? 0, chunks: chunksOf(reply, asked.path) })
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer for ${idleSeconds} seconds`)))
    sent.on('error', (error) => reject(failure(asked.path, error)))
    sent.end(body)
  })
}

async function* chunksOf(reply: AsyncIterable<Uint8Array>, path: string): AsyncIterable<Uint8Array> {
  try {
    yield* reply
  } catch (error) {
    throw failure(path, error)
  }
}

/** The body as text; rejects with `exchange-failed` when it is longer than that. */
export async function readReplyText(reply: SocketReply, maxOctets: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of reply.chunks) {
    length += chunk.length
    if (length > maxOctets) throw new DnsError('exchange-failed', `the reply is longer than ${maxOctets} octets`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** True when somebody accepts connections there. */
export function isSocketAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function failure(path: string, error: unknown): DnsError {
  return new DnsError('exchange-failed', `${path}: ${reasonOf(error)}`, { cause: error })
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'there is no socket'
  if (code === 'ECONNREFUSED') return 'nobody answers there'
  return networkReason(error)
}
