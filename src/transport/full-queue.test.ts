/** Answers that the kernel has no room for: no thread waits for a client, and what is lost is counted. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadNative } from './native.ts'

const native = await loadNative()
const skip = native === undefined && 'native sockets need Linux and koffi'
const FIXTURE = join(import.meta.dirname, 'full-queue.fixture.ts')
const EBADF = 9

/** How many answers a thread counted as unsent; undefined when it hung. */
function unsentBy(sender: 'replies' | 'batch'): number | undefined {
  const child = spawnSync(process.execPath, [FIXTURE, sender], { timeout: 20_000, killSignal: 'SIGKILL' })
  return child.status === 0 ? Number(child.stdout.toString()) : undefined
}

test('the control thread does not wait for a socket whose queue is full; it counts what is lost', { skip }, () => {
  const unsent = unsentBy('replies')
  assert.ok(unsent !== undefined, 'the thread hung')
  assert.ok(unsent > 0 && unsent < 20 * 64, `${unsent} unsent`)
})

test('a worker waits a moment at most for a socket whose queue is full; it counts what is lost', { skip }, () => {
  const unsent = unsentBy('batch')
  assert.ok(unsent !== undefined, 'the thread hung')
  assert.ok(unsent > 0, `${unsent} unsent`)
})

test('a native call that fails returns its own error', { skip }, () => {
  assert.equal(native?.close(-1), -EBADF)
  assert.equal(native?.sendto(-1, new Uint8Array(1), 1, 0, new Uint8Array(16), 16), -EBADF)
})
