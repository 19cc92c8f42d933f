/**
 * `npm start`: serves the example zone, signed, on loopback. All that it makes is in one folder, ./data unless told: keys, the
 * signed zone, a certificate, the configuration, the server's state. What is there already is taken as it is; only the
 * signatures are made anew when they grow old. Remove the folder to begin again.
 *
 *   npm start [-- --data FOLDER]
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { type Configuration, readConfiguration } from '../src/server/index.ts'
import { formatAddress, formatSocketAddress, type SocketAddress } from '../src/transport/index.ts'
import { makeCertificate } from './start-certificate.ts'

const root = join(import.meta.dirname, '..')
const main = join(root, 'src/cli/main.ts')
const source = join(root, 'examples/example.zone')
const { values } = parseArgs({ options: { data: { type: 'string', default: join(root, 'data') } } })
const { data } = values
const keys = join(data, 'keys')
const signed = join(data, 'example.signed')
const file = join(data, 'serve.yaml')

/** Signatures hold for 30 days. */
const SIGN_AFTER_DAYS = 20
const DAY_MILLISECONDS = 86_400_000
const LOOK_MILLISECONDS = 3_600_000

const CONFIGURATION = `# Written by the first \`npm start\`, and yours from now on. All settings: docs/configuration.md.
# After a change: bin/signet server reload.
data: .
server:
  listen: ["127.0.0.1:5300", "[::1]:5300"]
  tls: { listen: ["127.0.0.1:8853"], certificate: tls.pem, key: tls.key }
  https: { listen: ["127.0.0.1:8443"], certificate: tls.pem, key: tls.key }
management: { listen: ["127.0.0.1:8053"] }
zones:
  - { name: example., type: primary, file: example.signed, allowTransfer: ["127.0.0.0/8", "::1"] }
# Every other name is resolved and validated, for this machine only.
resolver: { enabled: true, trustAnchors: [dsset-example.] }
`

mkdirSync(data, { recursive: true, mode: 0o700 })
if (!existsSync(keys)) {
  for (const role of ['ksk', 'zsk']) {
    console.log(
      `made a key: ${signet(['key', 'generate', '--zone', 'example.', '--role', role, '--keys', keys]).trim()}`,
    )
  }
}
signWhenOld()
if (!existsSync(file)) writeFileSync(file, CONFIGURATION, { flag: 'wx' })
if (!existsSync(join(data, 'tls.key'))) {
  const { certificate, key } = await makeCertificate(['127.0.0.1'])
  writeFileSync(join(data, 'tls.key'), key, { mode: 0o600 })
  writeFileSync(join(data, 'tls.pem'), certificate)
}
writeFileSync(join(data, 'delv.conf'), trustAnchors())
console.log(explain(readConfiguration(readFileSync(file, 'utf8'), file)))

setInterval(() => {
  // The server reads its zone again when it is told so, as by anybody else.
  if (signWhenOld()) process.kill(process.pid, 'SIGHUP')
}, LOOK_MILLISECONDS).unref()
process.argv.splice(1, process.argv.length, main, 'serve', '--config', file)
await import('../src/cli/main.ts')

function signet(words: readonly string[]): string {
  return execFileSync(process.execPath, [main, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Signs the zone when it was never signed, was edited since, or its signatures are old. Returns whether it did. */
function signWhenOld(): boolean {
  const signedAt = existsSync(signed) ? statSync(signed).mtimeMs : 0
  const isFresh = signedAt > statSync(source).mtimeMs && signedAt > Date.now() - SIGN_AFTER_DAYS * DAY_MILLISECONDS
  if (isFresh) return false
  const words = ['zone', 'sign', source, '--zone', 'example.', '--keys', keys, '--out', signed, '--serial', 'date']
  console.log(signet(words).trim())
  return true
}

/** The DS records as delv reads trust anchors. */
function trustAnchors(): string {
  const rows = readFileSync(join(data, 'dsset-example.'), 'utf8').trim().split('\n')
  const anchors = rows.map((row) => {
    const [, owner, tag, algorithm, digestType, digest] = /^(\S+).*\sDS\s+(\d+)\s+(\d+)\s+(\d+)\s+(.+)$/.exec(row) ?? []
    return `  ${owner} static-ds ${tag} ${algorithm} ${digestType} "${digest}";\n`
  })
  return `trust-anchors {\n${anchors.join('')}};\n`
}

function explain({ server, management }: Configuration): string {
  const [dns] = server.listen
  const lines: (string | undefined)[] = [
    dns && `dig ${at(dns, '-p')} mail.example A +dnssec`,
    dns && `dig ${at(dns, '-p')} nothing.example A +dnssec`,
    dns && `delv ${at(dns, '-p')} -a ${join(near(data), 'delv.conf')} +root=example. mail.example A`,
    server.tls?.listen[0] && `kdig ${at(server.tls.listen[0], '-p')} +tls mail.example A`,
    server.https?.listen[0] && `kdig ${at(server.https.listen[0], '-p')} +https mail.example A`,
    dns &&
      `bin/signet explain mail.example --root ${formatSocketAddress(dns)} --anchor ${join(near(data), 'dsset-example.')}`,
    `bin/signet zone status example. --data ${near(data)}`,
    management.listen[0] &&
      `curl http://${formatAddress(management.listen[0].address)}:${management.listen[0].port}/metrics`,
  ]
  const shown = lines.filter((line) => line !== undefined).map((line) => `  ${line}`)
  return `
The zone example. from ${near(source)}, signed, is served by ${near(file)}. Once it says that it is ready, ask it from elsewhere:

${shown.join('\n')}

Ctrl-C ends it.
`
}

function at({ address, port }: SocketAddress, option: string): string {
  return `@${formatAddress(address)} ${option} ${port}`
}

function near(path: string): string {
  const short = relative(process.cwd(), path) || '.'
  return short.startsWith('..') ? path : short
}
