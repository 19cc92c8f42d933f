/**
 * A resolver's first thousands of answers cost twice what the later ones do: its code is not compiled yet. A server that was
 * started anew has an empty cache and all of its clients at once, so it goes over the way of an answer before it takes questions:
 * a zone that exists nowhere, a network that answers at once, signatures that nobody checks, caches of its own.
 */
import { Name } from '../../dns/name/index.ts'
import { OctetWriter } from '../../dns/octets.ts'
import { A, CLASS_IN, DNSKEY, RRSIG } from '../../dns/rr/index.ts'
import { FLAG_AA, FLAG_QR, HEADER_SIZE, MessageBuilder, SECTION_ANSWER } from '../../dns/wire/index.ts'
import { computeKeyTag } from '../../dnssec/index.ts'
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

/** Resolves for at most so long, and returns how many answers it made. */
export async function rehearse(
  settings: ResolverSettings,
  validation: ValidatorSettings,
  milliseconds: number,
): Promise<number> {
  const key = Uint8Array.from({ length: 68 }, (_, i) => [1, 1, 3, ALGORITHM][i] ?? i)
  const tag = computeKeyTag(key)
  const answers = new Map<string, Uint8Array>([[ZONE.key, signedAnswer(ZONE, DNSKEY.number, key, tag)]])
  const names = Array.from({ length: NAMES }, (_, i) => ZONE.child(`name-${i}`))
  for (const [i, name] of names.entries()) {
    answers.set(name.key, signedAnswer(name, A.number, Uint8Array.of(192, 0, 2, i), tag))
  }
  const upstream: Upstream = {
    ask(_server, _protocol, message, _milliseconds, done) {
      const octets = answers.get(Name.fromOctets(message, HEADER_SIZE).key)
      queueMicrotask(() =>
        done(octets === undefined ? { kind: 'timeout' } : { kind: 'message', octets, milliseconds: 1 }),
      )
    },
  }
  const trust: Trust = {
    find: () => ({ zone: ZONE, anchors: [{ zone: ZONE, kind: 'dnskey', rdata: key }] }),
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
    clock: { now: () => NOW, validationNow: () => NOW, milliseconds: () => performance.now() },
    caches,
    validator: new Validator({
      settings: { ...validation, prepareKey: () => ({ verify: () => true }), ignoreTimes: false },
      trust,
      keys: new KeyCache(),
    }),
    onFault: () => {},
  })
  const end = performance.now() + milliseconds
  let made = 0
  for (let at = 0; performance.now() < end; at += ROUND) {
    if (at % NAMES === 0) caches.clear()
    const round = names.slice(at % NAMES, (at % NAMES) + ROUND)
    await Promise.all(
      round.map(
        (name) =>
          new Promise<void>((resolve) => {
            const query = { name, type: A.number, checkingDisabled: false, recursionDesired: true }
            resolver.resolve(query, (resolution) => {
              const question = { name, type: A.number, dnssecOk: true, checkingDisabled: false }
              if (makeReady(question, resolution, NOW).octets.length > 0) made++
              resolve()
            })
          }),
      ),
    )
  }
  return made
}

/** A message with one record and what looks like its signature. */
function signedAnswer(owner: Name, type: number, rdata: Uint8Array, tag: number): Uint8Array {
  const signature = new OctetWriter(160)
  signature.u16(type)
  signature.u8(ALGORITHM)
  signature.u8(owner.labelCount)
  signature.u32(TTL)
  signature.u32(NOW + 864_000)
  signature.u32(NOW - 864_000)
  signature.u16(tag)
  signature.bytes(ZONE.octets)
  signature.bytes(new Uint8Array(64))
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
