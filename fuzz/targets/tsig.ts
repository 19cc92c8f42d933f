/**
 * TSIG and cookies: what is no exact copy of a signed message never verifies, whatever else it is; what a bad one is answered
 * with is a message that its client can read. The keys are fixed, the octets do all the harm there is.
 */
import { Name } from '../../src/dns/name/index.ts'
import { CLASS_IN } from '../../src/dns/rr/index.ts'
import { encodeMessage, headerOf, MessageView } from '../../src/dns/wire/index.ts'
import {
  newTsigKey,
  refuseRequest,
  responseTsigSize,
  ServerCookies,
  signRequest,
  signResponse,
  TsigKeys,
  TsigStreamSigner,
  TsigStreamVerifier,
  verifyRequest,
  verifyResponse,
} from '../../src/tsig/index.ts'
import { type FuzzTarget, hold } from '../target.ts'

const NOW = 1_700_000_000
const name = Name.parse('key.example.')
const secret = new Uint8Array(32).fill(7)
const key = newTsigKey(name, 'hmac-sha256', secret, { leastMacLength: 16 })
const keys = new TsigKeys([key, newTsigKey(name, 'hmac-sha1', secret)])
const cookies = new ServerCookies([secret.subarray(0, 16)])
const view = new MessageView()
const answered = new MessageView()

function query(answers: number, bits: number): Uint8Array {
  const owner = Name.parse('example.')
  const record = { owner, type: 1, class: CLASS_IN, ttl: 60, rdata: Uint8Array.of(192, 0, 2, 1) }
  return encodeMessage({
    header: headerOf(0x1234, bits),
    questions: [{ name: owner, type: 252, class: CLASS_IN }],
    answer: Array.from({ length: answers }, () => record),
    authority: [],
    additional: [],
  })
}

const request = signRequest(query(0, 0), key, NOW)
const other = signRequest(query(0, 0), newTsigKey(Name.parse('other.'), 'hmac-sha512', secret), NOW)
const old = signRequest(query(0, 0), key, NOW - 1000)
const short = signRequest(query(0, 0), newTsigKey(name, 'hmac-sha1-80', secret), NOW)
const responses = makeResponses()

function makeResponses(): Uint8Array[] {
  view.parse(request.message)
  view.scan()
  const verdict = verifyRequest(view, keys, NOW)
  hold(verdict.verdict === 'good', 'the request of the seeds is good')
  const signer = new TsigStreamSigner(verdict)
  return [1, 2].map((answers) => signer.sign(query(answers, 0x8400), NOW))
}

/** What may differ without harm: the ID, for which the original one stands, and the case of names. */
function essence(octets: Uint8Array): string {
  return new TextDecoder('latin1').decode(octets.subarray(2)).toLowerCase()
}

const genuine = new Set([request.message, ...responses].map(essence))

function judgeRequest(octets: Uint8Array): string {
  const verdict = verifyRequest(view, keys, NOW)
  if (verdict.verdict === 'good') hold(genuine.has(essence(octets)), 'only what was signed verifies')
  if (verdict.verdict === 'absent') signAnyMessage(octets)
  if (verdict.verdict !== 'bad') return verdict.verdict
  const answer = refuseRequest(view, verdict, NOW)
  hold(answer.length === view.recordsAt + responseTsigSize(verdict), 'a refusal is as long as foretold')
  hold((answered.parse(answer) ?? answered.scan()) === undefined && answered.trailing === 0, 'a refusal can be read')
  hold(answered.answersTo(view), 'a refusal answers its request')
  hold(answered.tsigAt >= 0 === (verdict.error !== 'FORMERR'), 'a refusal has a TSIG unless it is FORMERR')
  const cut = signResponse(answer, verdict, NOW, 12)
  hold((answered.parse(cut) ?? answered.scan()) === undefined, 'an answer that was cut can be read')
  return verdict.error
}

/** What has no TSIG can be signed, and then verifies, unless octets that no record claims would stand before the TSIG. */
function signAnyMessage(octets: Uint8Array): void {
  const signed = signRequest(octets, key, NOW).message
  const fault = answered.parse(signed) ?? answered.scan()
  if (view.trailing > 0) return
  hold(fault === undefined && verifyRequest(answered, keys, NOW).verdict === 'good', 'what was signed verifies')
  const at = 2 + (octets.length % (answered.tsigAt - 2))
  signed[at] = (signed[at] ?? 0) ^ 0x80
  if ((answered.parse(signed) ?? answered.scan()) !== undefined) return
  hold(verifyRequest(answered, keys, NOW).verdict !== 'good', 'a changed octet is found out')
}

function judgeResponse(octets: Uint8Array): string {
  const verdict = verifyResponse(view, request, NOW)
  if (verdict.verdict === 'good') hold(genuine.has(essence(octets)), 'only what was signed verifies as an answer')
  const stream = new TsigStreamVerifier(request)
  const words = [octets, ...responses, octets].map((message) => stream.check(message, NOW).verdict)
  hold(words[0] === verdict.verdict, 'a stream begins with an answer as any other')
  if (stream.complete)
    hold(
      words.every((each) => each === 'good'),
      'a stream is complete when all was good',
    )
  return verdict.verdict === 'bad' ? verdict.reason : verdict.verdict
}

export const target: FuzzTarget = {
  name: 'tsig',
  run(octets) {
    for (const length of [4, 16]) {
      if (octets.length < length) continue
      const seen = cookies.check(octets, 0, octets.length, octets, octets.length - length, length, NOW)
      hold(seen === 'bad', 'no cookie comes about by chance')
    }
    const fault = view.parse(octets) ?? view.scan()
    if (fault !== undefined) return fault
    return `${judgeRequest(octets)} ${judgeResponse(octets)}`
  },
  seeds: () => [request, other, old, short].map(({ message }) => message).concat(responses, query(0, 0)),
  dictionary: [
    '0000fa00ff00000000',
    '0b686d61632d73686132353600',
    '09686d61632d7368613100',
    '036b6579076578616d706c6500',
    '00006553f100012c',
    '0020',
    '000a',
    '0000',
    '00120006',
    'c00c',
  ].map((hex) => Uint8Array.fromHex(hex)),
}
