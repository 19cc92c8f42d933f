/**
 * TSIG between us and others: BIND, Knot and NSD accept what we sign and their answers verify, transfers in several messages
 * and errors among them; dig and kdig accept the answers that we sign, and no others.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import test, { after, before, describe } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import { CLASS_IN, SOA } from '../../src/dns/rr/index.ts'
import {
  decodeMessage,
  encodeMessage,
  headerOf,
  type Message,
  MessageView,
  RCODE_BADKEY,
  RCODE_BADSIG,
  RCODE_BADTIME,
  RCODE_BADTRUNC,
} from '../../src/dns/wire/index.ts'
import {
  parseTsigKey,
  type ResponseVerdict,
  signRequest,
  signResponse,
  type TsigKey,
  TsigKeys,
  TsigStreamSigner,
  TsigStreamVerifier,
  verifyRequest,
  verifyResponse,
} from '../../src/tsig/index.ts'
import { askTcp, askUdp, type KeyText, lackingPeer, type PeerName, startPeer } from './name-servers.fixture.ts'

const zone = Name.parse('example.')
const secret = Buffer.from('thirty-two octets of a secret ..').toString('base64')
const AXFR = 252

const lines = Array.from({ length: 3000 }, (_, i) => `n${i} TXT "${'x'.repeat(200)} ${i}"`)
const zoneText = `$ORIGIN example.
$TTL 60
@ SOA ns hostmaster 1 3600 900 604800 60
@ NS ns
ns A 192.0.2.1
${lines.join('\n')}
`

const ALGORITHMS = ['hmac-sha1', 'hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512', 'hmac-md5']
const keyText = (algorithm: string): KeyText => ({ name: `k-${algorithm}.`, algorithm, secret })
const keyOf = (text: KeyText): TsigKey => parseTsigKey(text, { allowMd5: true })
const nowSeconds = (): number => Math.floor(Date.now() / 1000)

function question(type: number): Uint8Array {
  const questions = [{ name: zone, type, class: CLASS_IN }]
  const header = headerOf(Math.floor(Math.random() * 65536), 0)
  return encodeMessage({ header, questions, answer: [], authority: [], additional: [] })
}

/** Asks for the SOA; the verdict on the answer. */
async function ask(port: number, key: TsigKey, signedAt = nowSeconds(), keyThere = key): Promise<ResponseVerdict> {
  const request = signRequest(question(SOA.number), key, signedAt)
  const view = new MessageView()
  const answer = await askUdp(port, request.message)
  assert.equal(view.parse(answer) ?? view.scan(), undefined)
  return verifyResponse(view, { key: keyThere, mac: request.mac }, signedAt)
}

function soaCount(message: Message): number {
  return message.answer.filter(({ type }) => type === SOA.number).length
}

const peers: readonly { name: PeerName; algorithms: readonly string[] }[] = [
  { name: 'named', algorithms: [...ALGORITHMS, 'hmac-sha256-128', 'hmac-sha512-256', 'hmac-sha1-96'] },
  { name: 'knotd', algorithms: ALGORITHMS },
  { name: 'nsd', algorithms: ALGORITHMS },
]

