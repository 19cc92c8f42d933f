/**
 * The world of `conformance/odd-servers/`, asked of ours and of Unbound, BIND and PowerDNS Recursor: each name gets the answer that
 * at least one of them gives, in 3 s. Where all of them fail, or need more than 5 s, ours is as the world says.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { namespaceLacking } from '../../scripts/lab/namespace.ts'
import { isInstalled, RESOLVERS, type ResolverName } from '../../scripts/lab/resolvers.ts'
import { assertExpected, runWorld } from '../odd-servers/report.fixture.ts'
import type { OddReport, Said } from '../odd-servers/run.ts'
import { QUESTIONS } from '../odd-servers/world.ts'

const PEERS: readonly ResolverName[] = ['unbound', 'bind', 'pdns-recursor']
const peers = PEERS.filter(isInstalled)
const SERVFAIL = 2
/** Milliseconds. By then clients have given up. */
const LATE = 5000

function lacking(): string | false {
  return peers.length === 0 ? `one of ${PEERS.join(', ')} is needed` : namespaceLacking()
}

/** RCODE and answer, in words. */
function told({ outcome }: Said): string {
  return outcome === undefined ? 'nothing' : `${outcome.rcode} ${outcome.answer.join('; ')}`
}

function isFailure({ outcome, milliseconds }: Said): boolean {
  return outcome === undefined || outcome.rcode === SERVFAIL || milliseconds > LATE
}

/** All names and what each resolver said of them, as a table. */
function table(report: OddReport): string {
  const columns = RESOLVERS.filter((name) => name === 'signet' || peers.includes(name))
  const rows = Object.entries(report).map(([key, row]) => {
    const cells = columns.map((name) => {
      const { outcome, milliseconds = 0 } = row[name] ?? {}
      const data = (outcome?.answer ?? []).map((line) => line.split(' ').slice(1).join(' ')).join(' ')
      return `${outcome?.rcode ?? '-'} ${milliseconds} ms ${data.slice(0, 20)}`.padEnd(32)
    })
    return `${key.padEnd(40)} ${cells.join(' ')}`
  })
  return [`${'RCODE, time, data'.padEnd(40)} ${columns.map((name) => name.padEnd(32)).join(' ')}`, ...rows.sort()].join(
    '\n',
  )
}

describe('odd servers, beside peers', { skip: lacking() }, () => {
  const report: OddReport = lacking() === false ? runWorld('signet', ...peers).report : {}
  test('a table of all answers', (t) => {
    t.diagnostic(`\n${table(report)}`)
    assert.equal(Object.keys(report).length, QUESTIONS.length)
  })

  for (const question of QUESTIONS) {
    const key = `${question.name} ${question.type}`
    test(key, () => {
      const row = report[key] ?? {}
      const ours = row.signet
      assert.ok(ours)
      // The others are told of no forwarder that is asked over TLS.
      const capable = question.isTls === true ? peers.filter((peer) => peer === 'unbound') : peers
      const theirs = capable.flatMap((peer) => (row[peer] === undefined ? [] : { peer, said: row[peer] }))
      assertExpected(question, ours)
      if (question.isBetter === true || theirs.every(({ said }) => isFailure(said))) return
      const isAsOne = theirs.some(({ said }) => told(said) === told(ours) || (isFailure(said) && isFailure(ours)))
      assert.ok(isAsOne, `ours: ${told(ours)}; ${theirs.map(({ peer, said }) => `${peer}: ${told(said)}`).join('; ')}`)
    })
  }
})
