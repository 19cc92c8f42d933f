/** What a reload has to do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareConfigurations } from './compare-configurations.ts'
import { readConfiguration } from './read-configuration.ts'

function compare(before: string, after: string): object {
  const read = (text: string) => readConfiguration(`data: /d\n${text}`, '/etc/signet.yaml')
  const { zones, live, restart } = compareConfigurations(read(before), read(after))
  const { added, removed, changed } = zones
  return {
    added: added.map(({ name, type }) => `${name} ${type}`),
    removed: removed.map(({ name, type }) => `${name} ${type}`),
    changed: changed.map(({ after, settings }) => `${after.name} ${settings.join(' ')}`),
    live,
    restart,
  }
}

const NOTHING = { added: [], removed: [], changed: [], live: [], restart: [] }
const SECRETS = ['AAAAAAAAAAAAAAAAAAAAAA==', 'BBBBBBBBBBBBBBBBBBBBBA==']

test('the same in other words is no change', () => {
  const before =
    'server: { listen: [127.0.0.1, "::1"] }\nzones: [{ name: Example.org, type: primary, file: f, checks: warn }]'
  const after =
    'zones: [{ name: example.org., type: primary, file: /etc/f }]\nserver: { nsid: off, listen: ["127.0.0.1:53", "[::1]:53"] }'
  assert.deepEqual(compare(before, after), NOTHING)
})

test('zones that came, went, changed, or changed their type', () => {
  const before =
    'zones: [{ name: a, type: primary, file: a }, { name: b, type: primary, file: b }, { name: c, type: primary, file: c }, { name: d, type: primary, file: d }]'
  const after =
    'zones: [{ name: e, type: stub, addresses: [192.0.2.1] }, { name: d, type: primary, file: d }, { name: c, type: primary, file: c2, allowTransfer: [any], notify: [192.0.2.1] }, { name: b, type: secondary, primaries: [192.0.2.1] }]'
  assert.deepEqual(compare(before, after), {
    ...NOTHING,
    added: ['e. stub', 'b. secondary'],
    removed: ['a. primary', 'b. primary'],
    changed: ['c. file allowTransfer notify'],
  })
})

test('settings that are taken up, and those that wait for the next start', () => {
  const before = `server: { threads: 1, maxUdpPayload: 1232 }\ntsigKeys: [{ name: k, secret: ${SECRETS[0]} }]`
  const after = `server: { threads: 2, maxUdpPayload: 1400, tls: { listen: [127.0.0.1], certificate: c, key: k }, rateLimit: {} }
management: { listen: [] }
tsigKeys: [{ name: k, secret: ${SECRETS[1]} }]`
  assert.deepEqual(compare(before, after), {
    ...NOTHING,
    live: [
      'server.maxUdpPayload',
      'server.rateLimit.responsesPerSecond',
      'server.rateLimit.whitelistedPerSecond',
      'server.rateLimit.slip',
      'server.rateLimit.ipv4PrefixLength',
      'server.rateLimit.ipv6PrefixLength',
      'server.rateLimit.exempt',
      'tsigKeys',
    ],
    restart: [
      'server.threads',
      'server.tls.listen',
      'server.tls.certificate',
      'server.tls.key',
      'server.rateLimit.tableSize',
      'management.listen',
    ],
  })
  // What is read once, when the server starts.
  const once = `server: { cookies: { rotateHours: 2 }, tcp: { maxClients: 9, idleSeconds: 9 } }
transfers: { connectSeconds: 9 }
logging: { format: json }`
  assert.deepEqual(compare('', once), {
    ...NOTHING,
    restart: [
      'server.cookies.rotateHours',
      'server.tcp.maxClients',
      'server.tcp.idleSeconds',
      'logging.format',
      'transfers.connectSeconds',
    ],
  })
})
