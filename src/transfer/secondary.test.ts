import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Random } from '../ports/index.ts'
import { stepSecondary } from './secondary.ts'
import {
  expiresIn,
  newSecondary,
  nextSecondaryAt,
  type SecondaryAction,
  type SecondaryEvent,
  type SecondaryFailure,
  type SecondaryState,
  secondaryPhase,
} from './secondary-state.ts'
import { DEFAULT_SECONDARY_SETTINGS, type SecondarySettings, type SoaTimers, soaTimers } from './secondary-timers.ts'
import { soaTable } from './transfer.fixture.ts'

const T0 = 1_800_000_000
/** Chance that draws zero: no jitter, no spread. */
const calm: Random = { bytes: (length) => new Uint8Array(length) }
const wild: Random = { bytes: (length) => new Uint8Array(length).fill(255) }

const timers = (serial: number, change: Partial<SoaTimers> = {}): SoaTimers => ({
  serial,
  refreshSeconds: 3600,
  retrySeconds: 900,
  expireSeconds: 604800,
  ...change,
})

/** A secondary that is driven by hand. */
class Driver {
  state: SecondaryState
  now = T0
  readonly #settings: SecondarySettings

  constructor(primaries = 1, settings: Partial<SecondarySettings> = {}) {
    this.state = newSecondary(primaries)
    this.#settings = { ...DEFAULT_SECONDARY_SETTINGS, ...settings }
  }

  take(event: SecondaryEvent, random: Random = calm): readonly SecondaryAction[] {
    const { state, actions } = stepSecondary(this.state, event, this.now, random, this.#settings)
    this.state = state
    return actions
  }

  /** The actions in short. */
  words(event: SecondaryEvent): string[] {
    return this.take(event).map((action) => {
      switch (action.kind) {
        case 'query-soa':
          return `soa ${action.primary}`
        case 'transfer':
          return `${action.form} ${action.primary}${action.serial === undefined ? '' : ` ${action.serial}`}`
        case 'publish':
          return `publish ${action.serial}`
        case 'remember':
          return `remember +${action.expireAt - this.now}`
        case 'gave-up':
          return `gave-up ${action.reason} +${action.nextAt - this.now}`
        default:
          return action.kind
      }
    })
  }

  get phase(): string {
    return secondaryPhase(this.state)
  }

  /** Waits until the next tick is due and takes it. */
  wait(): string[] {
    const at = nextSecondaryAt(this.state)
    assert.ok(at !== undefined, 'something is due')
    this.now = Math.max(at, this.now)
    return this.words({ kind: 'tick' })
  }
}

/** A secondary that holds serial 5, checked at T0, with nothing going on. */
function current(primaries = 1, settings: Partial<SecondarySettings> = {}, change: Partial<SoaTimers> = {}): Driver {
  const driver = new Driver(primaries, settings)
  driver.words({ kind: 'started' })
  driver.words({ kind: 'transferred', timers: timers(5, change) })
  return driver
}

test('RFC1034 §4.3.5: a new secondary transfers the zone, then checks it each refresh interval', () => {
  const driver = new Driver()
  assert.equal(driver.phase, 'empty')
  assert.deepEqual(driver.words({ kind: 'started' }), ['axfr 0'])
  assert.equal(driver.phase, 'empty')
  assert.equal(nextSecondaryAt(driver.state), undefined)
  assert.deepEqual(driver.words({ kind: 'transferred', timers: timers(5) }), ['publish 5', 'remember +604800'])
  assert.equal(driver.phase, 'current')
  assert.equal(nextSecondaryAt(driver.state), T0 + 3600)
  assert.deepEqual(driver.wait(), ['soa 0'])
  assert.equal(driver.phase, 'refreshing')
  assert.deepEqual(driver.words({ kind: 'checked', serial: 5 }), ['remember +604800'])
  assert.equal(nextSecondaryAt(driver.state), T0 + 7200)
})

test('RFC1995 §1: a newer serial is fetched by IXFR', () => {
  const driver = current()
  driver.wait()
  assert.deepEqual(driver.words({ kind: 'checked', serial: 6 }), ['ixfr 0 5'])
  assert.deepEqual(driver.words({ kind: 'transferred', timers: timers(6) }), ['publish 6', 'remember +604800'])
  assert.equal(driver.phase, 'current')
})

test('RFC7314 §3.2: seconds until the zone expires; and how far it lags behind', () => {
  const driver = current()
  driver.now += 100_000.5
  assert.equal(expiresIn(driver.state, driver.now), 504_800)
  driver.words({ kind: 'tick' })
  driver.words({ kind: 'checked', serial: 9 })
  assert.deepEqual([driver.state.primarySerial, driver.state.held?.timers.serial], [9, 5])
  assert.equal(expiresIn(newSecondary(1), T0), undefined)
})

test('IXFR can be switched off', () => {
  const driver = current(1, { ixfr: false })
  driver.wait()
  assert.deepEqual(driver.words({ kind: 'checked', serial: 6 }), ['axfr 0 5'])
})

test('RFC1995 §4: IXFR that fails, in whatever way, is followed by AXFR from the same primary', () => {
  for (const reason of ['broken', 'refused', 'unreachable'] as const) {
    const driver = current(2)
    driver.wait()
    driver.words({ kind: 'checked', serial: 6 })
    assert.deepEqual(driver.words({ kind: 'failed', reason }), ['axfr 0 5'])
    assert.deepEqual(driver.words({ kind: 'failed', reason }), ['soa 1'])
  }
})

test('a version that came by IXFR and is not accepted is not fetched again as a whole', () => {
  const driver = current()
  driver.wait()
  driver.words({ kind: 'checked', serial: 6 })
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'rejected' }), ['gave-up rejected +900'])
})

