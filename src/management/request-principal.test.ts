/** Which requests to the API are authorized: over the network what reads status, over the control socket all. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import Fastify from 'fastify'
import { SILENT_LOG } from '../ports/log.ts'
import { readReplyText, requestOverSocket } from '../transport/index.ts'
import { ZONE_ACTIONS } from './action-routes.ts'
import { controlPath, startManagement } from './index.ts'
import { authorizeRequests, EXPORTS, READS, WRITES } from './request-principal.ts'
import { FakeServer, makeFolder, NOW } from './server.fixture.ts'

const world = { clock: { wall: () => NOW, steady: () => NOW, ahead: () => 0 }, log: SILENT_LOG }
const server = new FakeServer()
server.dumpLines = 3
const socketPath = controlPath(makeFolder())
const management = await startManagement(server, { listen: [{ host: '127.0.0.1', port: 0 }], socketPath }, world)
after(() => management.close())

const WRITING = [
  ...Object.keys(ZONE_ACTIONS).map((action) => `/api/v1/zones/example./${action}`),
  ...['/api/v1/reload', '/api/v1/stop', '/api/v1/reopen-logs', '/api/v1/query-log', '/api/v1/resolver/flush'],
  ...['/api/v1/trust-points/refresh', '/api/v1/trust-points/add', '/api/v1/trust-points/remove'],
  ...['/api/v1/negative-anchors/add', '/api/v1/negative-anchors/remove'],
]
const EXPORTING = ['/api/v1/zones/example./dump', '/api/v1/resolver/dump']

/** The status of a request over the network and over the control socket. */
async function statusesOf(method: 'GET' | 'POST', path: string): Promise<[network: number, control: number]> {
  const reply = await fetch(`http://${management.addresses[0]}${path}`, { method })
  await reply.text()
  const overSocket = await requestOverSocket({ path: socketPath, method, target: path, idleSeconds: 5 })
  await readReplyText(overSocket, 1 << 20)
  return [reply.status, overSocket.status]
}

test('over the network a route that changes something is not there to be called, and the server is not reached', async () => {
  for (const path of WRITING) {
    server.calls.length = 0
    const reply = await fetch(`http://${management.addresses[0]}${path}`, { method: 'POST' })
    assert.deepEqual([reply.status, reply.headers.get('allow')], [405, 'GET, HEAD'], path)
    assert.deepEqual(server.calls, [], path)
  }
})

test('what zones and caches hold is shown over the control socket only', async () => {
  for (const path of EXPORTING) assert.deepEqual(await statusesOf('GET', path), [404, 200], path)
})

test('a route without an action cannot be added', async () => {
  const app = Fastify()
  authorizeRequests(app, 'network', (_, reply) => reply.code(403).send())
  assert.throws(() => app.get('/forgotten', { config: {} }, () => 'shown'), /GET \/forgotten: the route has no action/)
})

test('a request is authorized by the action of its route and the socket that it came over', async () => {
  for (const [access, statuses] of [
    ['network', [200, 403, 403]],
    ['control', [200, 200, 200]],
  ] as const) {
    const app = Fastify()
    authorizeRequests(app, access, (_, reply) => reply.code(403).send())
    app
      .get('/read', READS, () => 'done')
      .get('/export', EXPORTS, () => 'done')
      .post('/write', WRITES, () => 'done')
    const inject = async (method: 'GET' | 'POST', url: string): Promise<number> =>
      (await app.inject({ method, url })).statusCode
    const given = [await inject('GET', '/read'), await inject('GET', '/export'), await inject('POST', '/write')]
    assert.deepEqual(given, statuses, access)
    await app.close()
  }
})
