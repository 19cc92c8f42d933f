/** Root's rights are given up: the server binds port 53 and goes on as another user, without a capability, in every thread. */
import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { makeFolder, RunningServer } from '../../src/cli/running-server.fixture.ts'
import { ControlClient, controlPath } from '../../src/management/index.ts'
import { NetworkNamespace, namespaceLacking } from './network-namespace.fixture.ts'

const ZONE = '@ 60 SOA ns hostmaster 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 192.0.2.1\na 60 A 192.0.2.2\n'
const ASKER = join(import.meta.dirname, 'ask-from-here.ts')
/** A user and a group that every system has. */
const USER = { user: 'nobody', group: 'nogroup' }
const UID = 65534

/** A folder whose files others may read. */
function openFolder(): string {
  const folder = makeFolder()
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, 'zone'), ZONE)
  return folder
}

/** Fields of /proc/PID/task/TID/status of all threads. */
function threadsOf(pid: number): Map<string, string>[] {
  const tasks = `/proc/${pid}/task`
  return readdirSync(tasks).map((task) => {
    const lines = readFileSync(join(tasks, task, 'status'), 'utf8').split('\n')
    return new Map(lines.map((line): [string, string] => [line.split(':')[0] ?? '', line.split(':\t')[1] ?? '']))
  })
}

for (const [way, koffi] of [
  ['batched', ''],
  ['plain', '1'],
] as const) {
  describe(`server.user, ${way}`, { skip: namespaceLacking() }, () => {
    test('port 53 is bound, then no thread is root or has a capability; state and socket are the user’s', async () => {
      const namespace = new NetworkNamespace()
      const folder = openFolder()
      const parent = join(folder, 'var')
      mkdirSync(parent)
      chownSync(parent, 0, 0)
      const data = join(parent, 'state')
      const configuration = {
        data,
        server: { listen: ['127.0.0.1:53', '[::1]:53'], threads: 2, ...USER },
        management: { listen: ['127.0.0.1:0'] },
        logging: { file: 'server.log', format: 'json' },
        zones: [{ name: 'rights.test', type: 'primary', file: 'zone' }],
      }
      const server = await RunningServer.start(folder, configuration, {
        env: { SIGNET_NO_KOFFI: koffi },
        within: namespace.within,
      })
      const threads = threadsOf(server.pid)
      assert.ok(threads.length > 4, `${threads.length} threads`)
      for (const status of threads) {
        assert.equal(status.get('Uid'), [UID, UID, UID, UID].join('\t'))
        assert.equal(status.get('Gid'), [UID, UID, UID, UID].join('\t'))
        assert.equal(status.get('Groups')?.trim(), String(UID))
        for (const set of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb'])
          assert.equal(status.get(set), '0000000000000000', set)
      }
      for (const file of ['', ...readdirSync(data)]) assert.equal(statSync(join(data, file)).uid, UID, file)
      assert.equal((await new ControlClient(controlPath(data)).status()).state, 'serving')
      const log = join(folder, 'server.log')
      assert.equal(statSync(log).uid, UID)
      const asked = namespace.run([process.execPath, ASKER, 'a.rights.test', '53', '127.0.0.1', '::1'])
      assert.deepEqual(JSON.parse(asked), { '127.0.0.1': '127.0.0.1', '::1': '::1' })
      // Workers that are replaced do without root's rights.
      const settings = { ...configuration.server, nsid: 'again' }
      writeFileSync(join(folder, 'signet.yaml'), JSON.stringify({ ...configuration, server: settings }))
      server.signal('SIGHUP')
      await server.until(() => readFileSync(log, 'utf8').includes('configuration read'), 'reloaded')
      assert.ok(threadsOf(server.pid).every((status) => status.get('Uid')?.startsWith(`${UID}\t`)))
      assert.deepEqual(JSON.parse(namespace.run([process.execPath, ASKER, 'a.rights.test', '53', '127.0.0.1'])), {
        '127.0.0.1': '127.0.0.1',
      })
      assert.equal(await server.stop(), 0)
    })
  })
}

describe('server.user', { skip: namespaceLacking() }, () => {
  const configuration = {
    data: 'state',
    server: { listen: ['127.0.0.1:0'], ...USER },
    management: { listen: [] },
    zones: [{ name: 'rights.test', type: 'primary', file: 'zone' }],
  }

  test('a data folder that is root’s is refused, with what to do', async () => {
    const folder = openFolder()
    mkdirSync(join(folder, 'state'))
    const server = RunningServer.launch(folder, configuration)
    assert.equal(await server.exited, 2)
    assert.match(server.log, /^signet: data: \S+\/state belongs to user 0, .* chown -R nobody \S+\/state$/m)
  })

  test('a file in it that is root’s too', async () => {
    const folder = openFolder()
    mkdirSync(join(folder, 'state'))
    chownSync(join(folder, 'state'), UID, UID)
    writeFileSync(join(folder, 'state', 'signet.db'), '')
    const server = RunningServer.launch(folder, configuration)
    assert.equal(await server.exited, 2)
    assert.match(server.log, /^signet: data: \S+\/state\/signet\.db belongs to user 0/m)
  })

  test('a user that is not there', async () => {
    const server = RunningServer.launch(openFolder(), {
      ...configuration,
      server: { listen: ['127.0.0.1:0'], user: 'nosuchuser' },
    })
    assert.equal(await server.exited, 2)
    assert.match(server.log, /^signet: server\.user: cannot go on as nosuchuser/m)
  })
})
