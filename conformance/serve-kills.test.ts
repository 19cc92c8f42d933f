/** `signet serve` killed again and again amid transfers and reloads: 200 times with `SIGNET_KILLS=200`, 20 unless told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { surviveServing } from './serve-kills.fixture.ts'

const KILLS = Number(process.env.SIGNET_KILLS ?? '20')

test(`${KILLS} kills at random instants of transfers and reloads: whole versions, none older than was served`, async () => {
  const { versionsSeen, transfers } = await surviveServing(KILLS)
  console.log(`${versionsSeen} versions were compared after ${KILLS} kills, amid ${transfers} transfers`)
  assert.ok(versionsSeen > KILLS && transfers > KILLS)
})
