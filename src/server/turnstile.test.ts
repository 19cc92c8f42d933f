import assert from 'node:assert/strict'
import test from 'node:test'
import { type Pass, Turnstile } from './turnstile.ts'

/** Enters for each server named, and notes who is let in. */
async function enterAll(turnstile: Turnstile, servers: readonly string[]) {
  const inside: { server: string; pass: Pass }[] = []
  for (const server of servers) void turnstile.enter(server).then((pass) => inside.push({ server, pass }))
  await settle()
  return inside
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('no more than the limit go on, and of one server no more than its share', async () => {
  const inside = await enterAll(new Turnstile(() => ({ all: 3, each: 2 })), ['a', 'a', 'a', 'a', 'b', 'b'])
  assert.deepEqual(
    inside.map(({ server }) => server),
    ['a', 'a', 'b'],
  )
})

test('servers that wait have their turn one after the other; leaving twice counts once', async () => {
  const inside = await enterAll(new Turnstile(() => ({ all: 1, each: 1 })), ['a', 'a', 'a', 'b', 'b', 'c'])
  for (let i = 0; i < 6; i++) {
    assert.equal(inside.length, i + 1)
    inside[i]?.pass.leave()
    inside[i]?.pass.leave()
    await settle()
  }
  assert.deepEqual(
    inside.map(({ server }) => server),
    ['a', 'a', 'b', 'c', 'a', 'b'],
  )
})