test('AXFR that brings the version that is held confirms it', () => {
  const driver = current()
  driver.wait()
  driver.words({ kind: 'checked', serial: 6 })
  driver.words({ kind: 'failed', reason: 'refused' })
  assert.deepEqual(driver.words({ kind: 'up-to-date' }), ['remember +604800'])
  assert.equal(driver.phase, 'current')
})

/** What a secondary with a SOA retry of a second does in a minute of a NOTIFY each second, when each transfer fails so. */
function minuteOfNotifies(driver: Driver, reason: SecondaryFailure, primary = 0): string[] {
  const done: string[] = []
  for (let second = 1; second <= 60; second++) {
    driver.now++
    let words = [
      ...driver.words({ kind: 'tick' }),
      ...driver.words({ kind: 'notified', serial: 100 + second, primary }),
    ]
    while (words.length > 0) {
      done.push(...words.map((word) => `${second} ${word}`))
      const last = words.at(-1) ?? ''
      if (last.startsWith('soa')) words = driver.words({ kind: 'checked', serial: 100 + second })
      else if (!last.includes('xfr')) break
      else if (last.includes('xfr 0')) words = driver.words({ kind: 'failed', reason })
      else words = driver.words({ kind: 'transferred', timers: timers(100 + second, { retrySeconds: 1 }) })
    }
  }
  return done
}

test('a primary whose transfers cannot be used is asked again after pauses that grow', () => {
  for (const reason of ['broken', 'rejected'] as const) {
    const driver = current(1, {}, { retrySeconds: 1 })
    const asked = minuteOfNotifies(driver, reason).filter((word) => word.includes('soa'))
    assert.deepEqual(
      asked,
      [1, 2, 4, 8, 16, 32].map((second) => `${second} soa 0`),
    )
    // A person does not wait.
    assert.deepEqual(driver.words({ kind: 'asked' }), ['soa 0'])
    driver.words({ kind: 'checked', serial: 200 })
    driver.words({ kind: 'transferred', timers: timers(200, { retrySeconds: 1 }) })
    assert.deepEqual(driver.words({ kind: 'notified', serial: 201 }), ['soa 0'], 'it is good again')
    driver.words({ kind: 'checked', serial: 201 })
    if (reason === 'broken') driver.words({ kind: 'failed', reason })
    assert.deepEqual(driver.words({ kind: 'failed', reason }), [`gave-up ${reason} +1`], 'and begins anew')
  }
})

test('the pause of a primary is five minutes at the most', () => {
  const driver = current(1, {}, { retrySeconds: 1 })
  const pauses = Array.from({ length: 12 }, () => {
    driver.wait()
    driver.words({ kind: 'checked', serial: 6 })
    const [word = ''] = driver.words({ kind: 'failed', reason: 'rejected' })
    return Number(word.split('+')[1])
  })
  assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
})

test('a primary that is down, or refuses, is not punished: its NOTIFY is heeded at once', () => {
  for (const reason of ['unreachable', 'refused'] as const) {
    const asked = minuteOfNotifies(current(1, {}, { retrySeconds: 1 }), reason).filter((word) => word.includes('soa'))
    assert.ok(asked.length >= 60, asked.join())
  }
})

