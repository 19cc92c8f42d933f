/**
 * A change that is signed leaves the zone that signing all of it anew makes, but for the octets of signatures; and all its
 * signatures are good. `SIGNET_SEQUENCES` says how many sequences of changes are tried for each kind of denial.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../dns/errors.ts'
import { APEX_NAME, Model, type Sequence, sequences } from './change-sequences.fixture.ts'
import { fixedKey, fixedPair } from './fixed-keys.fixture.ts'
import type { Denial, SigningOptions } from './index.ts'
import { type ChangeLines, changeOf, SignedVersions, signedWhole } from './signed-versions.fixture.ts'
import { EXPIRATION, INCEPTION, NSEC, NSEC3, OPT_OUT } from './signing.fixture.ts'

const RUNS = Number(process.env.SIGNET_SEQUENCES ?? 40)

const KEYS = {
  'KSK and ZSK': fixedPair(15, APEX_NAME),
  CSK: [fixedKey(15, 'csk', APEX_NAME)],
  'two algorithms': [...fixedPair(15, APEX_NAME), fixedKey(8, 'ksk', APEX_NAME)],
}
const keys = fc.oneof(
  { weight: 6, arbitrary: fc.constant<keyof typeof KEYS>('KSK and ZSK') },
  { weight: 1, arbitrary: fc.constant<keyof typeof KEYS>('CSK') },
  { weight: 1, arbitrary: fc.constant<keyof typeof KEYS>('two algorithms') },
)
const SALTED: Denial = { kind: 'nsec3', iterations: 2, salt: Uint8Array.of(0xaa, 0xbb), optOut: false }

function optionsFor(denial: Denial, signWith: keyof typeof KEYS): SigningOptions {
  return {
    signWith: KEYS[signWith],
    publish: [],
    denial,
    inception: INCEPTION,
    expiration: EXPIRATION,
    dnskeyExpiration: EXPIRATION + 3600,
    dnskeyTtl: 1800,
    jitterSeconds: 0,
    serial: 'keep',
    zonemd: [],
    now: INCEPTION,
    random: { bytes: (length) => new Uint8Array(length) },
  }
}

type Counts = { steps: number; refused: number }

/** Takes the steps one by one; one that cannot be signed as a whole is refused as a change too, and left out. */
function takeSteps({ first, steps }: Sequence, options: SigningOptions, counts: Counts): void {
  let model = Model.create(first)
  const versions = new SignedVersions(model, options)
  for (const step of steps) {
    const next = model.after(step)
    const { removed, added } = model.changeTo(next)
    const change = changeOf(removed, added, versions.serial)
    const expected = attempt(() => signedWhole(next, options))
    const before = versions.lines
    const outcome = attempt(() => versions.apply(change))
    if (expected instanceof DnsError || outcome instanceof DnsError) {
      assert.equal(`${outcome}`, `${expected}`)
      counts.refused++
      continue
    }
    assert.deepEqual(versions.lines, expected)
    assert.deepEqual(needless(outcome, before, versions.lines), [])
    assert.deepEqual(versions.faults(INCEPTION + 1), [])
    counts.steps++
    model = next.settled()
  }
}

/** Records that are added although they were removed, and signatures of RRsets that are as they were and had some. */
function needless({ removed, added }: ChangeLines, before: readonly string[], after: readonly string[]): string[] {
  const old = rrsetsOf(before)
  const now = rrsetsOf(after)
  return added.filter((line) => {
    const [owner, , type, covered] = line.split(' ')
    if (type !== 'RRSIG') return removed.includes(line)
    const key = `${owner} ${covered}`
    return old.has(`${owner} RRSIG ${covered}`) && `${old.get(key)}` === `${now.get(key)}`
  })
}

/** Lines by owner and type; of RRSIG also by what it covers. */
function rrsetsOf(lines: readonly string[]): Map<string, string[]> {
  const rrsets = new Map<string, string[]>()
  for (const line of lines) {
    const [owner, , type, covered] = line.split(' ')
    const key = type === 'RRSIG' ? `${owner} RRSIG ${covered}` : `${owner} ${type}`
    rrsets.set(key, [...(rrsets.get(key) ?? []), line])
  }
  return rrsets
}

/** What the action returns, or the DnsError that it throws. */
function attempt<T>(action: () => T): T | DnsError {
  try {
    return action()
  } catch (error) {
    if (error instanceof DnsError) return error
    throw error
  }
}

describe('any sequence of changes is signed as the zone that it makes', () => {
  const denials: readonly [name: string, denial: Denial][] = [
    ['NSEC', NSEC],
    ['NSEC3', NSEC3],
    ['NSEC3 with opt-out', OPT_OUT],
    ['NSEC3 with a salt and iterations', SALTED],
  ]
  for (const [name, denial] of denials) {
    it(name, (t) => {
      const counts = { steps: 0, refused: 0 }
      const property = fc.property(sequences, keys, (sequence, signWith) => {
        takeSteps(sequence, optionsFor(denial, signWith), counts)
      })
      fc.assert(property, { numRuns: RUNS })
      t.diagnostic(`${RUNS} sequences: ${counts.steps} changes signed, ${counts.refused} refused`)
    })
  }
})
