import assert from 'node:assert/strict'
import { request as requestPlain } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import { Agent, request as requestTls } from 'node:https'
import { afterEach, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { decodeMessage, encodeMessage } from '../dns/wire/index.ts'
import type { Peer, Service } from '../ports/index.ts'
import { TestAuthority, TestCertificates } from './certificates.fixture.ts'
import { freshnessSeconds } from './doh-freshness.ts'
import { HttpsServer, type HttpsServerOptions } from './https-server.ts'
import { after, answerAll, answerTo, LOOPBACK, labelOf, queryFor, RawClient, until } from './talk.fixture.ts'

const TYPE = 'application/dns-message'
const authority = await TestAuthority.make()
const certificates = new TestCertificates(await authority.sign(['doh.example', '127.0.0.1']))
let server: HttpsServer | undefined
const endings: (() => void)[] = []
/** Serial numbers of the certificates that were shown. */
const seenSerials: string[] = []

afterEach(async () => {
  for (const end of endings.splice(0)) end()
  await server?.close(0)
})

type Reply = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }
type Ask = (method: string, path: string, headers?: Record<string, string>, body?: Uint8Array) => Promise<Reply>

async function serve(service: Service, options: Partial<HttpsServerOptions> = {}): Promise<number> {
  server = new HttpsServer(service, { tls: { certificate: certificates }, ...options })
  const [bound] = await server.listen([LOOPBACK])
  return bound?.port ?? 0
}

function http1(port: number, tls = true): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ALPNProtocols: ['http/1.1'] })
  if (tls) endings.push(() => agent.destroy())
  return (method, path, headers = {}, body) =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, method, path, headers }
      const request = tls
        ? requestTls({ ...options, agent, ca: authority.pem })
        : requestPlain({ ...options, agent: false })
      request.on('error', reject)
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        )
      })
      request.end(body)
    })
}

function session(port: number, tls = true): ClientHttp2Session {
  const checkServerIdentity = (_host: string, { serialNumber }: { serialNumber: string }): undefined => {
    seenSerials.push(serialNumber)
  }
  const client = connect(`http${tls ? 's' : ''}://127.0.0.1:${port}`, { ca: authority.pem, checkServerIdentity })
  client.on('error', () => {})
  endings.push(() => client.destroy())
  return client
}

function http2(port: number, client = session(port)): Ask {
  return (method, path, headers = {}, body) =>
    new Promise((resolve, reject) => {
      const stream = client.request({ ':method': method, ':path': path, ...headers })
      const chunks: Buffer[] = []
      let got: Record<string, string | string[] | undefined> = {}
      let status = 0
      stream.on('error', reject)
      stream.on('response', ({ ':status': code, ...rest }) => {
        status = code ?? 0
        got = rest
      })
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => resolve({ status, headers: got, body: Buffer.concat(chunks) }))
      stream.end(body)
    })
}

function target(query: Uint8Array, path = '/dns-query'): string {
  return `${path}?dns=${Buffer.from(query).toString('base64url')}`
}

