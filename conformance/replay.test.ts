/**
 * Scenarios, replayed with the product's resolver: our own, and those of the material. Of the material 98 % pass but for those in
 * replay-exceptions.json, and no answer comes where SERVFAIL was expected.
 *
 * With SIGNET_REPLAY=apart the material is left to `npm run replay`: so .ci/run does it, where one failure is to count once.
 */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { findMaterial } from './material.ts'
import { readExceptions } from './runner/exceptions.ts'
import { replayFile } from './runner/replay-file.ts'

const own = join(import.meta.dirname, 'scenarios')
const isApart = process.env.SIGNET_REPLAY === 'apart'
const material = findMaterial('rpl')

describe('our own scenarios', () => {
  for (const path of globSync('*.rpl', { cwd: own }).sort()) {
    test(path, async () => {
      const { level, reason, wrongAd, log } = await replayFile(join(own, path))
      assert.deepEqual(
        { isGood: level >= 2, reason: level >= 2 ? '' : reason, wrongAd },
        { isGood: true, reason: '', wrongAd: false },
        log.join('\n'),
      )
    })
  }
})

const lacking = material === undefined ? 'material/rpl is not there' : false

if (!isApart) {
  describe('scenarios of others', { skip: lacking }, replayMaterial)
}

function replayMaterial(): void {
  const folder = material ?? ''
  const paths = material === undefined ? [] : globSync('**/*.{rpl,crpl}', { cwd: folder }).sort()
  let counted = 0
  const failed: string[] = []
  const wrong: string[] = []

  test('level 2 or better on 98 % of them', async () => {
    const exceptions = readExceptions(folder)
    for (const path of paths) {
      const { level, reason, wrongAd } = await replayFile(join(folder, path))
      if (wrongAd) wrong.push(path)
      if (level < 2 && exceptions.has(path)) continue
      counted++
      if (level < 2) failed.push(`${path}: level ${level}: ${reason}`)
    }
    assert.ok(failed.length <= counted * 0.02, failed.join('\n'))
  })

  test('no data and no AD where SERVFAIL was expected', () => {
    assert.deepEqual(wrong, [])
  })
}