for (const { name, algorithms } of peers) {
  describe(`TSIG with ${name}`, { skip: lackingPeer(name) }, () => {
    let port = 0
    before(async () => {
      port = await startPeer(name, { zone: zone.toString(), zoneText, keys: algorithms.map(keyText) })
    })

    for (const algorithm of algorithms) {
      test(`RFC8945 §5.3: ${name} and we agree on ${algorithm}`, async () => {
        const verdict = await ask(port, keyOf(keyText(algorithm)))
        assert.equal(verdict.verdict, 'good', JSON.stringify(verdict))
      })
    }

    test(`RFC8945 §5.3.2: ${name} says BADSIG and BADKEY without a MAC`, async () => {
      const text = keyText('hmac-sha256')
      const wrong = await ask(port, keyOf({ ...text, secret: Buffer.from('another').toString('base64') }))
      assert.deepEqual(wrong, { verdict: 'refused', error: RCODE_BADSIG, authenticated: false })
      const unknown = await ask(port, keyOf({ ...text, name: 'unknown.' }))
      assert.deepEqual(unknown, { verdict: 'refused', error: RCODE_BADKEY, authenticated: false })
    })

    // NSD 4.6 does not sign it.
    const signsTime = name !== 'nsd'
    test(`RFC8945 §5.2.3: ${name} says BADTIME, with its time`, async () => {
      const verdict = await ask(port, keyOf(keyText('hmac-sha256')), nowSeconds() - 5000)
      assert.ok(verdict.verdict === 'refused', JSON.stringify(verdict))
      assert.deepEqual([verdict.error, verdict.authenticated], [RCODE_BADTIME, signsTime])
      assert.ok(Math.abs((verdict.serverTime ?? 0) - nowSeconds()) < 60)
    })

    test(`RFC8945 §5.3.1: a transfer from ${name} in several messages`, async (t) => {
      const key = keyOf(keyText('hmac-sha256'))
      const request = signRequest(question(AXFR), key, nowSeconds())
      let soas = 0
      const messages = await askTcp(port, request.message, (message) => {
        soas += soaCount(decodeMessage(message))
        return soas === 2
      })
      const verifier = new TsigStreamVerifier(request)
      const signed = messages.map((message) => {
        const verdict = verifier.check(message, nowSeconds())
        assert.ok(verdict.verdict === 'good', JSON.stringify(verdict))
        return verdict.signed
      })
      assert.ok(verifier.complete && messages.length > 5)
      t.diagnostic(`${messages.length} messages, ${signed.filter((each) => each).length} signed`)
      // One octet of one message in the middle: the stream does not come to a good end.
      const again = new TsigStreamVerifier(request)
      for (const [i, message] of messages.entries()) {
        const copy = Uint8Array.from(message)
        if (i === 3) copy[40] = (copy[40] ?? 0) ^ 1
        again.check(copy, nowSeconds())
      }
      assert.equal(again.complete, false)
    })
  })
}

test('RFC8945 §5.2.4: named says BADTRUNC, signed', { skip: lackingPeer('named') }, async () => {
  const port = await startPeer('named', { zone: 'example.', zoneText, keys: [keyText('hmac-sha256')] })
  const name = keyText('hmac-sha256').name
  const short = keyOf({ name, algorithm: 'hmac-sha256-128', secret })
  const verdict = await ask(port, short)
  assert.ok(verdict.verdict === 'refused', JSON.stringify(verdict))
  assert.deepEqual([verdict.error, verdict.authenticated], [RCODE_BADTRUNC, true])
})

const soaRdata = Uint8Array.of(
  ...Name.parse('ns.example.').octets,
  ...Name.parse('hostmaster.example.').octets,
  ...Uint8Array.fromHex('0000000100000e100000038400093a800000003c'),
)

/** What dig and kdig print of a TSIG that they do not accept. */
const COMPLAINT = /verif|failed|BADSIG|;; (ERROR|WARNING)/i