test('while one primary pauses the others are asked', () => {
  const driver = current(2, {}, { retrySeconds: 1 })
  const words = minuteOfNotifies(driver, 'broken')
  assert.deepEqual(
    words.filter((word) => word.includes('axfr 0')).map((word) => word.split(' ')[0]),
    ['1', '2', '4', '8', '16', '32'],
  )
  assert.equal(words.filter((word) => word.includes('publish')).length, 60)
})

test('a NOTIFY that came in a pause is heeded at its end', () => {
  const driver = current(1, { pauseSeconds: [10, 300] })
  driver.words({ kind: 'notified', serial: 6 })
  driver.words({ kind: 'checked', serial: 6 })
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'rejected' }), ['gave-up rejected +900'])
  assert.deepEqual(driver.words({ kind: 'notified', serial: 7 }), [])
  assert.equal(nextSecondaryAt(driver.state), T0 + 10)
  assert.deepEqual(driver.wait(), ['soa 0'])
  assert.deepEqual(driver.words({ kind: 'checked', serial: 5 }), ['remember +604800'])
  assert.equal(nextSecondaryAt(driver.state), T0 + 10 + 900, 'what it promised is not there yet')
})

test('primaries are asked in turn, then the SOA retry interval begins', () => {
  const driver = current(3)
  assert.deepEqual(driver.wait(), ['soa 0'])
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'unreachable' }), ['soa 1'])
  assert.deepEqual(driver.words({ kind: 'checked', serial: 6 }), ['ixfr 1 5'])
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'unreachable' }), ['axfr 1 5'])
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'unreachable' }), ['soa 2'])
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'refused' }), ['gave-up refused +900'])
  assert.equal(driver.phase, 'retrying')
  assert.deepEqual(driver.wait(), ['soa 0'])
  driver.words({ kind: 'checked', serial: 5 })
  assert.equal(driver.phase, 'current')
})

test('RFC1982: a primary that is behind confirms nothing', () => {
  const driver = current(2)
  driver.wait()
  assert.deepEqual(driver.words({ kind: 'checked', serial: 4 }), ['soa 1'])
  assert.deepEqual(driver.words({ kind: 'checked', serial: (5 + 0x80000000) >>> 0 }), ['gave-up refused +900'])
})

test('a version that does not verify leaves the old one, and the next primary is asked', () => {
  const driver = current(2)
  driver.wait()
  driver.words({ kind: 'checked', serial: 6 })
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'rejected' }), ['soa 1'])
  assert.equal(driver.state.held?.timers.serial, 5)
})

test('while there is no zone, pauses grow', () => {
  const driver = new Driver()
  driver.words({ kind: 'started' })
  const pauses = Array.from({ length: 12 }, () => {
    const [word = ''] = driver.words({ kind: 'failed', reason: 'unreachable' })
    driver.wait()
    return Number(word.split('+')[1])
  })
  assert.deepEqual(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])
})

test('RFC1035 §3.3.13: a zone that no primary confirms expires, and comes back when one does', () => {
  const driver = current(1, {}, { expireSeconds: 1000 })
  assert.equal(nextSecondaryAt(driver.state), T0 + 1000)
  assert.deepEqual(driver.wait(), ['expire'])
  assert.equal(driver.phase, 'expired')
  assert.deepEqual(driver.wait(), ['soa 0'])
  assert.equal(driver.phase, 'expired')
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'unreachable' }), ['gave-up unreachable +900'])
  driver.wait()
  assert.deepEqual(driver.words({ kind: 'checked', serial: 5 }), ['remember +1000', 'publish 5'])
  assert.equal(driver.phase, 'current')
})

test('a zone expires in the middle of a round too', () => {
  const driver = current(1, {}, { refreshSeconds: 10, expireSeconds: 20 })
  driver.wait()
  assert.deepEqual(driver.wait(), ['expire'])
  assert.deepEqual(driver.words({ kind: 'checked', serial: 6 }), ['ixfr 0 5'])
  assert.deepEqual(driver.words({ kind: 'transferred', timers: timers(6) }), ['publish 6', 'remember +604800'])
})

test('a persisted zone is served at once, and checked soon', () => {
  const driver = new Driver()
  const held = { timers: timers(5), goodAt: T0 - 1000 }
  assert.deepEqual(driver.take({ kind: 'started', held }, wild), [{ kind: 'publish', serial: 5 }])
  assert.equal(nextSecondaryAt(driver.state), T0 + 4)
  assert.equal(driver.state.held?.expireAt, T0 - 1000 + 604800)
  assert.deepEqual(driver.wait(), ['soa 0'])
})

test('a persisted zone that has expired is not served', () => {
  const driver = new Driver()
  const held = { timers: timers(5), goodAt: T0 - 604800 }
  assert.deepEqual(driver.words({ kind: 'started', held }), ['expire', 'soa 0'])
  assert.equal(driver.phase, 'expired')
})

