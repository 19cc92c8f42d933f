/**
 * TSIG and cookies against what others wrote: the signed messages of Kea with the key that its vectors are made with, the HMAC
 * vectors of Project Wycheproof, the cookies in captures.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { Name } from '../src/dns/name/index.ts'
import { MessageView, OPTION_COOKIE } from '../src/dns/wire/index.ts'
import { hasMac, TsigDigest } from '../src/tsig/digest.ts'
import {
  newTsigKey,
  parseTsigKey,
  ServerCookies,
  shortestMac,
  type TsigKey,
  TsigKeys,
  TsigStreamVerifier,
  verifyRequest,
  verifyResponse,
} from '../src/tsig/index.ts'
import { findMaterial } from './material.ts'
import { readCapture } from './pcap.ts'

const kea = findMaterial('kea', 'testdata')
const captures = findMaterial('pcap')
const keaOptions = kea === undefined ? { skip: 'material/kea is not there' } : {}

function vector(name: string): Uint8Array {
  const text = readFileSync(join(kea ?? '', name), 'latin1')
  return Uint8Array.fromHex(text.replaceAll(/#.*/g, '').replaceAll(/\s/g, ''))
}

function viewOf(octets: Uint8Array): MessageView {
  const view = new MessageView()
  assert.equal(view.parse(octets) ?? view.scan(), undefined)
  return view
}

/** The secrets of the vectors: for HMAC-MD5, and for the truncated HMAC-SHA512. */
const secret = 'SFuWd/q99SzF8Yzd1QbB9g=='
const longSecret = 'jI/Pa4qRu96t76Pns5Z/Ndxbn3QCkwcxLOgt9vgvnJw5wqTRvNyk3FtD6yIMd1dWVlqZ+Y4fe6Uasc0ckctEmg=='
const name = 'www.example.com.'
const key = parseTsigKey({ name, algorithm: 'hmac-md5', secret }, { allowMd5: true })
const keys = new TsigKeys([key, truncatedKey(256)])

function truncatedKey(bits: number): TsigKey {
  return parseTsigKey({ name, algorithm: `hmac-sha512-${bits}`, secret: longSecret })
}

/** When the queries, and when the transfers of the vectors were signed. */
const QUERY_TIME = 0x4da8877a
const TRANSFER_TIME = 0x4da8e951
const queryMac = Uint8Array.fromHex('227026ad297beee721ce6c6fff1e9ef3')

function judge(file: string, now: number, known = keys): string {
  const verdict = verifyRequest(viewOf(vector(file)), known, now)
  return verdict.verdict === 'bad' ? verdict.error : verdict.verdict
}

test('RFC8945 §5.2: requests of Kea: forwarded, in upper case, truncated, for a transfer', keaOptions, () => {
  for (const file of ['tsig_verify6.wire', 'tsig_verify9.wire', 'tsig_verify11.wire']) {
    assert.equal(judge(file, QUERY_TIME), 'good', file)
  }
  assert.equal(judge('tsig_verify6.wire', QUERY_TIME + 301), 'BADTIME')
  assert.equal(judge('tsig_verify1.wire', TRANSFER_TIME), 'good')
  assert.equal(judge('tsig_verify11.wire', QUERY_TIME, new TsigKeys([truncatedKey(264)])), 'BADTRUNC')
})

test('RFC8945 §5.2.2.1: requests of Kea with MACs of no or one octet', keaOptions, () => {
  for (const file of ['tsig_verify7.wire', 'tsig_verify8.wire', 'tsig_verify10.wire']) {
    assert.equal(judge(file, QUERY_TIME), 'FORMERR', file)
  }
})

test('RFC8945 §5.4: answers of Kea, one of them with a MAC that is none', keaOptions, () => {
  const verdict = (file: string) => verifyResponse(viewOf(vector(file)), { key, mac: queryMac }, QUERY_TIME)
  assert.equal(verdict('tsig_verify5.wire').verdict, 'good')
  assert.deepEqual(verdict('tsig_verify4.wire'), { verdict: 'bad', reason: 'bad-mac' })
})

test('RFC8945 §5.3.1: a transfer of Kea in two messages', keaOptions, () => {
  const request = verifyRequest(viewOf(vector('tsig_verify1.wire')), keys, TRANSFER_TIME)
  assert.ok(request.verdict === 'good')
  const stream = new TsigStreamVerifier({ key, mac: request.record.mac })
  for (const file of ['tsig_verify2.wire', 'tsig_verify3.wire']) {
    assert.deepEqual(stream.check(vector(file), TRANSFER_TIME), { verdict: 'good', signed: true }, file)
  }
  assert.ok(stream.complete)
})

type Vector = { tcId: number; comment: string; key: string; msg: string; tag: string; result: string }
type Group = { keySize: number; tagSize: number; tests: Vector[] }

for (const hash of ['sha1', 'sha224', 'sha256', 'sha384', 'sha512']) {
  const file = `hmac_${hash}_test.json`
  const path = findMaterial('wycheproof', 'testvectors_v1', file)
  const skip = path === undefined ? `material/wycheproof/testvectors_v1/${file} is not there` : false
  test(`Wycheproof: ${file}`, { skip }, () => {
    if (path === undefined) return
    const { testGroups, numberOfTests }: { testGroups: Group[]; numberOfTests: number } = JSON.parse(
      readFileSync(path, 'utf8'),
    )
    let checked = 0
    for (const { tagSize, tests } of testGroups) {
      for (const each of tests) {
        const vectorKey = newTsigKey(Name.root, `hmac-${hash}`, Uint8Array.fromHex(each.key))
        assert.ok(tagSize / 8 >= shortestMac(vectorKey.algorithm) && tagSize / 8 <= vectorKey.macLength)
        const digest = new TsigDigest(vectorKey).unsigned(Uint8Array.fromHex(each.msg))
        const label = `${file} ${each.tcId}: ${each.comment}`
        assert.equal(hasMac(digest, Uint8Array.fromHex(each.tag)), each.result === 'valid', label)
        checked++
      }
    }
    assert.equal(checked, numberOfTests)
  })
}

const pcapOptions = captures === undefined ? { skip: 'material/pcap is not there' } : {}
test('RFC9018 §4.4: cookies in captures, made with secrets of others, are bad', pcapOptions, () => {
  const cookies = new ServerCookies([new Uint8Array(16)])
  const view = new MessageView()
  let seen = 0
  for (const folder of ['dnscap', 'tcpdump']) {
    for (const file of readdirSync(join(captures ?? '', folder)).filter((name) => name.endsWith('.pcap'))) {
      for (const { octets } of readCapture(readFileSync(join(captures ?? '', folder, file)))) {
        if ((view.parse(octets) ?? view.scan()) !== undefined) continue
        const at = view.optionAt(OPTION_COOKIE)
        if (at < 0) continue
        const now = 0x64a51a06
        assert.equal(cookies.check(octets, at, view.optionLength(at), new Uint8Array(4), 0, 4, now), 'bad')
        seen++
      }
    }
  }
  assert.ok(seen > 20)
})
