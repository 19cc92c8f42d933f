/**
 * A resolver's first thousands of answers cost twice what the later ones do: its code is not compiled yet. A server that was
 * started anew has an empty cache and all of its clients at once, so it goes over the way of an answer before it takes questions:
 * a zone that exists nowhere, a network that answers at once, caches of its own. All else is as it will be, or the compiler would learn
 * the wrong shapes.
 */
import { monotonicMilliseconds } from '../../clock/index.ts'
import { Name } from '../../dns/name/index.ts'
import { OctetWriter } from '../../dns/octets.ts'
import { A, CLASS_IN, DNSKEY, RRSIG } from '../../dns/rr/index.ts'
import { FLAG_AA, FLAG_QR, HEADER_SIZE, MessageBuilder, SECTION_ANSWER } from '../../dns/wire/index.ts'
import { generateKey, type SigningKey } from '../../dnssec/index.ts'
import type { Upstream } from '../../ports/upstream.ts'
import { Caches, defaultCachesSettings, Resolver, type ResolverSettings } from '../../resolver/index.ts'
import { KeyCache, type Trust, Validator, type ValidatorSettings } from '../../validator/index.ts'
import { makeReady } from './ready-answer.ts'

const ZONE = Name.parse('rehearsal.invalid.')
const NOW = 1_800_000_000
const ALGORITHM = 13
const TTL = 3600
const NAMES = 400
const ROUND = 100

/** Resolves for at most so long, and returns how many secure answers it made. */
export async function rehearse(
  settings: ResolverSettings,
  validation: ValidatorSettings,
  milliseconds: number,
): Promise<number> {
  const key = await generateKey({ zone: ZONE, algorithm: ALGORITHM, role: 'csk' })
  const answers = new Map<string, Uint8Array>([[ZONE.key, signedAnswer(ZONE, DNSKEY.number, key.dnskeyRdata, key)]])
  const names = Array.from({ length: NAMES }, (_, i) => ZONE.child(`name-${i}`))
  for (const [i, name] of names.entries()) {
    answers.set(name.key, signedAnswer(name, A.number, Uint8Array.of(192, 0, 2, i), key))
  }
  const upstream: Upstream = {
    ask(_server, _protocol, message, _milliseconds, done) {
      const octets = answers.get(Name.fromOctets(message, HEADER_SIZE).key)
      queueMicrotask(() =>
        done(octets === undefined ? { kind: 'timeout' } : { kind: 'message', octets, milliseconds: 0.37 }),
      )
    },
  }
  const point = { zone: ZONE, anchors: [{ zone: ZONE, kind: 'dnskey', rdata: key.dnskeyRdata }] } as const
  const trust: Trust = {
    find: () => point,
    findNegative: () => undefined,
  }
  const caches = new Caches(defaultCachesSettings(new Uint8Array(16)))
  const endpoint = { address: Uint8Array.of(192, 0, 2, 1), port: 53 }
  const resolver = new Resolver({
    settings: {
      ...settings,
      routed: [{ zone: ZONE, kind: 'stub', servers: [{ endpoint, protocol: 'udp' }], first: false }],
    },
    upstream,
    timers: { after: () => () => {} },
    random: { bytes: (length) => new Uint8Array(length) },
    clock: { now: () => NOW, validationNow: () => NOW, milliseconds: () => monotonicMilliseconds() },
    caches,
    validator: new Validator({ settings: validation, trust, keys: new KeyCache() }),
    onFault: () => {},
  })
  const end = monotonicMilliseconds() + milliseconds
  let made = 0
  for (let at = 0; monotonicMilliseconds() < end; at += ROUND) {
    if (at % NAMES === 0) caches.clear()
    const round = names.slice(at % NAMES, (at % NAMES) + ROUND)
    await Promise.all(
      round.map(
        (name) =>
          new Promise<void>((resolve) => {
            const query = { name, type: A.number, checkingDisabled: false, recursionDesired: true }
            resolver.resolve(query, (resolution) => {
              const question = { name, type: A.number, dnssecOk: true, checkingDisabled: false }
              const { octets } = makeReady(question, resolution, NOW)
              if (resolution.security === 'secure' && octets.length > 0) made++
              resolve()
            })
          }),
      ),
    )
  }
  return made
}

/** A message with one record and its signature. */
function signedAnswer(owner: Name, type: number, rdata: Uint8Array, key: SigningKey): Uint8Array {
  const signature = new OctetWriter(160)
  signature.u16(type)
  signature.u8(ALGORITHM)
  signature.u8(owner.labelCount)
  signature.u32(TTL)
  signature.u32(NOW + 864_000)
  signature.u32(NOW - 864_000)
  signature.u16(key.tag)
  signature.bytes(ZONE.octets)
  const data = new OctetWriter(400)
  data.bytes(signature.octets, 0, signature.length)
  data.bytes(owner.octets)
  data.u16(type)
  data.u16(CLASS_IN)
  data.u32(TTL)
  data.u16(rdata.length)
  data.bytes(rdata)
  const signer = key.signer()
  signature.ensure(signer.signatureLength)
  signature.length = signer.sign(data.octets.subarray(0, data.length), signature.octets, signature.length)
  const builder = new MessageBuilder()
  builder.begin(0, FLAG_QR | FLAG_AA)
  builder.question(owner.octets, 0, type, CLASS_IN)
  builder.openGroup(SECTION_ANSWER)
  builder.recordAt(HEADER_SIZE, type, CLASS_IN, TTL, rdata, 0, rdata.length)
  builder.recordAt(HEADER_SIZE, RRSIG.number, CLASS_IN, TTL, signature.octets, 0, signature.length)
  builder.closeGroup(true)
  builder.reserveOpt(0)
  builder.opt(1232, 0x8000, 0)
  return builder.copy()
}
