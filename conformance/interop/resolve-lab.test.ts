/**
 * The lab of `scripts/lab.ts`: signed zones of all kinds, many broken on purpose, resolved by ours and by peers. What two peers
 * agree on, ours says too; where they differ, ours is as one of them, or docs/verdicts-disputed.md says why not.
 *
 * SIGNET_LAB=1000 makes it the full one, of 1,000 signed zones and 10,000 questions.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { namespaceLacking } from '../../scripts/lab/namespace.ts'
import type { Figures } from '../../scripts/lab/report.ts'
import { isInstalled, type ResolverName } from '../../scripts/lab/resolvers.ts'

const LAB = join(import.meta.dirname, '../../scripts/lab.ts')
const zones = Number(process.env.SIGNET_LAB ?? 130)
/** The first two that are installed, or all of them in the full lab. */
const PEERS: readonly ResolverName[] = ['unbound', 'bind', 'knot-resolver', 'pdns-recursor']
const installed = PEERS.filter(isInstalled)
const peers = zones >= 1000 ? installed : installed.slice(0, 2)
const servers = ['nsd', 'knotd'].filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)

function lacking(): string | false {
  if (servers.length > 0) return `${servers.join(', ')} not installed`
  if (peers.length < 2) return `two of ${PEERS.join(', ')} are needed`
  return namespaceLacking()
}

const folder = mkdtempSync(join(tmpdir(), 'signet-lab-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function run(...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [LAB, ...words], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

test('RFC4035 §5: on the names of the lab ours says what its peers say', { skip: lacking() }, (t) => {
  const questions = zones >= 1000 ? 10_000 : 1500
  run('build', folder, String(zones))
  t.diagnostic(run('compare', folder, String(questions), 'signet', ...peers).trim())
  const figures: Figures = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))
  assert.ok(figures.questions >= 0.9 * questions)
  assert.deepEqual(figures.unexpected, [], 'ours says of a zone what was not made of it')
  for (const { peers, open, same, otherAnswers } of figures.pairs) {
    assert.deepEqual(open, [], `${peers.join(' and ')}: questions on which ours is as neither, for no known reason`)
    assert.deepEqual(otherAnswers, [], `${peers.join(' and ')}: the same answer, and ours another`)
    assert.ok(same > 0.8 * figures.questions, `${peers.join(' and ')} agree with ours on ${same} only`)
  }
  if (figures.ports === undefined) t.diagnostic('tcpdump is not there: ports were not counted')
  else if (zones >= 1000) assert.ok(figures.ports.distinct >= 2000, `${figures.ports.distinct} source ports`)
  else assert.ok(figures.ports.distinct > figures.ports.queries / 3, `${figures.ports.distinct} source ports`)
})
