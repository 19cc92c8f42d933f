/** Suites that ask a running server, once more with UDP by Node's own sockets: the same answers come from both ways. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { SERVER } from './answers/serving.fixture.ts'

const root = join(import.meta.dirname, '..')
/** What covers most for its time: EDNS and malformed queries, and every shape of a DNSSEC answer. */
const SUITES = ['rfc/8906', 'answers/bundy']

const skip =
  SERVER !== 'signet'
    ? 'another server is asked'
    : (process.env.SIGNET_NO_KOFFI ?? '') !== '' && 'all suites run that way already'

for (const suite of SUITES) {
  test(`${suite} without koffi`, { skip }, async () => {
    const words = [join(root, 'scripts/test.ts'), '--dir', 'conformance', '--timeout', '300', suite]
    // The runner of this test must not take the reports of the other for its own.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const child = spawn(process.execPath, words, { cwd: root, env: { ...env, SIGNET_NO_KOFFI: '1' } })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (printed += text))
    const status = await new Promise((resolve) => child.once('exit', resolve))
    assert.equal(status, 0, printed)
    const [, passed = '0'] = /(\d+) passed, 0 failed/.exec(printed) ?? []
    assert.ok(Number(passed) > 10, printed)
  })
}
