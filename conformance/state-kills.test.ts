/** The state of a server that is killed 200 times (`SIGNET_KILLS` for another number). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { survive } from '../src/store/kills.fixture.ts'

const KILLS = Number(process.env.SIGNET_KILLS ?? '200')

test(`${KILLS} kills at random instants leave one whole version each time, with all that was acknowledged`, async () => {
  assert.ok((await survive(KILLS, 1000)) > KILLS)
})
