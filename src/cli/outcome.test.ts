/** Exit statuses of errors. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DnsError } from '../dns/errors.ts'
import { allocate } from '../dns/memory.ts'
import { EXIT, reportError } from './outcome.ts'

/** The status of what the action throws. */
function statusOf(action: () => void): number | undefined {
  try {
    action()
  } catch (error) {
    return reportError(error, 'signet --help')
  }
  return undefined
}

test('what lies with the world ends with status 3, what lies with the input with 2', () => {
  assert.equal(
    statusOf(() => allocate(2 ** 52, 'a zone')),
    EXIT.failed,
  )
  for (const [code, status] of [
    ['output-failed', EXIT.failed],
    ['exchange-failed', EXIT.failed],
    ['input-unreadable', EXIT.usage],
    ['zone-invalid', EXIT.usage],
  ] as const) {
    assert.equal(
      statusOf(() => {
        throw new DnsError(code, 'a test of statuses')
      }),
      status,
    )
  }
})
