/** Servers that answer as none should, at real sockets: what a client of `signet serve` gets, and what `signet explain` says. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { namespaceLacking } from '../../scripts/lab/namespace.ts'
import { assertExpected, runWorld, type WorldRun } from './report.fixture.ts'
import type { OddReport } from './run.ts'
import { QUESTIONS } from './world.ts'

const lacking = namespaceLacking()

describe('a resolver that asks in random case, and odd servers', { skip: lacking }, () => {
  const report: OddReport = lacking === false ? runWorld('signet', 'mixed-case').report : {}
  for (const question of QUESTIONS) {
    const key = `${question.name} ${question.type}`
    test(key, () => assertExpected(question, report[key]?.signet))
  }
})

describe('a resolver and odd servers', { skip: lacking }, () => {
  const nothing: WorldRun = { report: {}, explained: {}, recorded: {} }
  const { report, explained, recorded } = lacking === false ? runWorld('signet', 'explain') : nothing
  for (const question of QUESTIONS) {
    const key = `${question.name} ${question.type}`
    test(key, () => assertExpected(question, report[key]?.signet))
  }

  for (const { name, type, expected } of QUESTIONS) {
    const { text, rcode } = expected
    if (text === undefined || rcode === 0) continue
    test(`signet explain --from-server ${name} ${type}: the cause, what each server replied, and what to do`, () => {
      const shown = recorded[`${name} ${type}`] ?? ''
      assert.match(shown, text)
      assert.match(shown, /^what the servers replied$/m)
      assert.match(shown, /^what to do\n {2}\w/m)
      assert.match(shown, /^recorded by the server /m)
    })
  }

  for (const { name, type, expected, isForwarded } of QUESTIONS) {
    const { text, rcode } = expected
    // `signet explain` asks from the root down.
    if (text === undefined || rcode === 0 || isForwarded === true) continue
    test(`signet explain ${name} ${type}: the cause, the links above it, and what each server replied`, () => {
      const shown = explained[`${name} ${type}`] ?? ''
      assert.match(shown, text)
      assert.match(shown, /^ {2}\. +trust anchor +secure /m)
      assert.match(shown, /^what the servers replied$/m)
      assert.match(shown, /^ {2}198\.18\.0\.10:53 .* +NOERROR, AA, answer \d/m)
      // Of aliases that lead to themselves, the chain of each is shown instead.
      const isCircle = /alias/.test(text.source)
      if (name.endsWith('.odd.') && !isCircle) {
        assert.match(shown, /^above the failure, .*odd\. DS: insecure$/m)
      }
    })
  }
})
