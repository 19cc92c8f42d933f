/**
 * The messages of transfers against BIND, Knot and NSD on 127.0.0.1, without our server: `TransferReader` reads what they send,
 * they take what `answerAxfr` and `answerIxfr` make. Sockets here are of the plainest kind.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../../src/dns/name/index.ts'
import { textSource } from '../../src/dns/text/index.ts'
import { MessageView } from '../../src/dns/wire/index.ts'
import {
  answerAxfr,
  answerIxfr,
  answerWithSoa,
  bareSoa,
  clientSerial,
  makeNotify,
  makeSecondaryQuery,
  planIxfr,
  type ReaderQuery,
  readSoaAnswer,
  TransferReader,
  type TransferStep,
  TYPE_AXFR,
  TYPE_IXFR,
  takeSoa,
} from '../../src/transfer/index.ts'
import { loadRecords, type RecordTable, walkZone, Zone, type ZoneChange } from '../../src/zone/index.ts'
import { linesOf } from '../../src/zone/zone.fixture.ts'
import { askTcp, askUdp } from './name-servers.fixture.ts'

const apex = Name.parse('example.')
const root = mkdtempSync(join(tmpdir(), 'signet-transfers-'))
const running: ChildProcess[] = []
after(async () => {
  for (const child of running) child.kill('SIGTERM')
  await sleep(500)
  for (const child of running) if (child.exitCode === null) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

const soa = (serial: number): string => `@ 3600 SOA ns.example. admin.example. ${serial} 3600 900 604800 300\n`
const HOSTS = Array.from(
  { length: 2000 },
  (_, i) => `host${i} 300 A 10.0.${i >> 8}.${i & 255}\n 300 MX 10 Mail${i % 7}\n`,
)
const BODY = `@ 300 NS ns\nns 300 A 127.0.0.1\nMiXed.Case 300 TXT "Aa"\n${HOSTS.join('')}`

function zoneOf(text: string): Zone {
  return Zone.arrange(apex, loadRecords(textSource(text), apex).table)
}

/** Knot and NSD keep names in lower case. */
function linesOfTable(table: RecordTable): string {
  return linesOf(table, Zone.arrange(apex, table).records).join('\n').toLowerCase()
}

type Role = 'primary' | 'secondary'
type Peer = 'named' | 'knotd' | 'nsd'

function lacking(peer: Peer): string | false {
  return spawnSync('sh', ['-c', `command -v ${peer}`]).status === 0 ? false : `${peer} not installed`
}

/** Writes the configuration of a server that is primary, or secondary of ours on `primaryPort`. Returns its arguments. */
function configure(peer: Peer, role: Role, folder: string, port: number, primaryPort: number): string[] {
  const file = join(folder, 'configuration')
  const zone = join(folder, 'zone')
  if (role === 'primary') writeFileSync(zone, soa(1) + BODY)
  if (peer === 'named') {
    const ours = `type secondary; primaries port ${primaryPort} { 127.0.0.1; }; allow-notify { any; };`
    writeFileSync(
      file,
      `controls { }; options { directory "${folder}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; notify no; allow-transfer { any; }; };
zone "example." { file "${zone}"; ${role === 'primary' ? 'type primary; allow-update { any; };' : ours} };`,
    )
    return ['-g', '-n', '1', '-c', file]
  }
  if (peer === 'knotd') {
    const ours = `    master: us\n    acl: [t, n]\n`
    writeFileSync(
      file,
      `server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${port}\ndatabase:\n  storage: ${folder}
remote:\n  - id: us\n    address: 127.0.0.1@${primaryPort}
acl:\n  - id: t\n    action: [transfer, update]\n  - id: n\n    action: notify
zone:\n  - domain: example.\n    file: ${zone}\n${role === 'primary' ? '    acl: t\n' : ours}`,
    )
    return ['-c', file]
  }
  const ours = `  request-xfr: 127.0.0.1@${primaryPort} NOKEY\n  allow-notify: 127.0.0.1 NOKEY\n`
  writeFileSync(
    file,
    `server:\n  ip-address: 127.0.0.1@${port}\n  username: ""\n  database: ""\n  pidfile: ""\n  zonesdir: ${folder}
  zonelistfile: ${join(folder, 'zone.list')}\n  xfrdfile: ${join(folder, 'xfrd.state')}\n  xfrdir: ${folder}
remote-control:\n  control-enable: no\nzone:\n  name: example.\n  zonefile: ${zone}
  provide-xfr: 127.0.0.1 NOKEY\n${role === 'primary' ? '' : ours}`,
  )
  return ['-d', '-c', file]
}

/** Starts a server and waits until it has the zone in this version. */
async function start(peer: Peer, role: Role, primaryPort = 0): Promise<number> {
  const folder = join(root, `${peer}-${role}`)
  mkdirSync(folder)
  const port = await freePort()
  running.push(spawn(peer, configure(peer, role, folder, port, primaryPort), { cwd: folder, stdio: 'ignore' }))
  await waitForSerial(port, 1)
  return port
}

async function serialAt(port: number): Promise<number | undefined> {
  const reply = await askUdp(port, makeSecondaryQuery(9, apex, { form: 'soa' }), 0.5).catch(() => undefined)
  const answer = reply === undefined ? undefined : readSoaAnswer(reply, apex)
  return answer?.kind === 'soa' ? answer.serial : undefined
}

