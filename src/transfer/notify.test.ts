import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { decodeMessage, encodeMessage, type Message } from '../dns/wire/index.ts'
import { answerNotify, makeNotify, readNotify } from './notify.ts'
import {
  IDLE_NOTIFY,
  type NotifyEvent,
  type NotifySettings,
  type NotifyState,
  nextNotifyAt,
  stepNotify,
} from './notify-schedule.ts'
import { soaTable, viewOf, ZONE } from './transfer.fixture.ts'

const hint = { ttl: 3600, rdata: soaTable(42).rdataOf(0) }

/** What is said to a NOTIFY that was changed before it was sent. */
function judge(change: (message: Message) => void): string {
  const message = decodeMessage(makeNotify(9, ZONE, hint))
  change(message)
  const verdict = readNotify(viewOf(encodeMessage(message)))
  return verdict.kind === 'notify' ? `${verdict.zone} ${verdict.serial}` : `rcode ${verdict.rcode}`
}

test('RFC1996 §4.5: the message that a primary sends', () => {
  const { header, questions, answer, authority, additional } = decodeMessage(makeNotify(9, ZONE, hint))
  assert.deepEqual([header.id, header.opcode, header.qr, header.aa, header.rcode], [9, 4, false, true, 0])
  assert.deepEqual(
    questions.map((q) => [q.name.toString(), q.type, q.class]),
    [['example.', 6, 1]],
  )
  assert.deepEqual(
    answer.map((r) => [r.owner.toString(), r.type, r.ttl, r.rdata.length]),
    [['example.', 6, 3600, hint.rdata.length]],
  )
  assert.deepEqual([authority.length, additional.length], [0, 0])
  assert.equal(decodeMessage(makeNotify(9, ZONE)).answer.length, 0)
})

test('RFC1996 §3.7: the zone, and the serial when it is hinted at', () => {
  assert.equal(
    judge(() => undefined),
    'example. 42',
  )
  assert.equal(
    judge((m) => m.answer.pop()),
    'example. undefined',
  )
  assert.equal(
    judge((m) => m.answer.map((r) => Object.assign(r, { owner: Name.parse('other.') }))),
    'example. undefined',
  )
  assert.equal(
    judge((m) => m.answer.map((r) => Object.assign(r, { class: 3 }))),
    'example. undefined',
  )
})

test('RFC1996 §3.9: authority and additional sections are ignored', () => {
  assert.equal(
    judge((m) => m.authority.push(...m.answer)),
    'example. 42',
  )
  assert.equal(
    judge((m) => m.additional.push(...m.answer)),
    'example. 42',
  )
})

test('RFC1996 §3.11: a changed SOA is the only event', () => {
  assert.equal(
    judge((m) => m.questions.map((q) => Object.assign(q, { type: 1 }))),
    'rcode 4',
  )
  assert.equal(
    judge((m) => m.questions.map((q) => Object.assign(q, { class: 3 }))),
    'rcode 4',
  )
  assert.equal(
    judge((m) => m.questions.pop()),
    'rcode 1',
  )
  assert.equal(
    judge((m) => Object.assign(m.header, { qr: true })),
    'rcode -1',
  )
  assert.equal(
    judge((m) => Object.assign(m.header, { opcode: 0 })),
    'rcode 4',
  )
})

test('RFC1996 §4.7: the answer repeats ID and question', () => {
  const { header, questions, answer, edns } = decodeMessage(answerNotify(viewOf(makeNotify(9, ZONE, hint))))
  assert.deepEqual([header.id, header.opcode, header.qr, header.aa, header.rcode], [9, 4, true, true, 0])
  assert.deepEqual([questions.length, answer.length, edns], [1, 0, undefined])
  assert.equal(decodeMessage(answerNotify(viewOf(makeNotify(9, ZONE)), 9)).header.rcode, 9)
  const query = decodeMessage(makeNotify(9, ZONE))
  query.edns = { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options: [] }
  assert.equal(decodeMessage(answerNotify(viewOf(encodeMessage(query)))).edns?.udpSize, 1232)
})