describe('TSIG of ours, as clients see it', () => {
  const keys = new TsigKeys(ALGORITHMS.map((algorithm) => keyOf(keyText(algorithm))))
  const udp = createSocket('udp4')
  const tcp = createServer()
  let port = 0
  let spoiled = false

  /** What a server of the zone says: SOA, or the zone in one message for each record. */
  function answers(message: Uint8Array): Uint8Array[] {
    const view = new MessageView()
    if ((view.parse(message) ?? view.scan()) !== undefined) return []
    const verdict = verifyRequest(view, keys, nowSeconds())
    const rcode = verdict.verdict === 'bad' ? verdict.rcode : 0
    const soa = { owner: zone, type: SOA.number, class: CLASS_IN, ttl: 60, rdata: soaRdata }
    const text = (i: number) => ({ owner: zone, type: 16, class: CLASS_IN, ttl: 60, rdata: Uint8Array.of(1, 97 + i) })
    const reply = (answer: Message['answer']) =>
      encodeMessage({
        header: headerOf(view.id, 0x8400 | rcode),
        questions: [{ name: zone, type: view.qtype, class: CLASS_IN }],
        answer: rcode === 0 ? answer : [],
        authority: [],
        additional: [],
      })
    if (view.qtype !== AXFR || verdict.verdict !== 'good') return [signResponse(reply([soa]), verdict, nowSeconds())]
    const signer = new TsigStreamSigner(verdict)
    const ns = { ...soa, type: 2, rdata: Name.parse('ns.example.').octets }
    const records = [soa, ns, ...Array.from({ length: 20 }, (_, i) => text(i)), soa]
    return records.map((record) => signer.sign(reply([record]), nowSeconds()))
  }

  before(async () => {
    tcp.on('connection', (socket) => {
      socket.on('error', () => socket.destroy())
      socket.on('data', (chunk: Buffer) => {
        for (const answer of answers(chunk.subarray(2))) {
          socket.write(Buffer.concat([Buffer.of(answer.length >>> 8, answer.length), answer]))
        }
      })
    })
    udp.on('message', (message, { address, port: from }) => {
      for (const answer of answers(message)) {
        // An octet of the SOA record: its serial, or near it.
        if (spoiled) answer[70] = (answer[70] ?? 0) ^ 1
        udp.send(answer, from, address)
      }
    })
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve))
    port = udp.address().port
    await new Promise<void>((resolve) => tcp.listen(port, '127.0.0.1', resolve))
  })
  after(() => {
    udp.close()
    tcp.close()
  })

  /** Not in sync with this process, which serves. */
  function run(tool: string, args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(tool, args)
      let text = ''
      const keep = (chunk: Buffer): void => {
        text += chunk.toString('utf8')
      }
      child.stdout.on('data', keep)
      child.stderr.on('data', keep)
      child.on('error', reject)
      child.on('close', () => resolve(text))
    })
  }

  const lacking = (tool: string): string | false =>
    spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0 ? false : `${tool} not installed`

  for (const algorithm of ALGORITHMS) {
    const { name } = keyText(algorithm)
    for (const tool of ['dig', 'kdig']) {
      test(`RFC8945 §5.4: ${tool} accepts our answers with ${algorithm}`, { skip: lacking(tool) }, async () => {
        const signing = ['-y', `${algorithm}:${name}:${secret}`]
        const soa = await run(tool, ['@127.0.0.1', '-p', String(port), ...signing, 'example.', 'SOA'])
        assert.match(soa, /hostmaster\.example\./)
        assert.doesNotMatch(soa, COMPLAINT)
        spoiled = true
        const bad = await run(tool, ['@127.0.0.1', '-p', String(port), ...signing, 'example.', 'SOA'])
        spoiled = false
        assert.match(bad, COMPLAINT)
        const axfr = await run(tool, ['@127.0.0.1', '-p', String(port), ...signing, 'example.', 'AXFR'])
        assert.equal(axfr.match(/hostmaster\.example\./g)?.length, 2, axfr)
        assert.doesNotMatch(axfr, COMPLAINT)
      })
    }
  }

  test('RFC8945 §5.3.2: dig understands our BADKEY and BADSIG', { skip: lacking('dig') }, async () => {
    const asking = (key: string, word: string) =>
      run('dig', ['@127.0.0.1', '-p', String(port), '-y', `hmac-sha256:${key}:${btoa(word)}`, 'example.', 'SOA'])
    assert.match(await asking('k-hmac-sha256.', 'another'), /NOTAUTH[\s\S]*BADSIG/)
    assert.match(await asking('unknown.', 'another'), /NOTAUTH[\s\S]*BADKEY/)
  })
})
