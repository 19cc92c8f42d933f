/**
 * BIND, Knot and NSD as name servers of one zone on a port of 127.0.0.1, with TSIG keys and a cookie secret. Each has a folder
 * of its own and is ended by its process when the test file ends.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

export type KeyText = { readonly name: string; readonly algorithm: string; readonly secret: string }

export type PeerOptions = {
  readonly zone: string
  readonly zoneText: string
  readonly keys?: readonly KeyText[]
  /** In hexadecimal, 16 octets. */
  readonly cookieSecret?: string
  /** Queries without a good server cookie get BADCOOKIE, where the server can be told so. */
  readonly requireCookie?: boolean
}

type Peer = {
  readonly command: string
  /** Writes the configuration into the folder; returns the arguments of the command. */
  configure(folder: string, port: number, options: PeerOptions): string[]
}

export const PEERS = { named: bind(), knotd: knot(), nsd: nsd() } satisfies Record<string, Peer>
export type PeerName = keyof typeof PEERS

const root = mkdtempSync(join(tmpdir(), 'signet-interop-servers-'))
const running: ChildProcess[] = []
after(async () => {
  await Promise.all(running.map(end))
  rmSync(root, { recursive: true, force: true })
})

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await Promise.race([exited, sleep(10_000, undefined, { ref: false })])
  if (child.exitCode === null) child.kill('SIGKILL')
}

/** Why a test that needs the server is skipped, or false. */
export function lackingPeer(name: PeerName): string | false {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0 ? false : `${name} not installed`
}

/** Starts a server; resolves with its port when it answers. */
export async function startPeer(name: PeerName, options: PeerOptions): Promise<number> {
  const folder = join(root, `${name}-${running.length}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'zone'), options.zoneText)
  const port = await freePort()
  const peer = PEERS[name]
  const child = spawn(peer.command, peer.configure(folder, port, options), { cwd: folder })
  running.push(child)
  let log = ''
  const keep = (chunk: Buffer): void => {
    log = (log + chunk.toString('utf8')).slice(-4000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  // Any answer will do, also one that refuses.
  const probe = Uint8Array.fromHex('51730000000100000000000000' + '00060001')
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) break
    const reply = await askUdp(port, probe, 0.1).catch(() => undefined)
    if (reply !== undefined) return port
    await sleep(50)
  }
  throw new Error(`${name} does not answer:\n${log}`)
}

/** A port that is free for UDP and TCP on 127.0.0.1 at this moment. */
export function freePort(): Promise<number> {
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

/** One datagram there and one back. */
export function askUdp(port: number, message: Uint8Array, timeoutSeconds = 5): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    const timer = setTimeout(() => finish(() => reject(new Error('no answer'))), timeoutSeconds * 1000)
    const finish = (done: () => void): void => {
      clearTimeout(timer)
      socket.close()
      done()
    }
    socket.on('error', (error) => finish(() => reject(error)))
    socket.on('message', (reply) => finish(() => resolve(new Uint8Array(reply))))
    socket.send(message, port, '127.0.0.1')
  })
}

/** The messages that come by TCP, until `isLast` says so of one. */
export function askTcp(
  port: number,
  message: Uint8Array,
  isLast: (message: Uint8Array) => boolean,
): Promise<Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const messages: Uint8Array[] = []
    let rest = Buffer.alloc(0)
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(Buffer.concat([Buffer.of(message.length >>> 8, message.length), message]))
    })
    socket.setTimeout(20_000, () => socket.destroy(new Error('no more messages')))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed before the last message')))
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const end = 2 + rest.readUInt16BE(0)
        const next = Uint8Array.from(rest.subarray(2, end))
        rest = rest.subarray(end)
        messages.push(next)
        if (isLast(next)) {
          resolve(messages)
          socket.destroy()
          return
        }
      }
    })
  })
}

function bind(): Peer {
  return {
    command: 'named',
    configure(folder, port, { zone, keys = [], cookieSecret, requireCookie }) {
      const file = join(folder, 'named.conf')
      const names = keys.map(({ name }) => `key "${name}"; `).join('')
      const cookie = cookieSecret === undefined ? '' : `cookie-algorithm siphash24; cookie-secret "${cookieSecret}";`
      writeFileSync(
        file,
        `${keys.map((k) => `key "${k.name}" { algorithm ${k.algorithm}; secret "${k.secret}"; };`).join('\n')}
controls { };
options {
  directory "${folder}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; notify no; allow-transfer { ${names || 'none; '}}; transfer-message-size 4096;
  ${cookie} ${requireCookie ? 'require-server-cookie yes;' : ''}
};
zone "${zone}" { type primary; file "${join(folder, 'zone')}"; };
`,
      )
      return ['-g', '-n', '1', '-c', file]
    },
  }
}

function knot(): Peer {
  return {
    command: 'knotd',
    configure(folder, port, { zone, keys = [], cookieSecret }) {
      const file = join(folder, 'knot.conf')
      const acl =
        keys.length === 0
          ? ''
          : `acl:\n  - id: t\n    key: [${keys.map((k) => k.name).join(', ')}]\n    action: transfer\n`
      const cookie = cookieSecret === undefined ? '' : `mod-cookies:\n  - id: c\n    secret: "0x${cookieSecret}"\n`
      writeFileSync(
        file,
        `server:
  rundir: ${folder}
  listen: 127.0.0.1@${port}
database:
  storage: ${folder}
log:
  - target: stderr
    any: info
${keys.length === 0 ? '' : 'key:\n'}${keys.map((k) => `  - id: ${k.name}\n    algorithm: ${k.algorithm}\n    secret: ${k.secret}\n`).join('')}${acl}${cookie}zone:
  - domain: ${zone}
    file: ${join(folder, 'zone')}
${acl === '' ? '' : '    acl: t\n'}${cookie === '' ? '' : '    module: mod-cookies/c\n'}`,
      )
      return ['-c', file]
    },
  }
}

function nsd(): Peer {
  return {
    command: 'nsd',
    configure(folder, port, { zone, keys = [], cookieSecret }) {
      const file = join(folder, 'nsd.conf')
      const cookie = cookieSecret === undefined ? '' : `  answer-cookie: yes\n  cookie-secret: ${cookieSecret}\n`
      writeFileSync(
        file,
        `server:
  ip-address: 127.0.0.1@${port}
  username: ""
  database: ""
  pidfile: ""
  zonesdir: ${folder}
  zonelistfile: ${join(folder, 'zone.list')}
  xfrdfile: ${join(folder, 'xfrd.state')}
  xfrdir: ${folder}
${cookie}remote-control:
  control-enable: no
${keys.map((k) => `key:\n  name: ${k.name}\n  algorithm: ${k.algorithm}\n  secret: ${k.secret}\n`).join('')}zone:
  name: ${zone}
  zonefile: ${join(folder, 'zone')}
${keys.map((k) => `  provide-xfr: 127.0.0.1 ${k.name}\n`).join('')}`,
      )
      return ['-d', '-c', file]
    },
  }
}