const T0 = 1_800_000_000

class Driver {
  state: NotifyState = IDLE_NOTIFY
  now = T0
  settings: NotifySettings = { delaySeconds: 0, spacingSeconds: 1, firstRetrySeconds: 5, retries: 3 }

  words(event: NotifyEvent): string[] {
    const { state, actions } = stepNotify(this.state, event, this.now, this.settings)
    this.state = state
    return actions.map((action) =>
      action.kind === 'send' ? `send ${action.serial} #${action.attempt}` : `${action.kind} ${action.serial}`,
    )
  }

  /** Waits until something is due; tells after how many seconds, and what. */
  wait(): string {
    const at = nextNotifyAt(this.state)
    assert.ok(at !== undefined)
    const seconds = at - this.now
    this.now = at
    return `+${seconds} ${this.words({ kind: 'tick' }).join()}`
  }
}

test('RFC1996 §3.6: sent at once, repeated with growing pauses, given up', () => {
  const driver = new Driver()
  assert.deepEqual(driver.words({ kind: 'changed', serial: 1 }), ['send 1 #1'])
  assert.deepEqual(driver.words({ kind: 'tick' }), [])
  assert.deepEqual(
    [driver.wait(), driver.wait(), driver.wait(), driver.wait()],
    ['+5 send 1 #2', '+10 send 1 #3', '+20 send 1 #4', '+40 give-up 1'],
  )
  assert.equal(nextNotifyAt(driver.state), undefined)
})

test('RFC1996 §4.8: an answer ends it; NOTIMP too (§3.12); another RCODE gives up', () => {
  for (const [rcode, word] of [
    [0, 'told 1'],
    [4, 'told 1'],
    [5, 'give-up 1'],
  ] as const) {
    const driver = new Driver()
    driver.words({ kind: 'changed', serial: 1 })
    assert.deepEqual(driver.words({ kind: 'answered', serial: 1, rcode }), [word])
    assert.deepEqual(driver.words({ kind: 'answered', serial: 1, rcode }), [])
    assert.equal(driver.state.phase, 'idle')
  }
})

test('a newer change replaces the one being told; answers about the old one do not count', () => {
  const driver = new Driver()
  driver.words({ kind: 'changed', serial: 1 })
  driver.wait()
  driver.now += 2
  assert.deepEqual(driver.words({ kind: 'changed', serial: 2 }), ['send 2 #1'])
  assert.deepEqual(driver.words({ kind: 'answered', serial: 1, rcode: 0 }), [])
  assert.deepEqual(driver.words({ kind: 'answered', serial: 2, rcode: 0 }), ['told 2'])
})

test('changes that follow each other closely are told together', () => {
  const driver = new Driver()
  const sent = Array.from({ length: 100 }, (_, i) => driver.words({ kind: 'changed', serial: i + 1 })).flat()
  assert.deepEqual(sent, ['send 1 #1'])
  assert.equal(driver.wait(), '+1 send 100 #1')
  assert.deepEqual(driver.words({ kind: 'changed', serial: 100 }), [], 'told already')
  driver.words({ kind: 'answered', serial: 100, rcode: 0 })
  assert.deepEqual(driver.words({ kind: 'changed', serial: 101 }), [])
  assert.equal(driver.wait(), '+1 send 101 #1')
})

test('RFC1996 §4.3: a delay, which a stream of changes does not prolong', () => {
  const driver = new Driver()
  driver.settings = { ...driver.settings, delaySeconds: 5 }
  assert.deepEqual(driver.words({ kind: 'changed', serial: 1 }), [])
  driver.now += 4
  assert.deepEqual(driver.words({ kind: 'changed', serial: 2 }), [])
  assert.equal(driver.wait(), '+1 send 2 #1')
})
