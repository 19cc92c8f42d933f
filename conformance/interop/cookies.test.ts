/** DNS cookies with a shared secret (RFC 9018 §4): those of BIND, Knot and NSD are good here, and ours are good there. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import test, { before, describe } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import { CLASS_IN, SOA } from '../../src/dns/rr/index.ts'
import {
  decodeMessage,
  encodeMessage,
  headerOf,
  optionOf,
  RCODE_BADCOOKIE,
  RCODE_NOERROR,
} from '../../src/dns/wire/index.ts'
import { ServerCookies } from '../../src/tsig/index.ts'
import { askUdp, lackingPeer, type PeerName, startPeer } from './name-servers.fixture.ts'

const zone = Name.parse('example.')
const zoneText = '$ORIGIN example.\n$TTL 60\n@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\nns A 192.0.2.1\n'
const secret = 'e5e973e5a6b2a43f48e7dc849e37bfcf'
const cookies = new ServerCookies([Uint8Array.fromHex(secret)])
const others = new ServerCookies([new Uint8Array(16)])
const client = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
/** Where the questions come from. */
const address = Uint8Array.of(127, 0, 0, 1)
const nowSeconds = (): number => Math.floor(Date.now() / 1000)

type Reply = { rcode: number; answers: number; server: Uint8Array | undefined }

async function ask(port: number, server?: Uint8Array): Promise<Reply> {
  const message = encodeMessage({
    header: headerOf(Math.floor(Math.random() * 65536), 0),
    questions: [{ name: zone, type: SOA.number, class: CLASS_IN }],
    answer: [],
    authority: [],
    additional: [],
    edns: {
      udpSize: 1232,
      version: 0,
      dnssecOk: false,
      flags: 0,
      options: [{ kind: 'cookie', client, ...(server === undefined ? {} : { server }) }],
    },
  })
  const reply = decodeMessage(await askUdp(port, message))
  return {
    rcode: reply.header.rcode,
    answers: reply.answer.length,
    server: optionOf(reply.edns, 'cookie')?.server,
  }
}

function make(by: ServerCookies, now: number): Uint8Array {
  const out = new Uint8Array(16)
  by.make(client, 0, address, 0, 4, now, out, 0)
  return out
}

function check(server: Uint8Array | undefined, now: number): string {
  const option = Uint8Array.of(...client, ...(server ?? []))
  return cookies.check(option, 0, option.length, address, 0, 4, now)
}

/** Whether a server answers BADCOOKIE. NSD does not: it gives a new cookie and answers. */
const peers: readonly { name: PeerName; refuses: boolean }[] = [
  { name: 'named', refuses: true },
  { name: 'knotd', refuses: true },
  { name: 'nsd', refuses: false },
]

for (const { name, refuses } of peers) {
  describe(`cookies with ${name}`, { skip: lackingPeer(name) }, () => {
    let port = 0
    before(async () => {
      const options = { zone: zone.toString(), zoneText, cookieSecret: secret }
      port = await startPeer(name, { ...options, requireCookie: refuses })
    })

    test(`RFC9018 §4.4: a cookie of ${name} is good here`, async () => {
      const { server } = await ask(port)
      assert.equal(server?.length, 16)
      assert.equal(check(server, nowSeconds()), 'good')
      assert.equal(check(server, nowSeconds() + 2000), 'renew')
      assert.equal(check(server, nowSeconds() + 4000), 'bad')
    })

    test(`RFC9018 §4.4: a cookie of ours is good for ${name}`, async () => {
      const ours = make(cookies, nowSeconds() - 60)
      const reply = await ask(port, ours)
      assert.deepEqual([reply.rcode, reply.answers], [RCODE_NOERROR, 1])
      assert.equal(check(reply.server, nowSeconds()), 'good')
    })

    if (!refuses) return
    test(`RFC9018 §4.3: ${name} refuses what we refuse`, async () => {
      for (const [by, age] of [
        [others, 0],
        [cookies, 3700],
        [cookies, -400],
      ] as const) {
        const cookie = make(by, nowSeconds() - age)
        assert.equal(check(cookie, nowSeconds()), 'bad')
        const reply = await ask(port, cookie)
        assert.deepEqual([reply.rcode, reply.answers], [RCODE_BADCOOKIE, 0], `age ${age}`)
        assert.equal(check(reply.server, nowSeconds()), 'good')
      }
    })
  })
}

test('dig calls the cookie of named good', { skip: lackingPeer('named') || lackingDig() }, async () => {
  const port = await startPeer('named', { zone: 'example.', zoneText, cookieSecret: secret })
  const cookie = Uint8Array.of(...client, ...make(cookies, nowSeconds())).toHex()
  const args = ['@127.0.0.1', '-p', String(port), `+cookie=${cookie}`, 'example.', 'SOA']
  const { stdout } = spawnSync('dig', args, { encoding: 'utf8' })
  const [, found = ''] = /; COOKIE: ([0-9a-f]{48}) \(good\)/.exec(stdout) ?? []
  assert.equal(check(Uint8Array.fromHex(found).subarray(8), nowSeconds()), 'good')
})

function lackingDig(): string | false {
  return spawnSync('sh', ['-c', 'command -v dig']).status === 0 ? false : 'dig not installed'
}
