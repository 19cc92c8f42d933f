/** `signet serve` with a FIFO in the place of each file that its configuration names: no open blocks it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { askUdp, makeFolder, question, RunningServer } from './running-server.fixture.ts'

const ZONE = '$TTL 300\n@ SOA ns host 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\n'
const PLAIN = {
  data: 'state',
  server: { listen: ['127.0.0.1:0'], threads: 1 },
  management: { listen: [] },
}

function makeFifo(path: string): void {
  rmSync(path, { force: true })
  execFileSync('mkfifo', [path])
}

test('a zone whose file is a FIFO does not start, or stays as it was when it is reloaded; others are served', async () => {
  const folder = makeFolder()
  const path = (name: string): string => join(folder, name)
  for (const name of ['good', 'other']) writeFileSync(path(name), ZONE)
  makeFifo(path('fifo'))
  writeFileSync(path('including'), `${ZONE}$INCLUDE fifo\n`)
  const zones = ['good', 'other', 'fifo', 'including'].map((name) => ({
    name: `${name}.test`,
    type: 'primary',
    file: name,
  }))
  const server = await RunningServer.start(folder, { ...PLAIN, zones })
  const rcode = async (name: string): Promise<number> =>
    (await askUdp(question(name, 'SOA'), server.port('udp'))).message.header.rcode
  assert.equal(await rcode('good.test'), 0)
  assert.equal(await rcode('fifo.test'), 2)
  assert.equal(await rcode('including.test'), 2)
  assert.match(server.log, /including:5:10: \S*\/fifo: is a named pipe \(FIFO\), not a regular file/)

  makeFifo(path('good'))
  writeFileSync(path('next'), ZONE.replace(' 1 ', ' 2 '))
  renameSync(path('next'), path('other'))
  server.signal('SIGHUP')
  await server.until(() => server.log.includes('configuration read'), 'reloaded')
  assert.match(server.log, /good: is a named pipe \(FIFO\), not a regular file/)
  assert.equal(await rcode('good.test'), 0)
  const { message } = await askUdp(question('other.test', 'SOA'), server.port('udp'))
  assert.equal(message.answer[0]?.rdata.at(-17), 2)
  assert.equal(await server.stop(), 0)
})

test('a configuration that is a FIFO ends the start with status 2', () => {
  const fifo = join(makeFolder(), 'fifo')
  makeFifo(fifo)
  const signet = join(import.meta.dirname, '../../bin/signet')
  const run = (): string =>
    execFileSync(signet, ['serve', '--config', fifo], {
      timeout: 40_000,
      killSignal: 'SIGKILL',
      stdio: 'pipe',
      encoding: 'utf8',
    })
  assert.throws(run, { status: 2, stderr: /^signet: \S*\/fifo: is a named pipe \(FIFO\), not a regular file\n/ })
})
