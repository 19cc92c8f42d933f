/**
 * Bounds the connections of an HTTP server of Node's. When there are as many as may be, the one that has been idle longest
 * makes room for the next, so that clients that only hold connections do not lock the operator out.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { monotonicMilliseconds } from '../clock/index.ts'

/** A connection that has been idle for less is not closed for another: its client may just be about to ask. */
const LEAST_IDLE_MILLISECONDS = 250

/** `since`: when the connection was made, or its last request was answered, by `monotonicMilliseconds`. */
type Client = { since: number; open: OpenRequest | undefined }
type OpenRequest = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly since: number }

/** Lets in `most` connections at a time. */
export function limitClients(server: Server, most: number): void {
  const clients = new Map<Socket, Client>()
  server.on('connection', (socket: Socket) => {
    if (clients.size >= most && !makeRoom(clients)) {
      socket.destroy()
      return
    }
    clients.set(socket, { since: monotonicMilliseconds(), open: undefined })
    socket.once('close', () => clients.delete(socket))
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const client = clients.get(request.socket)
    if (client === undefined) return
    const open = { request, response, since: monotonicMilliseconds() }
    client.open = open
    response.once('close', () => {
      if (client.open !== open) return
      client.open = undefined
      client.since = monotonicMilliseconds()
    })
  })
}

/** Closes the connection that has waited for its client longest. Returns false when none has waited for long enough. */
function makeRoom(clients: Map<Socket, Client>): boolean {
  let longest: { socket: Socket; since: number } | undefined
  for (const [socket, client] of clients) {
    const since = idleSince(client)
    if (since !== undefined && (longest === undefined || since < longest.since)) longest = { socket, since }
  }
  if (longest === undefined || monotonicMilliseconds() - longest.since < LEAST_IDLE_MILLISECONDS) return false
  // It counts no longer, though its event comes later.
  clients.delete(longest.socket)
  longest.socket.destroy()
  return true
}

/** Undefined while the client waits for us: its request is complete, and its response is not. */
function idleSince({ since, open }: Client): number | undefined {
  if (open === undefined) return since
  return open.request.complete && !open.response.writableEnded ? undefined : open.since
}