for (const [version, client] of [
  ['HTTP/1.1', (port: number) => http1(port)],
  ['HTTP/2', (port: number) => http2(port)],
  ['HTTP/1.1 without TLS', (port: number) => http1(port, false)],
  ['HTTP/2 without TLS', (port: number) => http2(port, session(port, false))],
] as const) {
  const plain = version.endsWith('TLS')
  const tls: Partial<HttpsServerOptions> = plain ? { tls: 'none' } : {}

  test(`RFC8484 §4.1: GET and POST by ${version}`, async () => {
    const peers: Peer[] = []
    const ask = client(
      await serve((message, peer) => {
        peers.push(peer)
        return answerTo(message, { ttl: 77 })
      }, tls),
    )
    const query = queryFor('www.example.', 0)
    const got = await ask('GET', target(query), { accept: TYPE })
    const posted = await ask('POST', '/dns-query', { 'content-type': `${TYPE}; x=y`, accept: '*/*' }, query)
    for (const reply of [got, posted]) {
      assert.equal(reply.status, 200)
      assert.equal(reply.headers['content-type'], TYPE)
      assert.equal(reply.headers['cache-control'], 'max-age=77')
      assert.equal(labelOf(reply.body), 'www')
    }
    const head = await ask('HEAD', target(query))
    assert.deepEqual([head.status, head.body.length], [200, 0])
    const expected = plain ? [undefined, undefined] : ['TLSv1.3', version === 'HTTP/2' ? 'h2' : 'http/1.1']
    assert.deepEqual([peers[0]?.tlsVersion, peers[0]?.applicationProtocol], expected)
    assert.equal(peers[0]?.protocol, 'https')
    assert.deepEqual(peers[0]?.address, LOOPBACK.address)
  })

  test(`RFC8484 §4.2.1: what is no query gets a status, by ${version}`, async () => {
    const silent: Service = (message) => (labelOf(message) === 'no' ? undefined : answerTo(message))
    const ask = client(await serve(silent, { ...tls, maxMessage: 4000 }))
    const query = queryFor('a.', 0)
    const post = { 'content-type': TYPE }
    const cases: [number, string, string, Record<string, string>?, Uint8Array?][] = [
      [404, 'GET', target(query, '/')],
      [404, 'GET', target(query, '/dns-query/')],
      [405, 'PUT', '/dns-query', post, query],
      [405, 'OPTIONS', '/dns-query'],
      [501, 'PROPFIND', '/dns-query'],
      [400, 'GET', '/dns-query'],
      [400, 'GET', '/dns-query?dns='],
      [400, 'GET', '/dns-query?dns=AAAB='],
      [400, 'GET', '/dns-query?dns=AA.A'],
      [400, 'GET', '/dns-query?dns=AAABB'],
      [400, 'GET', '/dns-query?dns=AAAA'],
      [400, 'GET', target(answerTo(query))],
      [400, 'POST', '/dns-query', post, query.subarray(0, 11)],
      [400, 'POST', '/dns-query', post],
      [406, 'GET', target(query), { accept: 'text/html, application/dns-message;q=0' }],
      [413, 'POST', '/dns-query', { ...post, 'content-length': '4001' }, new Uint8Array(4001)],
      [413, 'GET', target(new Uint8Array(4001))],
      [415, 'POST', '/dns-query', { 'content-type': 'application/json' }, query],
      [415, 'POST', '/dns-query', {}, query],
      [503, 'GET', target(queryFor('no.', 0))],
      [200, 'POST', '/dns-query', { ...post, accept: 'text/html, application/*;q=0.5' }, query],
    ]
    for (const [status, method, path, headers, body] of cases) {
      const reply = await ask(method, path, headers, body)
      assert.equal(reply.status, status, `${method} ${path.slice(0, 60)} ${JSON.stringify(headers)}: ${reply.body}`)
      if (status === 405) assert.equal(reply.headers.allow, 'GET, HEAD, POST')
    }
    assert.equal(server?.counters.statuses[400], 9)
    assert.equal(server?.counters.accepted, version === 'HTTP/1.1 without TLS' ? cases.length : 1, 'connections')
  })
}

test('a body without a length that grows too long is refused', async () => {
  const port = await serve(answerAll, { maxMessage: 1000 })
  for (const ask of [http1(port), http2(port)]) {
    const headers = { 'content-type': TYPE }
    assert.equal((await ask('POST', '/dns-query', headers, new Uint8Array(50_000))).status, 413)
    assert.equal((await ask('POST', '/dns-query', headers, queryFor('a.'))).status, 200)
  }
})

test('RFC8484 §4.2: transfers are not implemented over HTTPS, whatever the service would say', async () => {
  let asked = 0
  const port = await serve(async function* (message) {
    asked++
    yield answerTo(message)
  })
  const ask = http2(port)
  for (const [type, times] of [
    [252, 0],
    [251, 0],
    [1, 0], // an answer of many messages that was not asked for is never begun
  ] as const) {
    const reply = await ask('GET', target(queryFor('zone.', 5, type)))
    const { header, questions } = decodeMessage(reply.body)
    assert.deepEqual([reply.status, header.rcode, header.qr, header.id, questions[0]?.type], [200, 4, true, 5, type])
    assert.equal(reply.headers['cache-control'], 'max-age=0')
    assert.equal(asked, times)
  }
})

test('answers in any order, many at a time', async () => {
  const port = await serve(async (message) => {
    const kept = message.slice()
    await after(labelOf(kept) === 'slow' ? 100 : 1)
    return answerTo(kept)
  })
  const ask = http2(port)
  const order: string[] = []
  await Promise.all(
    ['slow', ...new Array<string>(60).fill('quick')].map(async (name) => {
      const reply = await ask('POST', '/dns-query', { 'content-type': TYPE }, queryFor(`${name}.`))
      order.push(labelOf(reply.body))
    }),
  )
  assert.equal(order.at(-1), 'slow')
})

test('a new certificate, while connections go on', async () => {
  const port = await serve(answerAll)
  const first = session(port)
  const ask = http2(port, first)
  await ask('GET', target(queryFor('a.')))
  const old = certificates.current()
  certificates.change(await authority.sign(['new.example', '127.0.0.1']))
  const second = session(port)
  const reply = await http2(port, second)('GET', target(queryFor('a.')))
  assert.equal(reply.status, 200)
  assert.equal((await ask('GET', target(queryFor('b.')))).status, 200)
  const [before, now] = seenSerials.slice(-2)
  assert.ok(before !== undefined && now !== undefined && before !== now)
  certificates.change(old)
})

