/** Kills a writer again and again, and looks at what it left. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { applyChange, combineChanges, walkZone } from '../zone/index.ts'
import { dump } from '../zone/zone-versions.fixture.ts'
import { APEX, newFolder, serialOfWhole, versionOf, withState } from './state.fixture.ts'
import type { State } from './state.ts'
import { TWIN } from './state-writer.fixture.ts'

const WRITER = join(import.meta.dirname, 'state-writer.fixture.ts')

/** Kills at instants up to this long after the first acknowledgement. */
const LONGEST_MS = 100

/** Returns how many serials were acknowledged in all. */
export async function survive(kills: number, seed: number): Promise<number> {
  const folder = newFolder()
  let serials = 0
  let last = 0
  for (let i = 0; i < kills; i++) {
    const told = await writeAndKill(folder, seed + i, Math.random() * LONGEST_MS)
    serials += told.length
    last = told.at(-1) ?? last
    await withState(folder, (state) => look(state, last))
  }
  return serials
}

/** Runs a writer and kills it; the serials that it acknowledged. */
async function writeAndKill(folder: string, seed: number, milliseconds: number): Promise<number[]> {
  const cache = join(folder, 'compile-cache')
  const child = spawn(process.execPath, [WRITER, folder, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  })
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

function look(state: State, acknowledged: number): void {
  assert.deepEqual(state.remarks, [])
  const serial = serialOfWhole(state.copies.load(APEX))
  assert.ok(serial >= acknowledged, `serial ${acknowledged} was acknowledged, ${serial} is there`)
  assert.equal(serialOfWhole(state.copies.load(TWIN)), serial, 'both zones changed together')
  for (const zone of [APEX, TWIN]) {
    const held = state.journal.state(zone)
    if (held === undefined) continue
    const found = state.journal.read(zone, held.fromSerial)
    assert.ok(found.kind === 'changes' && held.toSerial === serial)
    const old = versionOf(held.fromSerial, zone)
    assert.deepEqual(dump(applyChange(walkZone(old), combineChanges(found.changes))), dump(versionOf(serial, zone)))
  }
  const unfinished = state.database.prepare('SELECT count(*) AS n FROM zone_copy WHERE kind IS NULL').get()
  assert.equal(unfinished?.n, 0)
  assert.ok(existsSync(state.database.path))
}
