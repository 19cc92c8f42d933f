/** Servers that answer as none should, at real sockets: what a client of `signet serve` gets. */
import { describe, test } from 'node:test'
import { namespaceLacking } from '../../scripts/lab/namespace.ts'
import { assertExpected, runWorld } from './report.fixture.ts'
import { QUESTIONS } from './world.ts'

const lacking = namespaceLacking()

describe('a resolver and odd servers', { skip: lacking }, () => {
  const report = lacking === false ? runWorld('signet') : {}
  for (const question of QUESTIONS) {
    const key = `${question.name} ${question.type}`
    test(key, () => assertExpected(question, report[key]?.signet))
  }
})
