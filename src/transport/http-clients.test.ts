/** The bound on connections of an HTTP server. */
import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { limitClients } from './http-clients.ts'
import { until, after as wait } from './talk.fixture.ts'

/** Longer than a connection must have been idle to be closed for another. */
const IDLE = 400
const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'

const waiting: ServerResponse[] = []
const server = createServer((request, response) => {
  if (request.url === '/wait') waiting.push(response)
  else response.end('answer')
})
limitClients(server, 2)
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
after(() => server.close().closeAllConnections())

type Client = { readonly socket: Socket; text: string; ended: boolean }

async function dial(text: string): Promise<Client> {
  const bound = server.address()
  const socket = connect(typeof bound === 'object' && bound !== null ? bound.port : 0, '127.0.0.1')
  const client: Client = { socket, text: '', ended: false }
  socket.on('data', (chunk: Buffer) => {
    client.text += chunk.toString()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    client.ended = true
  })
  await new Promise<void>((done) => socket.once('connect', done).once('close', () => done()))
  socket.write(text)
  return client
}

test('an idle connection makes room, one whose request is being answered does not', async () => {
  const busy = await dial(GET.replace('/', '/wait'))
  const idle = await dial(GET)
  await until(() => idle.text.includes('answer') && waiting.length === 1, 'an answer')
  await wait(IDLE)
  const next = await dial(GET.replace('/', '/wait'))
  await until(() => idle.ended && waiting.length === 2, 'the idle one to be closed')
  await wait(IDLE)
  const last = await dial(GET)
  await until(() => last.ended, 'one more to be turned away')
  assert.equal(last.text, '')
  for (const response of waiting) response.end('late')
  await until(() => busy.text.includes('late') && next.text.includes('late'), 'their answers')
  // Answered, they are idle again.
  await wait(IDLE)
  const again = await dial(GET)
  await until(() => again.text.includes('answer'), 'an answer')
})
