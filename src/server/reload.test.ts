/** What a reload says of itself: what was taken, what was not, and what stays in force. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { ReloadOutcome } from './control.ts'
import { act, TestServer, zoneText } from './servers.fixture.ts'

async function startWithZone(more: Record<string, unknown> = {}) {
  const server = new TestServer()
  const file = server.file('zone', zoneText(1))
  const zones = [{ name: 'a.test.', type: 'primary', file }]
  const configuration = { ...more, zones }
  await server.start(configuration)
  return { server, file, zones, configuration }
}

const outcomesOf = ({ zones }: ReloadOutcome): string[] => zones.map(({ zone, outcome }) => `${zone} ${outcome}`)

test('an added zone whose file is missing has failed, and the log says so as an error', async () => {
  const { server, file, zones } = await startWithZone()
  const added = [
    { name: 'b.test.', type: 'primary', file },
    { name: 'c.test.', type: 'primary', file: join(server.folder, 'none') },
    { name: 'd.test.', type: 'secondary', primaries: ['127.0.0.1:9'] },
    { name: 'e.test.', type: 'forward', forwarders: ['127.0.0.1:9'] },
  ]
  server.write({ zones: [...zones, ...added] })
  const outcome = await server.server.reload()
  assert.equal(outcome.configuration.outcome, 'done')
  assert.deepEqual(outcomesOf(outcome), ['b.test. done', 'c.test. failed', 'd.test. started', 'e.test. failed'])
  assert.match(outcome.zones[1]?.message ?? '', /^not served: .*none: no such file or folder$/)
  assert.match(outcome.zones[3]?.message ?? '', /resolver\.enabled/)
  const [line = ''] = server.lines.filter((each) => each.includes('configuration read'))
  assert.match(line, /^error configuration read; some zones were not taken .*"failed":2.*c\.test\. not served/)
  // It fails again for as long as the file is missing, and once only.
  assert.deepEqual(outcomesOf(await server.server.reload()), ['c.test. failed'])
  server.file('none', zoneText(4))
  assert.deepEqual(outcomesOf(await server.server.reload()), ['c.test. done'])
})

test('a zone that becomes another kind of zone without a file has failed', async () => {
  const { server, zones } = await startWithZone()
  server.write({ zones: [{ name: 'a.test.', type: 'secondary', primaries: ['127.0.0.1:9'] }] })
  await server.server.reload()
  server.write({ zones: zones.map((zone) => ({ ...zone, file: join(server.folder, 'none') })) })
  assert.ok(outcomesOf(await server.server.reload()).includes('a.test. failed'))
})

test('a file that goes fails its zone, which is served on, and a frozen zone is named as not taken', async () => {
  const { server, file } = await startWithZone()
  await act(server.server.zones.list()[0], 'freeze')
  assert.deepEqual(outcomesOf(await server.server.reload()), ['a.test. refused'])
  await act(server.server.zones.list()[0], 'thaw')
  rmSync(file)
  assert.deepEqual(outcomesOf(await server.server.reload()), ['a.test. failed'])
  const zone = server.server.zones.list()[0]
  await act(zone, 'freeze')
  assert.match(
    (await act(zone, 'thaw'))?.message ?? '',
    /^the zone is thawed, and its file was not taken: .*no such file/,
  )
  assert.equal(server.status('a.test.')?.frozen, false)
  assert.equal(await server.serial('a.test.'), 1)
})

const UNUSABLE = {
  'trust anchors': { resolver: { enabled: true, rootTrustAnchors: false, trustAnchors: ['missing.anchors'] } },
  'root hints': { resolver: { enabled: true, rootTrustAnchors: false, rootHints: 'missing.hints' } },
  'the secret of a key': { tsigKeys: [{ name: 'k.', secretFile: 'missing.secret' }] },
  'a setting': { server: { listne: [] } },
} as const

for (const [what, settings] of Object.entries(UNUSABLE)) {
  test(`a reload whose configuration cannot be used for ${what} changes nothing, and says what stays in force`, async () => {
    const { server, file, zones, configuration } = await startWithZone({
      resolver: { enabled: true, rootTrustAnchors: false },
    })
    server.file('zone', zoneText(2))
    server.write({ ...configuration, ...settings, zones: [...zones, { name: 'b.test.', type: 'primary', file }] })
    const { configuration: outcome, zones: touched } = await server.server.reload()
    assert.equal(outcome.outcome, 'failed')
    assert.match(
      outcome.message,
      /(missing\.\w+: no such file|listne).*; nothing was changed, and the configuration of /,
    )
    assert.deepEqual(touched, [])
    assert.deepEqual([await server.serial('a.test.'), server.status('b.test.')], [1, undefined])
    assert.ok(server.lines.some((line) => line.startsWith('error configuration not taken: ')))
    assert.ok(!server.lines.some((line) => line.includes('configuration read')))
    server.write(configuration)
    assert.deepEqual(outcomesOf(await server.server.reload()), ['a.test. done'])
  })
}

test('root hints are not read again between reloads: a file that went is missed by the next reload only', async () => {
  const server = new TestServer()
  server.file('hints', '. 3600 IN NS ns.test.\nns.test. 3600 IN A 127.0.0.1\n')
  const resolver = { enabled: true, rootTrustAnchors: false, rootHints: 'hints' }
  await server.start({ zones: [], resolver })
  rmSync(join(server.folder, 'hints'))
  server.server.resolving?.forgetAll()
  assert.equal((await server.server.reload()).configuration.outcome, 'failed')
})

test('a setting that waits for the next start is named in the outcome', async () => {
  const { server, configuration } = await startWithZone()
  server.write({ ...configuration, management: { listen: ['127.0.0.1:9'] } })
  const { configuration: outcome } = await server.server.reload()
  assert.ok(outcome.details?.includes('management.listen: the change takes effect at the next start'))
})

test('reloads that are asked for while one waits share its outcome', async () => {
  const { server } = await startWithZone()
  const outcomes = await Promise.all(Array.from({ length: 1000 }, () => server.server.reload()))
  assert.equal(new Set(outcomes).size, 2)
  assert.equal(server.lines.filter((line) => line.includes('configuration read')).length, 2)
})