test('a clock that was set back gives no zone a longer life', () => {
  const driver = new Driver()
  driver.words({ kind: 'started', held: { timers: timers(5), goodAt: T0 + 1e9, expireAt: T0 + 2e9 } })
  assert.equal(driver.state.held?.expireAt, T0 + 604800)
})

test('RFC1996 §3.11: a NOTIFY brings a check with the primary that sent it', () => {
  const driver = current(3)
  assert.deepEqual(driver.words({ kind: 'notified', serial: 6, primary: 1 }), ['soa 1'])
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'unreachable' }), ['soa 2'])
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'unreachable' }), ['soa 0'])
})

test('RFC1996 §3.7: a hint at the version we have spares the check', () => {
  const driver = current()
  assert.deepEqual(driver.words({ kind: 'notified', serial: 5 }), [])
  assert.deepEqual(driver.words({ kind: 'notified', serial: 4 }), [])
  assert.deepEqual(driver.words({ kind: 'notified' }), ['soa 0'])
})

test('a NOTIFY about the version of a zone that has expired brings a check: its sender can confirm it', () => {
  const driver = current(1, {}, { retrySeconds: 86_400 })
  driver.wait()
  driver.words({ kind: 'failed', reason: 'unreachable' })
  driver.now = T0 + 604_800
  driver.words({ kind: 'tick' })
  if (driver.state.round !== undefined) driver.words({ kind: 'failed', reason: 'unreachable' })
  assert.deepEqual([driver.phase, driver.state.round], ['expired', undefined])
  assert.deepEqual(driver.words({ kind: 'notified', serial: 5 }), ['soa 0'])
})

test('RFC1996 §4.4: a NOTIFY during a round waits for its end', () => {
  const driver = current()
  driver.words({ kind: 'notified', serial: 6 })
  assert.deepEqual(driver.words({ kind: 'notified', serial: 7 }), [])
  assert.deepEqual(driver.words({ kind: 'notified', serial: 6 }), [])
  driver.words({ kind: 'checked', serial: 6 })
  assert.deepEqual(driver.words({ kind: 'transferred', timers: timers(6) }), ['publish 6', 'remember +604800', 'soa 0'])
  assert.deepEqual(driver.words({ kind: 'notified', serial: 7 }), [])
  driver.words({ kind: 'checked', serial: 7 })
  assert.deepEqual(driver.words({ kind: 'transferred', timers: timers(7) }), ['publish 7', 'remember +604800'])
})

test('a NOTIFY without a serial during a round brings another check', () => {
  const driver = current()
  driver.words({ kind: 'notified' })
  driver.words({ kind: 'notified', serial: 9 })
  driver.words({ kind: 'notified' })
  assert.deepEqual(driver.words({ kind: 'checked', serial: 5 }), ['remember +604800', 'soa 0'])
})

test('what a NOTIFY promised is looked for at the other primaries, then soon again', () => {
  const driver = current(2)
  driver.words({ kind: 'notified', serial: 6 })
  assert.deepEqual(driver.words({ kind: 'checked', serial: 5 }), ['remember +604800', 'soa 1'])
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'unreachable' }), [])
  assert.equal(driver.phase, 'current')
  assert.equal(nextSecondaryAt(driver.state), T0 + 900)
})

test('RFC7314 §4: the EXPIRE option of a check may only move the moment further away', () => {
  const driver = current()
  driver.now += 100_000
  driver.words({ kind: 'tick' })
  assert.deepEqual(driver.words({ kind: 'checked', serial: 5, expireSeconds: 1000 }), [`remember +${604800 - 100_000}`])
  driver.wait()
  assert.deepEqual(driver.words({ kind: 'checked', serial: 5, expireSeconds: 600_000 }), ['remember +600000'])
  driver.wait()
  assert.deepEqual(driver.words({ kind: 'checked', serial: 5, expireSeconds: 9_999_999 }), ['remember +604800'])
})

test('RFC7314 §4: the EXPIRE option of a transfer replaces the value of the SOA, which is the most', () => {
  const driver = new Driver()
  driver.words({ kind: 'started' })
  const words = driver.words({ kind: 'transferred', timers: timers(5), expireSeconds: 1000 })
  assert.deepEqual(words, ['publish 5', 'remember +1000'])
  driver.wait()
  assert.equal(driver.phase, 'expired')
  driver.wait()
  driver.words({ kind: 'checked', serial: 6 })
  const again = driver.words({ kind: 'transferred', timers: timers(6), expireSeconds: 1e9 })
  assert.deepEqual(again, ['publish 6', 'remember +604800'])
})