test('idle connections, heads and bodies that do not come, are ended', async () => {
  const port = await serve(answerAll, { tls: 'none', idleSeconds: 0.2, bodySeconds: 0.1 })
  const silent = await RawClient.open(port)
  const head = await RawClient.open(port)
  head.socket.write('GET /dns-query HTTP/1.1\r\nHost: x')
  const body = await RawClient.open(port)
  body.socket.write(`POST /dns-query HTTP/1.1\r\nHost: x\r\nContent-Type: ${TYPE}\r\nContent-Length: 50\r\n\r\nabc`)
  await Promise.all([silent.end(), head.end(), body.end()])
  await until(() => server?.counters.open === 0, 'all to be gone')
  assert.equal(server?.counters.timedOut, 3)
})

test('an idle HTTP/2 session, and one with a body that does not come, are ended', async () => {
  const port = await serve(answerAll, { idleSeconds: 0.2, bodySeconds: 0.15 })
  const idle = session(port)
  const busy = session(port)
  await http2(port, idle)('GET', target(queryFor('a.')))
  const stream = busy.request({ ':method': 'POST', ':path': '/dns-query', 'content-type': TYPE }, { endStream: false })
  stream.on('error', () => {})
  stream.write('abc')
  await until(() => idle.destroyed && busy.destroyed, 'both to be gone')
  await until(() => server?.counters.open === 0, 'the count')
})

test('RFC9113 §3.4: without TLS, the first octets tell HTTP/2 from HTTP/1.1 even when they come one by one', async () => {
  const port = await serve(answerAll, { tls: 'none' })
  const client = await RawClient.open(port)
  const octets: Buffer[] = []
  client.socket.removeAllListeners('data').on('data', (chunk: Buffer) => octets.push(chunk))
  for (const letter of 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') {
    client.socket.write(letter)
    await after(1)
  }
  await until(() => octets.length > 0, 'an answer')
  assert.equal(Buffer.concat(octets)[3], 4, 'a SETTINGS frame')
  const other = await RawClient.open(port)
  const lines: Buffer[] = []
  other.socket.removeAllListeners('data').on('data', (chunk: Buffer) => lines.push(chunk))
  for (const letter of `PUT /dns-query HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`) {
    other.socket.write(letter)
    await after(1)
  }
  await other.end()
  assert.match(Buffer.concat(lines).toString(), /^HTTP\/1.1 405 /)
})

test('noise is no HTTP', async () => {
  const port = await serve(answerAll, { tls: 'none' })
  const noise = await RawClient.open(port)
  noise.socket.write(new Uint8Array(3000).fill(0xfe))
  await noise.end()
  const long = await RawClient.open(port)
  long.socket.write(`GET /dns-query?dns=${'A'.repeat(40_000)} HTTP/1.1\r\n\r\n`)
  await long.end()
  await until(() => server?.counters.open === 0, 'both to be gone')
  assert.equal(server?.counters.requests, 0)
})

test('a client that closes its side of a connection without requests is let go', async () => {
  const port = await serve(answerAll)
  for (const protocol of ['h2', 'http/1.1']) {
    const socket = connectTls({ host: '127.0.0.1', port, ca: authority.pem, ALPNProtocols: [protocol] })
    endings.push(() => socket.destroy())
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    await until(() => server?.counters.open === 1, 'the connection')
    if (protocol === 'h2') socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0')
    socket.end()
    await until(() => server?.counters.open === 0, `the end of ${protocol}`)
  }
})

test('closing answers what is open', async () => {
  const port = await serve(async (message) => {
    const kept = message.slice()
    await after(100)
    return answerTo(kept)
  })
  const replies = [http1(port), http2(port)].map((ask) => ask('GET', target(queryFor('a.'))))
  await until(() => server?.counters.requests === 2, 'the requests')
  const closed = server?.close(5)
  for (const reply of await Promise.all(replies)) assert.equal(reply.status, 200)
  const started = Date.now()
  await closed
  assert.ok(Date.now() - started < 3000)
})

test('RFC8484 §5.1: freshness is the smallest TTL of the answers, or what the SOA of a denial says', () => {
  assert.equal(freshnessSeconds(answerTo(queryFor('a.'), { ttl: 30 })), 30)
  assert.equal(freshnessSeconds(answerTo(queryFor('a.'), { ttl: 0x80000000 })), 0)
  assert.equal(freshnessSeconds(answerTo(queryFor('a.'), { ttl: 30, bits: 2 })), 0)
  assert.equal(freshnessSeconds(answerTo(queryFor('a.'), { size: 0 })), 0)
  assert.equal(freshnessSeconds(Uint8Array.of(1)), 0)
  const empty = decodeMessage(answerTo(queryFor('a.'), { size: 0, bits: 3 }))
  const [question] = empty.questions
  assert.ok(question !== undefined)
  const soa = (ttl: number, minimum: number): Uint8Array => {
    const rdata = Uint8Array.from([0, 0, ...new Array<number>(16).fill(0), 0, 0, minimum >>> 8, minimum & 255])
    return encodeMessage({ ...empty, authority: [{ owner: question.name, type: 6, class: 1, ttl, rdata }] })
  }
  assert.equal(freshnessSeconds(soa(600, 300)), 300)
  assert.equal(freshnessSeconds(soa(60, 300)), 60)
})
