/** Forwarders that fail, each in a way of its own: what clients, the log, status and `signet explain` say of the cause. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../dns/name/index.ts'
import { A, CLASS_IN } from '../dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf, optionOf } from '../dns/wire/index.ts'
import { TestAuthority, TestCertificates } from '../transport/certificates.fixture.ts'
import { parseAddress, TlsServer } from '../transport/index.ts'
import { askUdp, makeFolder, RunningServer } from './running-server.fixture.ts'
import { Workplace } from './signet.fixture.ts'

const HOUR = 3_600_000
const folder = makeFolder()
const place = new Workplace({ isShared: true })
const LOOPBACK = parseAddress('127.0.0.1') ?? new Uint8Array(4)

/** Any name has the address 192.0.2.7. */
function answerTo(octets: Uint8Array): Uint8Array {
  const query = decodeMessage(octets)
  const [question] = query.questions
  const rdata = Uint8Array.of(192, 0, 2, 7)
  const answer = question === undefined ? [] : [{ owner: question.name, type: 1, class: 1, ttl: 60, rdata }]
  return encodeMessage({ ...query, header: { ...query.header, qr: true, ra: true }, answer })
}

/** A forwarder over TLS with a certificate for these names; returns its port. */
async function forwarder(
  authority: TestAuthority,
  names: readonly string[],
  validMilliseconds = HOUR,
): Promise<number> {
  const certificate = new TestCertificates(await authority.sign(names, validMilliseconds))
  const server = new TlsServer(answerTo, { certificate })
  after(() => server.close())
  const [bound] = await server.listen([{ address: LOOPBACK, port: 0 }])
  return bound?.port ?? 0
}

const authority = await TestAuthority.make()
const stranger = await TestAuthority.make('Another authority')
writeFileSync(join(folder, 'ca.pem'), authority.pem)

