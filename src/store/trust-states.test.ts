import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Name } from '../dns/name/index.ts'
import { AT, newFolder, tamper, withState } from './state.fixture.ts'
import type { LoadedTrust } from './trust-states.ts'
import { POINT, pointOf } from './trust-writer.fixture.ts'

const load = (folder: string): Promise<LoadedTrust> => withState(folder, ({ trust }) => trust.load())
const save = (folder: string, ...counts: number[]): Promise<void> =>
  withState(folder, ({ trust }) => {
    for (const count of counts) trust.save(pointOf(count), AT)
  })

describe('what is remembered of trust points', () => {
  it('comes back as it was; what is taken away does not', async () => {
    const folder = newFolder()
    const other = Name.parse('Other\\.dot.test.')
    await withState(folder, ({ trust }) => {
      const nothing = { points: [], negative: [], lastKnown: undefined, lastKnownIn: undefined, remarks: [] }
      assert.deepEqual(trust.load(), nothing)
      trust.save(pointOf(1), AT)
      trust.save(pointOf(2, other), AT)
      trust.save(pointOf(3), AT)
      trust.saveNegative({ name: other, until: AT + 60, reason: 'broken' })
      trust.saveNegative({ name: POINT, until: undefined })
      trust.noteTime(AT, 'one')
      trust.noteTime(AT + 60, 'two')
    })
    const loaded = await load(folder)
    assert.deepEqual(loaded.points, [pointOf(3), pointOf(2, other)])
    assert.deepEqual(loaded.remarks, [])
    assert.deepEqual([loaded.lastKnown, loaded.lastKnownIn], [AT, 'one'])
    assert.deepEqual(
      loaded.negative.map(({ name, until, reason }) => [String(name), until, reason]),
      [
        ['example.', undefined, undefined],
        ['other\\.dot.test.', AT + 60, 'broken'],
      ],
    )
    await withState(folder, ({ trust }) => {
      trust.load()
      trust.forget(POINT)
      trust.forget(other)
      trust.forgetNegative(other)
    })
    const rest = await load(folder)
    assert.deepEqual([rest.points.length, rest.negative.length, rest.remarks.length], [0, 1, 0])
  })

  const DAMAGES = {
    'a checksum that does not fit': `UPDATE trust_point SET content = replace(content, '"lastQueried":5', '"lastQueried":6')`,
    'no JSON': `UPDATE trust_point SET content = '{', check_sum = 0`,
    'a newer version': `UPDATE trust_point SET content = replace(content, '"version":1', '"version":9')`,
  }
  for (const [name, sql] of Object.entries(DAMAGES)) {
    it(`damaged (${name}): the copy counts, then the state before`, async () => {
      const folder = newFolder()
      await save(folder, 4, 5)
      tamper(folder, sql)
      const fromCopy = await load(folder)
      assert.deepEqual(fromCopy.points, [pointOf(5)])
      assert.match(
        fromCopy.remarks.join(),
        /state of trust point example\. is damaged .*: the copy in trust-points\.json counts/,
      )
      rmSync(join(folder, 'trust-points.json'))
      const before = await load(folder)
      assert.deepEqual(before.points, [pointOf(4)])
      assert.match(before.remarks.join(), /: the state before counts/)
      tamper(folder, 'UPDATE trust_point SET old_content = NULL')
      const none = await load(folder)
      assert.deepEqual(none.points, [])
      assert.match(none.remarks.join(), /its configured anchors count again/)
    })
  }

  it('a database that was put aside takes no trust point with it', async () => {
    const folder = newFolder()
    await save(folder, 7)
    const path = join(folder, 'signet.db')
    writeFileSync(path, readFileSync(path).fill(0x55, 0, 200))
    await withState(folder, (state) => {
      assert.match(state.remarks.join(), /put aside/)
      const { points, remarks } = state.trust.load()
      assert.deepEqual(points, [pointOf(7)])
      assert.match(remarks.join(), /comes from .*trust-points\.json/)
    })
  })

  it('a copy that is damaged is of no use, and is said to be', async () => {
    const folder = newFolder()
    await save(folder, 7)
    const path = join(folder, 'trust-points.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('lastQueried', 'lastqueried'))
    const { points, remarks } = await load(folder)
    assert.deepEqual(points, [pointOf(7)])
    assert.match(remarks.join(), /trust-points\.json is of no use \(its checksum does not fit\)/)
  })

  it('what cannot be written is told once, and nothing stops', async () => {
    const folder = newFolder()
    const told: string[] = []
    await withState(folder, async (state) => {
      const { trust, database } = state
      trust.onRemark((text) => told.push(text))
      trust.save(pointOf(1), AT)
      database.prepare('PRAGMA query_only = ON').all()
      for (const count of [2, 3]) trust.save(pointOf(count), AT)
      database.prepare('PRAGMA query_only = OFF').all()
      assert.deepEqual(await state.recover(AT), [])
      rmSync(join(folder, 'trust-points.json'))
      mkdirSync(join(folder, 'trust-points.json'))
      for (const count of [3, 4]) trust.save(pointOf(count), AT)
    })
    assert.match(told[0] ?? '', /the state of trust point example\. could not be saved \(.*\): validation goes on/)
    assert.match(told[1] ?? '', /trust-points\.json could not be written/)
    assert.equal(told.length, 2)
    assert.deepEqual((await load(folder)).points, [pointOf(4)])
  })
})

it('killed at any instant, what was saved is there', async () => {
  const folder = newFolder()
  let last = 0
  for (let i = 0; i < 6; i++) {
    const told = await writeAndKill(folder, Math.random() * 60)
    last = told.at(-1) ?? last
    const { points, remarks } = await load(folder)
    assert.deepEqual(remarks, [])
    const count = points[0]?.lastQueried ?? 0
    assert.ok(count === last || count === last + 1, `${last} was acknowledged, ${count} is there`)
    assert.deepEqual(points, [pointOf(count)])
    last = count
  }
  assert.ok(last > 6, `${last} saved`)
})

async function writeAndKill(folder: string, milliseconds: number): Promise<number[]> {
  const path = join(import.meta.dirname, 'trust-writer.fixture.ts')
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compile-cache') }
  const child = spawn(process.execPath, [path, folder], { stdio: ['ignore', 'pipe', 'inherit'], env })
  let text = ''
  child.stdout.setEncoding('latin1')
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_code, signal) => resolve(signal)))
  const begun = new Promise<void>((resolve) => {
    child.stdout.on('data', (piece: string) => {
      text += piece
      resolve()
    })
  })
  await Promise.race([begun, ended])
  await delay(milliseconds)
  child.kill('SIGKILL')
  assert.equal(await ended, 'SIGKILL', 'the writer ended by itself')
  return text.split('\n').slice(0, -1).map(Number)
}