test('RFC7314 §4: an IXFR answer that says up to date counts as a check', () => {
  const driver = current()
  driver.wait()
  driver.words({ kind: 'checked', serial: 6 })
  assert.deepEqual(driver.words({ kind: 'up-to-date', expireSeconds: 604_000 }), ['remember +604000'])
})

test('a person can ask for a check, or for the whole zone by force', () => {
  const driver = current()
  assert.deepEqual(driver.words({ kind: 'asked' }), ['soa 0'])
  assert.deepEqual(driver.words({ kind: 'asked', force: true }), [])
  assert.deepEqual(driver.words({ kind: 'checked', serial: 5 }), ['remember +604800', 'axfr 0'])
  assert.deepEqual(driver.words({ kind: 'transferred', timers: timers(3) }), ['publish 3', 'remember +604800'])
})

test('timers stay within bounds', () => {
  const quick = current(1, {}, { refreshSeconds: 0, retrySeconds: 0, expireSeconds: 0 })
  assert.equal(nextSecondaryAt(quick.state), T0 + 2)
  assert.equal(quick.state.held?.expireAt, T0 + 3)
  const slow = current(1, {}, { refreshSeconds: 2 ** 31, retrySeconds: 2 ** 31, expireSeconds: 2 ** 32 - 1 })
  assert.equal(nextSecondaryAt(slow.state), T0 + 28 * 86400)
  assert.equal(slow.state.held?.expireAt, T0 + 168 * 86400)
})

test('refreshes of many zones spread out', () => {
  const driver = new Driver()
  driver.take({ kind: 'started' })
  driver.take({ kind: 'transferred', timers: timers(5) }, wild)
  assert.equal(nextSecondaryAt(driver.state), T0 + 3240)
})

test('answers that nobody waits for are ignored', () => {
  const driver = current()
  const before = driver.state
  assert.deepEqual(driver.words({ kind: 'checked', serial: 9 }), [])
  assert.deepEqual(driver.words({ kind: 'failed', reason: 'unreachable' }), [])
  driver.wait()
  assert.deepEqual(driver.words({ kind: 'transferred', timers: timers(9) }), [], 'only the SOA was asked for')
  assert.equal(driver.state.held?.timers.serial, before.held?.timers.serial)
})

test('the timers of a SOA record', () => {
  assert.deepEqual(soaTimers(soaTable(7).rdataOf(0)), timers(7))
})

test('property: whatever happens, something is due or under way, and no zone outlives its SOA', () => {
  const event: fc.Arbitrary<SecondaryEvent> = fc.oneof(
    fc.record({ kind: fc.constant('notified' as const), serial: fc.nat(5), primary: fc.nat(3) }),
    fc.record({ kind: fc.constant('checked' as const), serial: fc.nat(5), expireSeconds: fc.nat(2000) }),
    fc.constant({ kind: 'up-to-date' as const }),
    fc.record({
      kind: fc.constant('transferred' as const),
      timers: fc.nat(5).map((n) => timers(n, { expireSeconds: 1000 })),
    }),
    fc.record({
      kind: fc.constant('failed' as const),
      reason: fc.constantFrom('unreachable' as const, 'refused' as const, 'broken' as const, 'rejected' as const),
    }),
    fc.record({ kind: fc.constant('asked' as const), force: fc.boolean() }),
    fc.constant({ kind: 'tick' as const }),
  )
  fc.assert(
    fc.property(
      fc.array(fc.tuple(event, fc.nat(500)), { maxLength: 60 }),
      fc.integer({ min: 1, max: 3 }),
      (events, n) => {
        const driver = new Driver(n)
        driver.take({ kind: 'started' })
        for (const [each, seconds] of events) {
          driver.now += seconds
          const actions = driver.take(each)
          const { held, round } = driver.state
          const due = nextSecondaryAt(driver.state)
          assert.ok(round !== undefined || due !== undefined)
          assert.ok(due === undefined || due > driver.now, 'nothing that was due is left')
          if (held !== undefined) {
            assert.ok(held.expireAt <= held.goodAt + 1000)
            assert.equal(held.expired, driver.now >= held.expireAt)
          }
          const asks = actions.filter((action) => action.kind === 'query-soa' || action.kind === 'transfer')
          assert.ok(asks.length <= 1, 'one question at a time')
          assert.ok(asks.length === 0 || round !== undefined)
        }
      },
    ),
    { numRuns: 300 },
  )
})