/** A port at which a UDP forwarder does what `reply` says; `withTcp`: something listens there by TCP, too. */
async function udpForwarder(reply: (octets: Buffer) => Uint8Array | undefined): Promise<number> {
  const socket = createSocket('udp4')
  after(() => socket.close())
  socket.on('message', (octets, from) => {
    const out = reply(octets)
    if (out !== undefined) socket.send(out, from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return socket.address().port
}

function failing(rcode: number): (octets: Buffer) => Uint8Array {
  return (octets) => {
    const { header, questions } = decodeMessage(octets)
    return encodeMessage({
      header: { ...header, qr: true, rcode },
      questions,
      answer: [],
      authority: [],
      additional: [],
    })
  }
}

function truncated(octets: Buffer): Uint8Array {
  const { header, questions } = decodeMessage(octets)
  return encodeMessage({
    header: { ...header, qr: true, tc: true },
    questions,
    answer: [],
    authority: [],
    additional: [],
  })
}

/** A port at which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

const tls = { serverName: 'dns.test', authorities: join(folder, 'ca.pem') }
type Case = { readonly zone: string; readonly port: number; readonly isTls: boolean; readonly cause: RegExp }
const CASES: readonly Case[] = [
  {
    zone: 'wrong-name.',
    port: await forwarder(authority, ['other.test']),
    isTls: true,
    cause: /could not be used over TLS \(the certificate is for other\.test, not for dns\.test\)/,
  },
  {
    zone: 'wrong-authority.',
    port: await forwarder(stranger, ['dns.test']),
    isTls: true,
    cause: /the certificate is issued by "Another authority", which is not among the trusted authorities/,
  },
  {
    zone: 'expired.',
    port: await forwarder(authority, ['dns.test'], -60_000),
    isTls: true,
    cause: /the certificate expired on 20\d\d-\d\d-\d\d \d\d:\d\d UTC/,
  },
  {
    zone: 'closed.',
    port: await closedPort(),
    isTls: true,
    cause: /connection refused: no server listens on this port/,
  },
  { zone: 'no-tls.', port: await udpForwarder(() => undefined), isTls: false, cause: /did not reply/ },
  { zone: 'refused.', port: await udpForwarder(failing(5)), isTls: false, cause: /returned REFUSED/ },
  { zone: 'servfail.', port: await udpForwarder(failing(2)), isTls: false, cause: /returned SERVFAIL/ },
  { zone: 'formerr.', port: await udpForwarder(failing(1)), isTls: false, cause: /returned FORMERR/ },
  {
    zone: 'no-tcp.',
    port: await udpForwarder(truncated),
    isTls: false,
    cause: /truncated its reply, and TCP failed \(connection refused: no server listens on this port\)/,
  },
]
const goodPort = await forwarder(authority, ['dns.test'])

const server = await RunningServer.start(folder, {
  data: 'state',
  server: { listen: ['127.0.0.1:0'], threads: 1 },
  management: { listen: [] },
  zones: [...CASES, { zone: 'good.', port: goodPort, isTls: true }].map(({ zone, port, isTls }) => ({
    name: zone,
    type: 'forward',
    forwarders: [isTls ? { address: `127.0.0.1:${port}`, tls } : `127.0.0.1:${port}`],
  })),
  resolver: { enabled: true, rootTrustAnchors: false },
})

async function ask(name: string) {
  const query = encodeMessage({
    header: { ...headerOf(1, 0), rd: true },
    questions: [{ name: Name.parse(name), type: A.number, class: CLASS_IN }],
    answer: [],
    authority: [],
    additional: [],
    edns: { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options: [] },
  })
  const begun = performance.now()
  const { message } = await askUdp(query, server.port('udp'))
  return { message, milliseconds: performance.now() - begun }
}

describe('each cause of failure is named', () => {
  test('a forwarder with a good certificate answers', async () => {
    const { message } = await ask('www.good.')
    assert.deepEqual([message.header.rcode, message.answer.length], [0, 1])
  })

  for (const { zone, port, isTls, cause } of CASES) {
    const isNetwork = isTls || zone === 'no-tcp.'
    test(`${zone} to the client, within 3 s, and in the log`, async () => {
      const { message, milliseconds } = await ask(`www.${zone}`)
      assert.equal(message.header.rcode, 2)
      const error = optionOf(message.edns, 'ede')
      const codes = (message.edns?.options ?? []).flatMap((option) => (option.kind === 'ede' ? option.infoCode : []))
      // Silence and RCODEs are no errors of the network (RFC 8914 §4.24).
      assert.deepEqual(codes, isNetwork ? [22, 23] : [22])
      assert.equal(error?.infoCode, 22)
      assert.match(error?.text ?? '', cause)
      assert.match(
        error?.text ?? '',
        new RegExp(`^no forwarder for ${zone.replace('.', '\\.')} .*127\\.0\\.0\\.1@${port}`),
      )
      assert.ok(milliseconds < 3500, `${milliseconds} ms`)
      await sleep(50)
      const lines = server.log.split('\n').filter((line) => line.includes(`"zone":"${zone}"`))
      assert.ok(lines.some((line) => /"level":"info"/.test(line) && cause.test(JSON.parse(line).message)))
    })
  }

  test('status lists the servers and the zones in which names failed', async () => {
    const status = JSON.parse(await place.run(`resolver status --json --config ${join(folder, 'signet.yaml')}`))
    assert.equal(status.servers.length, CASES.length + 1)
    for (const { zone, cause } of CASES) {
      const { state, reason, failingFor } = status.servers.find((each: { zone: string }) => each.zone === zone)
      const isRcode = /^(refused|servfail|formerr)/.test(zone)
      assert.equal(state, isRcode ? 'replies' : 'fails', zone)
      assert.equal(failingFor === undefined, isRcode)
      assert.match(reason, cause)
    }
    for (const { zone, cause } of CASES) {
      const found = status.failing.find((each: { zone: string }) => each.zone === zone)
      assert.match(found?.cause ?? '', cause)
    }
    const text = await place.run(`resolver status --config ${join(folder, 'signet.yaml')}`)
    assert.match(text, /^ZONE +KIND +SERVER +STATE$/m)
    assert.match(text, /^wrong-name\. +forward +\S+ \(tls\) +fails for \d+ s: could not be used over TLS \(the cert/m)
    assert.match(text, /^refused\. +forward +\S+ +replies, \d+ ms; last error: returned REFUSED$/m)
    assert.match(text, new RegExp(`^good\\. +forward +127\\.0\\.0\\.1:${goodPort} \\(tls\\) +replies, \\d+ ms$`, 'm'))
  })

  test('signet explain --server, and signet resolve, name the certificate', async () => {
    const [wrongName] = CASES
    const words = `--server 127.0.0.1:${wrongName?.port} --tls --server-name dns.test --authorities ${tls.authorities}`
    const explained = await place.signet(`explain www.example ${words}`)
    assert.equal(explained.status, 3)
    assert.match(explained.stdout, /the certificate is for other\.test, not for dns\.test/)
    const resolved = await place.signet(`resolve www.example ${words}`)
    assert.match(resolved.stderr, /the certificate is for other\.test, not for dns\.test/)
  })
})
