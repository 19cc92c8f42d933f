/**
 * The world of `conformance/odd-servers/`, asked of ours and of Unbound, BIND and PowerDNS Recursor: each name gets the answer that
 * at least one of them gives, in 3 s. Where all of them fail, ours is as `servers.ts` says.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { namespaceLacking } from '../../scripts/lab/namespace.ts'
import { isInstalled, type ResolverName } from '../../scripts/lab/resolvers.ts'
import { assertExpected, runWorld } from '../odd-servers/report.fixture.ts'
import type { OddReport, Said } from '../odd-servers/run.ts'
import { QUESTIONS } from '../odd-servers/world.ts'

const PEERS: readonly ResolverName[] = ['unbound', 'bind', 'pdns-recursor']
const peers = PEERS.filter(isInstalled)
const SERVFAIL = 2

function lacking(): string | false {
  return peers.length === 0 ? `one of ${PEERS.join(', ')} is needed` : namespaceLacking()
}

/** RCODE and answer, in words. */
function told({ outcome }: Said): string {
  return outcome === undefined ? 'nothing' : `${outcome.rcode} ${outcome.answer.join('; ')}`
}

function isFailure({ outcome }: Said): boolean {
  return outcome === undefined || outcome.rcode === SERVFAIL
}

describe('odd servers, beside peers', { skip: lacking() }, () => {
  const report: OddReport = lacking() === false ? runWorld('signet', ...peers).report : {}
  for (const question of QUESTIONS) {
    const key = `${question.name} ${question.type}`
    test(key, (t) => {
      const row = report[key] ?? {}
      const ours = row.signet
      assert.ok(ours)
      const theirs = peers.flatMap((peer) => (row[peer] === undefined ? [] : { peer, said: row[peer] }))
      for (const { peer, said } of theirs) t.diagnostic(`${peer}: ${told(said)} ${said.milliseconds} ms`)
      assertExpected(question, ours)
      if (theirs.every(({ said }) => isFailure(said))) return
      const isAsOne = theirs.some(({ said }) => told(said) === told(ours) || (isFailure(said) && isFailure(ours)))
      assert.ok(isAsOne, `ours: ${told(ours)}; ${theirs.map(({ peer, said }) => `${peer}: ${told(said)}`).join('; ')}`)
    })
  }
})