async function waitForSerial(port: number, serial: number): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if ((await serialAt(port)) === serial) return
    await sleep(100)
  }
  assert.fail(`no serial ${serial} at port ${port}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

async function transfer(port: number, query: ReaderQuery): Promise<TransferStep> {
  const reader = new TransferReader(query)
  const { form, serial = 0 } = query
  const message = makeSecondaryQuery(query.id, apex, form === 'axfr' ? { form } : { form, soa: bareSoa(serial) })
  let step: TransferStep = { kind: 'more' }
  await askTcp(port, message, (octets) => {
    step = reader.read(octets)
    return step.kind !== 'more'
  })
  return step
}

async function fullLines(port: number): Promise<string> {
  const step = await transfer(port, { id: 5, zone: apex, form: 'axfr' })
  if (step.kind !== 'done' || step.outcome.kind !== 'full') assert.fail(JSON.stringify(step))
  return linesOfTable(step.outcome.table)
}

for (const peer of ['named', 'knotd', 'nsd'] as const) {
  test(`RFC5936 §2.2: AXFR from ${peer}`, { skip: lacking(peer) }, async () => {
    const port = await start(peer, 'primary')
    assert.equal(await fullLines(port), linesOfTable(zoneOf(soa(1) + BODY).table))
    if (peer === 'nsd') return
    const ixfr = (serial: number): Promise<TransferStep> => transfer(port, { id: 5, zone: apex, form: 'ixfr', serial })
    const upToDate = await ixfr(1)
    assert.ok(upToDate.kind === 'done' && upToDate.outcome.kind === 'up-to-date')
    const updates =
      'update delete host3.example. A\nupdate add new.example. 60 A 10.9.9.9\nsend\nupdate add b.example. 60 A 10.9.9.8\nsend\n'
    const input = `server 127.0.0.1 ${port}\nzone example.\n${updates}`
    if (spawnSync('nsupdate', [], { input }).status !== 0) return
    const step = await ixfr(1)
    if (step.kind !== 'done' || step.outcome.kind !== 'incremental') assert.fail(JSON.stringify(step))
    const changes = step.outcome.changes.map((c) => [c.fromSerial, c.toSerial, c.removed.count, c.added.count])
    assert.deepEqual(changes, [
      [1, 2, 2, 2],
      [2, 3, 1, 2],
    ])
    const unknown = await ixfr(0)
    assert.ok(unknown.kind === 'done' && unknown.outcome.kind === 'full', 'from a serial that it does not know')
  })
}

/** A primary of our messages: SOA by both, transfers by TCP. */
class Primary {
  zone = zoneOf(soa(1) + BODY)
  serial = 1
  readonly journal: ZoneChange[] = []
  /** What was asked, in order. */
  readonly asked: string[] = []

  answer(message: Uint8Array): Uint8Array[] {
    const view = new MessageView()
    if ((view.parse(message) ?? view.scan()) !== undefined) return []
    const current = takeSoa(walkZone(this.zone))
    if (view.qtype === TYPE_AXFR) {
      this.asked.push('axfr')
      return [...answerAxfr(view, walkZone(this.zone))]
    }
    if (view.qtype !== TYPE_IXFR) return [answerWithSoa(view, current)]
    const plan = planIxfr(clientSerial(view) ?? 0, this.serial, this.journal)
    this.asked.push(`ixfr ${plan.form}`)
    if (plan.form === 'full') return [...answerAxfr(view, walkZone(this.zone))]
    return [...answerIxfr(view, current, plan.form === 'incremental' ? plan.changes : [])]
  }

  /** Takes a host away and adds one. */
  change(): void {
    const removed = 'host5 300 A 10.0.0.5\n'
    const added = 'NEW 300 A 10.1.1.1\n'
    const [from, to] = [this.serial, this.serial + 1]
    const table = (text: string): RecordTable => loadRecords(textSource(text), apex).table
    this.journal.push({
      fromSerial: from,
      toSerial: to,
      removed: table(soa(from) + removed),
      added: table(soa(to) + added),
    })
    this.serial = to
    this.zone = zoneOf(soa(to) + BODY.replace(removed, 'host5') + added)
  }

  async listen(): Promise<number> {
    const port = await freePort()
    const udp = createSocket('udp4')
    udp.on('message', (message, { port: to, address }) => {
      for (const reply of this.answer(Uint8Array.from(message)).slice(0, 1)) udp.send(reply, to, address)
    })
    udp.bind(port, '127.0.0.1')
    const tcp = createServer((socket) => {
      let rest = Buffer.alloc(0)
      socket.on('error', () => undefined)
      socket.on('data', (chunk: Buffer) => {
        rest = Buffer.concat([rest, chunk])
        while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
          const end = 2 + rest.readUInt16BE(0)
          for (const reply of this.answer(Uint8Array.from(rest.subarray(2, end)))) {
            socket.write(Buffer.concat([Buffer.of(reply.length >>> 8, reply.length & 255), reply]))
          }
          rest = rest.subarray(end)
        }
      })
    })
    tcp.listen(port, '127.0.0.1')
    after(() => {
      udp.close()
      tcp.close()
    })
    return port
  }
}

for (const peer of ['named', 'knotd', 'nsd'] as const) {
  test(`RFC5936, RFC1995, RFC1996: ${peer} as secondary`, { skip: lacking(peer) }, async () => {
    const primary = new Primary()
    const port = await start(peer, 'secondary', await primary.listen())
    assert.equal(await fullLines(port), linesOfTable(primary.zone.table))
    primary.change()
    const rdata = takeSoa(walkZone(primary.zone)).rdataOf(0)
    const view = new MessageView()
    view.parse(await askUdp(port, makeNotify(77, apex, { ttl: 3600, rdata })))
    assert.deepEqual([view.id, view.isResponse, view.opcode, view.rcode], [77, true, 4, 0])
    await waitForSerial(port, 2)
    assert.equal(await fullLines(port), linesOfTable(primary.zone.table))
    assert.equal(primary.asked.at(-1), 'ixfr incremental')
  })
}
