/** What is read, and what is said of what cannot be. */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { ConfigurationError } from './configuration-error.ts'
import { readConfiguration } from './read-configuration.ts'
import { listUnicodeNames } from './unicode-names.ts'
import { listConfigurationWarnings } from './warnings.ts'

const FILE = '/etc/signet/signet.yaml'
const SECRET = 'c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWU='

/** The faults, without the file's name. */
function faultsOf(text: string): string[] {
  try {
    readConfiguration(text, FILE)
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, inspect(error))
    assert.equal(error.code, 'configuration-invalid')
    assert.equal(error.message, error.lines[0])
    return error.lines.map((line) => line.replace(`${FILE}:`, ''))
  }
  return []
}

/** The faults of a configuration with these lines after `data`, which is line 1. */
function faultsWith(...lines: string[]): string[] {
  return faultsOf(['data: /d', ...lines, ''].join('\n'))
}

describe('names beyond ASCII (RFC 5890 §2.3.2.1)', () => {
  const TEXT = `data: /d
tsigKeys: [{ name: schlüssel, secret: ${SECRET} }]
zones:
  - { name: bücher.example, type: primary, file: bücher.zone, allowTransfer: ['key:schlüssel', 'key:xn--schlssel-95a'] }
  - { name: _x.straße., type: secondary, primaries: [{ address: 192.0.2.1, tsigKey: schlüssel, tls: { serverName: ns.bücher.example } }], notify: ['192.0.2.2 key:Schlüssel'] }
  - { name: plain.example, type: stub, addresses: [192.0.2.1] }
resolver: { enabled: on, negativeTrustAnchors: [{ name: kaputt.bücher.example, until: "2030-01-01T00:00:00Z" }] }
`
  test('are read as their A-labels, wherever a name may stand; paths are not names', () => {
    const { tsigKeys, zones } = readConfiguration(TEXT, FILE)
    const [primary, secondary] = zones
    assert.equal(tsigKeys[0]?.name.toString(), 'xn--schlssel-95a.')
    assert.ok(primary?.type === 'primary' && secondary?.type === 'secondary')
    assert.deepEqual([primary.name.toString(), primary.file], ['xn--bcher-kva.example.', '/etc/signet/bücher.zone'])
    assert.deepEqual(primary.allowTransfer.keys.map(String), ['xn--schlssel-95a.', 'xn--schlssel-95a.'])
    assert.equal(secondary.primaries[0]?.tls?.serverName, 'ns.xn--bcher-kva.example')
  })

  test('are listed both ways, each once', () => {
    assert.deepEqual(listUnicodeNames(readConfiguration(TEXT, FILE)), [
      'tsigKeys[0].name: xn--schlssel-95a. (schlüssel.)',
      'zones[0].name: xn--bcher-kva.example. (bücher.example.)',
      'zones[1].name: _x.xn--strae-oqa. (_x.straße.)',
      'resolver.negativeTrustAnchors[0].name: kaputt.xn--bcher-kva.example. (kaputt.bücher.example.)',
    ])
  })

  test('are the same name as their A-labels, and refused where they are none', () => {
    assert.deepEqual(
      faultsWith(
        'zones:',
        '  - { name: bücher, type: primary, file: a }',
        '  - { name: xn--bcher-kva, type: primary, file: b }',
      ),
      ['4:13: zones[1].name: the zone xn--bcher-kva. is there already, as zones[0]: remove one of them'],
    )
    assert.deepEqual(faultsWith('zones: [{ name: "bü cher", type: primary, file: a }]'), [
      "2:17: zones[0].name: 'bü cher' is no domain name: the label 'bü cher' has ' ' beside characters beyond ASCII, which go with letters, digits and hyphens only (RFC 5891 §4.2.3)",
    ])
  })
})

describe('reading', () => {
  test('the names that scripts rely on', () => {
    const text = `
data: state
server:
  listen: ["127.0.0.1:5300", "[::1]:5300"]
  tls: { listen: ["127.0.0.1:8853"], certificate: c.pem, key: k.pem }
  https: { listen: ["127.0.0.1:8443"], certificate: c.pem, key: /k.pem, path: /dns-query }
  threads: 1
management: { listen: ["127.0.0.1:8053"] }
tsigKeys: [{ name: k1., algorithm: hmac-sha256, secret: ${SECRET} }]
zones:
  - { name: example., type: primary, file: e.zone, checks: refuse, allowTransfer: ["127.0.0.0/8", "key:k1."], notify: ["127.0.0.1:5301"] }
  - { name: example.org., type: secondary, primaries: ["127.0.0.1:5301"], tsigKey: k1. }
  - { name: corp., type: forward, forwarders: ["127.0.0.1:5302"] }
  - { name: lab., type: stub, addresses: ["127.0.0.1:5303"] }
resolver:
  enabled: true
  mode: recursive
  rootHints: hints
  trustAnchors: [anchors]
  negativeTrustAnchors: [{ name: broken.example., until: "2026-12-01T00:00:00Z" }]
  allow: ["127.0.0.0/8"]
  allowLoopbackServers: yes
`
    const { data, server, tsigKeys, zones, resolver } = readConfiguration(text, FILE)
    assert.equal(data, '/etc/signet/state')
    assert.deepEqual(server.listen[1], {
      address: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
      port: 5300,
    })
    assert.equal(server.tls?.certificate, '/etc/signet/c.pem')
    assert.equal(server.https?.key, '/k.pem')
    assert.equal(server.threads, 1)
    assert.equal(Buffer.from(tsigKeys[0]?.secret?.octets ?? []).toString('base64'), SECRET)
    const [primary, secondary, forward, stub] = zones
    assert.ok(primary?.type === 'primary' && secondary?.type === 'secondary')
    assert.equal(primary.name.toString(), 'example.')
    assert.equal(primary.file, '/etc/signet/e.zone')
    assert.deepEqual(primary.allowTransfer.entries, ['127.0.0.0/8', 'key:k1.'])
    assert.deepEqual(primary.journal, { maxOctets: 67108864, maxChanges: 10000 })
    assert.equal(secondary.primaries[0]?.tsigKey?.toString(), 'k1.', "the zone's key is that of its primaries")
    assert.equal(secondary.verify, 'no')
    assert.equal(forward?.type, 'forward')
    assert.equal(stub?.type, 'stub')
    assert.equal(resolver.negativeTrustAnchors[0]?.until, Date.UTC(2026, 11, 1) / 1000)
    assert.equal(resolver.allowLoopbackServers, true)
  })

  test('the least there can be listens on loopback only, transfers to nobody, limits no rate', () => {
    const { server, management, zones } = readConfiguration(
      'data: /d\nzones: [{ name: a, type: primary, file: f }]',
      FILE,
    )
    assert.deepEqual(
      server.listen.map(({ address, port }) => [address[0], address.length, port]),
      [
        [127, 4, 53],
        [0, 16, 53],
      ],
    )
    assert.equal(server.threads, availableParallelism())
    assert.equal(server.maxUdpPayload, 1232)
    assert.equal(server.rateLimit, undefined)
    assert.equal(server.nsid, undefined)
    assert.equal(management.listen[0]?.port, 8053)
    const [zone] = zones
    assert.ok(zone?.type === 'primary')
    assert.equal(zone.checks, 'warn')
    assert.equal(zone.ixfrFromDifferences, true)
    assert.equal(zone.allowTransfer.allows(new Uint8Array([127, 0, 0, 1]), undefined), false)
    assert.equal(zone.allowQuery.allows(new Uint8Array([192, 0, 2, 1]), undefined), true)
  })

  test('servers: short with a key, long with TLS', () => {
    const text = `data: /d
tsigKeys: [{ name: k1, secretFile: k1.secret }, { name: k2, secretFile: k2.secret }]
zones:
  - name: a
    type: secondary
    tsigKey: k1
    primaries:
      - 192.0.2.1 key:k2
      - { address: "2001:db8::1", tls: { serverName: ns.example, authorities: ca.pem } }
      - { address: "[2001:db8::1]:5353" }
      - { address: 192.0.2.2, tls: { verify: no } }
`
    const [zone] = readConfiguration(text, FILE).zones
    assert.ok(zone?.type === 'secondary')
    const [first, second, third, fourth] = zone.primaries
    assert.deepEqual([first?.port, first?.tsigKey?.toString(), first?.tls], [53, 'k2.', undefined])
    assert.deepEqual([second?.port, second?.tsigKey?.toString()], [853, 'k1.'])
    assert.deepEqual(second?.tls, { serverName: 'ns.example', verify: true, authorities: '/etc/signet/ca.pem' })
    assert.equal(third?.port, 5353)
    assert.equal(fourth?.tls?.verify, false)
  })

  test('a catalogue and its zones (RFC 9432)', () => {
    const text = `data: /d
templates: [{ name: t, verify: signatures, journal: { maxChanges: 5 } }]
zones:
  - { name: catalog.example, type: primary, catalog: producer, allowTransfer: [192.0.2.1] }
  - { name: a.example, type: primary, file: a, memberOf: CATALOG.example., group: g }
  - { name: other.example, type: secondary, catalog: consumer, primaries: [192.0.2.2], memberTemplate: t, groupTemplates: [{ group: g, template: t }] }
`
    const { templates } = readConfiguration(text, FILE)
    assert.deepEqual(templates[0]?.journal, { maxOctets: 67108864, maxChanges: 5 })
  })

  test('NSID is text, or octets; sizes have units; on and off in all their spellings', () => {
    const text =
      'data: /d\nserver: { nsid: "0x00ff", version: off, hostname: false, rotateRrsets: on }\njournal: { maxOctets: 1GiB }'
    const { server, journal } = readConfiguration(text, FILE)
    assert.deepEqual(server.nsid, new Uint8Array([0, 255]))
    assert.equal(server.version, undefined)
    assert.equal(server.hostname, undefined)
    assert.equal(server.rotateRrsets, true)
    assert.equal(journal.maxOctets, 2 ** 30)
  })

  test('anchors, aliases and << are as YAML has them', () => {
    const text = 'data: /d\nzones:\n  - &a { name: a, type: primary, file: f }\n  - { <<: *a, name: b }'
    assert.deepEqual(
      readConfiguration(text, FILE).zones.map(({ name, type }) => `${name} ${type}`),
      ['a. primary', 'b. primary'],
    )
  })

  test('a long list of zones, one a line, is read the same, and soon; faults have their place all the same', () => {
    const lines = Array.from(
      { length: 10_000 },
      (_, i) => `  - { name: "z${i}.example", type: primary, file: z${i}.zone, allowTransfer: ["key:k", any] }`,
    )
    const text = ['data: /d', 'zones:', '  # many', ...lines, 'tsigKeys: [{ name: k, secretFile: f }]', ''].join('\n')
    const { user } = process.threadCpuUsage()
    const { zones, tsigKeys } = readConfiguration(text, FILE)
    assert.ok(process.threadCpuUsage().user - user < 2e6)
    assert.equal(zones.length, 10_000)
    assert.equal(tsigKeys.length, 1)
    const [some] = readConfiguration(
      `data: /d\nzones:\n${lines[7]}\ntsigKeys: [{ name: k, secretFile: f }]`,
      FILE,
    ).zones
    assert.equal(JSON.stringify(zones[7]), JSON.stringify(some))
    const wrong = text.replace('z9999.zone', 'z9999.zone, type: primary')
    assert.deepEqual(faultsOf(wrong), ["10003:63: 'type' is there twice"])
    assert.deepEqual(faultsOf(text.replace('z300.example', 'Z299.example.')), [
      '304:13: zones[300].name: the zone z299.example. is there already, as zones[299]: remove one of them',
    ])
  })

  test('what was read cannot be changed', () => {
    const configuration = readConfiguration('data: /d\nzones: [{ name: a, type: primary, file: f }]', FILE)
    for (const part of [
      configuration,
      configuration.server,
      configuration.server.tcp,
      configuration.zones,
      configuration.zones[0],
    ]) {
      assert.ok(Object.isFrozen(part))
    }
  })
})

describe('faults', () => {
  test('an unknown key is an error that names the nearest known one', () => {
    assert.deepEqual(faultsWith('zones: [{ name: a., type: primary, file: f, allowTranfer: [] }]'), [
      "2:45: zones[0]: no such setting: 'allowTranfer' (did you mean 'allowTransfer'?)",
    ])
    assert.match(
      faultsWith('zones: [{ name: a., type: primary, file: f, allow-transfer: [] }]')[0] ?? '',
      /did you mean 'allowTransfer'/,
    )
    assert.match(
      faultsWith('zones: [{ name: a., type: primary, file: f, also-notify: [] }]')[0] ?? '',
      /did you mean 'notify'/,
    )
    assert.match(
      faultsWith('server: { wombat: 1 }')[0] ?? '',
      /^2:11: server: no such setting: 'wombat'; there are listen, tls, /,
    )
  })

  test('a setting of another type of zone is named as that', () => {
    assert.deepEqual(
      faultsWith(
        'zones:',
        '  - { name: a., type: primary, file: f, primaries: [] }',
        '  - { name: b., type: primary, file: f, masters: [] }',
      ),
      [
        "3:41: zones[0]: 'primaries' is a setting of secondary zones, and this one is primary",
        "4:41: zones[1]: no such setting: 'masters'; 'primaries' is a setting of secondary zones, and this one is primary",
      ],
    )
  })

  test('all faults are told, in the order of the file', () => {
    assert.deepEqual(
      faultsWith(
        'zones:',
        '  - { name: a.., type: primary, file: f }',
        '  - name: b.',
        '    type: secondary',
        '  - { name: c., type: primari }',
        '  - { name: d., type: secondary, primaries: ["192.0.2.1", ns.example] }',
        'server: { threads: 0, maxUdpPayload: 65535, minimalResponses: maybe }',
      ),
      [
        "3:13: zones[0].name: 'a..' is no domain name: a label is empty (two dots in a row, or a dot at the start)",
        '4:5: zones[1].primaries: is missing: the servers that the zone is transferred from, such as ["192.0.2.1"]',
        '6:23: zones[2].type: must be one of primary, secondary, forward, stub',
        "7:59: zones[3].primaries[1]: 'ns.example' is no address: expected an IPv4 or IPv6 address, not a name",
        '8:20: server.threads: must be at least 1',
        '8:38: server.maxUdpPayload: must be at most 4096',
        '8:63: server.minimalResponses: must be on or off',
      ],
    )
  })

  test('a column counts octets', () => {
    assert.match(faultsWith('logging: { level: info, "é": 1 }, ')[0] ?? '', /^2:\d+: /)
    assert.match(faultsWith('server: { version: "éé", threads: 0 }')[0] ?? '', /^2:37: server\.threads/)
  })

  test('what is there twice', () => {
    const twice = faultsWith(
      'server: { listen: ["192.0.2.1:53", "0.0.0.0:53"], tls: { listen: ["192.0.2.1:8443"], certificate: c, key: k }, https: { listen: ["192.0.2.1:8443"], certificate: c, key: k } }',
      'tsigKeys: [{ name: k, secretFile: f }, { name: K., secretFile: f }]',
      'zones:',
      '  - { name: example.org, type: primary, file: f }',
      '  - { name: EXAMPLE.org., type: forward, forwarders: [192.0.2.1] }',
    )
    assert.deepEqual(
      twice.map((line) => line.replace(/^\d+:\d+: /, '')),
      [
        'server.listen[1]: 0.0.0.0:53 is taken by server.listen[0] (192.0.2.1:53): give one of them another port',
        'server.https.listen[0]: 192.0.2.1:8443 is taken by server.tls.listen[0] (192.0.2.1:8443): give one of them another port',
        'tsigKeys[1].name: the key k. is there already, as tsigKeys[0]: remove one of them',
        'zones[1].name: the zone example.org. is there already, as zones[0]: remove one of them',
      ],
    )
    assert.deepEqual(faultsOf('data: /a\ndata: /b\n'), ["2:1: 'data' is there twice"])
  })

  test('what is named and does not exist', () => {
    const lines = faultsWith(
      'tsigKeys: [{ name: k1, secretFile: f }]',
      'zones:',
      '  - { name: a, type: secondary, primaries: [192.0.2.1], tsigKey: k2 }',
      '  - { name: b, type: primary, file: f, allowQuery: ["key:other."], memberOf: a }',
      '  - { name: c, type: primary }',
    )
    assert.deepEqual(lines, [
      '4:66: zones[0].tsigKey: tsigKeys has no key k2. (did you mean k1.?)',
      '5:52: zones[1].allowQuery: tsigKeys has no key other.',
      '5:78: zones[1].memberOf: there is no primary zone a. with catalog: producer',
      '6:5: zones[2]: the primary zone c. has no file: give its master file, or make it a secondary zone with primaries',
    ])
  })

  test('values that look like something else want quotes', () => {
    assert.deepEqual(faultsWith('zones: [{ name: 10, type: primary, file: f }]'), [
      '2:17: zones[0].name: must be text, not a number: put it in quotes',
    ])
    assert.deepEqual(faultsWith('server: { threads: "2", tcp: }'), [
      '2:20: server.threads: must be a number, not text: without quotes or unit',
      '2:30: server.tcp: must be a mapping (key: value), not nothing: leave it out, or give it a value',
    ])
  })

  test('text that is no YAML, or none of ours', () => {
    assert.deepEqual(faultsOf(''), ['1:1: is empty: at the least it says data'])
    assert.deepEqual(faultsOf('- a\n'), ['1:1: must be a mapping (key: value), not a list'])
    assert.deepEqual(faultsOf('server: {}\n'), [
      '1:1: data: is missing: the folder for journals, copies of zones and keys, such as /var/lib/signet',
    ])
    assert.match(faultsOf('data: [a\n')[0] ?? '', /closing bracket/)
    assert.match(faultsOf('data: "a\n')[0] ?? '', /closing quote/)
    assert.match(faultsOf('data: /d\n\tserver: {}\n')[0] ?? '', /^2:1: .*tab/)
    assert.match(faultsOf('data: !x /d\n')[0] ?? '', /tag/)
    assert.match(faultsOf('data: *x\n')[0] ?? '', /alias/)
    assert.match(faultsOf('data: /d\n---\ndata: /e\n')[0] ?? '', /one document/)
  })

  test('depth and aliases have an end, soon', () => {
    const begun = performance.now()
    assert.match(faultsOf(`data: ${'['.repeat(50_000)}`)[0] ?? '', /within each other/)
    assert.match(faultsOf(`data:\n${'- '.repeat(2000)}`)[0] ?? '', /within each other/)
    const levels = Array.from({ length: 9 }, (_, i) => `k${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`)
    assert.match(faultsOf(`k0: &a0 [x]\n${levels.join('\n')}\n`)[0] ?? '', /multiply/)
    assert.match(faultsOf('data: &a [*a]\n')[0] ?? '', /alias/)
    assert.match(faultsOf('data: /d\npolicies: [&a { name: x, y: *a }]\n')[0] ?? '', /own anchor/)
    const chain = Array.from({ length: 500 }, (_, i) => `k${i + 1}: &a${i + 1} [*a${i}]`)
    assert.match(faultsOf(`k0: &a0 [x]\n${chain.join('\n')}\n`)[0] ?? '', /alias/)
    assert.ok(performance.now() - begun < 5000)
  })
})

describe('secrets', () => {
  test('are never in an error', () => {
    const texts = [
      `tsigKeys: [{ name: k, secret: ${SECRET}= }]`,
      `tsigKeys: [{ name: k, secret:${SECRET} }]`,
      `tsigKeys: [{ name: k, ${SECRET.replace('=', '')}: }]`,
      `tsigKeys: [{ name: k, secret: "${SECRET} }]`,
      `tsigKeys: [{ name: k, secret: { ${SECRET}: 1 } }]`,
      `tsigKeys: [{ name: k, secret: ${SECRET}, secret: ${SECRET} }]`,
      `tsigKeys: [{ name: k, secret: ${SECRET}, ${SECRET}, ${SECRET} }]`,
      `tsigKeys: [{ name: k, secret: !${SECRET} x }]`,
      `tsigKeys: [{ name: k, secret: *${SECRET} }]`,
      `tsigKeys: [{ name: k, secret: ${SECRET}, secretFile: f }]`,
      `tsigKeys: [{ name: k, algorithm: ${SECRET} }]`,
      `server: { listen: ["127.0.0.1:53, secret: ${SECRET}"] }`,
      `zones: [{ name: ${SECRET}, type: primary }]`,
      `zones: [{ name: a, type: primary, file: f, allowTransfer: ["key:${SECRET}"] }]`,
      `tsigKeys: [{ name: ${SECRET}, secretFile: f }, { name: ${SECRET}, secretFile: f }]`,
    ]
    for (const text of texts) {
      const lines = faultsWith(text)
      assert.notEqual(lines.length, 0, text)
      assert.ok(!lines.join().toLowerCase().includes(SECRET.slice(0, 12).toLowerCase()), lines.join())
    }
  })

  test('are of a length, and in base64 or hexadecimal', () => {
    assert.match(
      faultsWith('tsigKeys: [{ name: k, secret: c2hvcnQ= }]')[0] ?? '',
      /tsigKeys\[0\]\.secret: has 5 octets, and a secret has 16 to 512: make one/,
    )
    assert.match(faultsWith('tsigKeys: [{ name: k, secret: "not base64" }]')[0] ?? '', /is not base64/)
    assert.match(faultsWith('tsigKeys: [{ name: k }]')[0] ?? '', /give secret or secretFile/)
    assert.match(faultsWith('server: { cookies: { secrets: [abc] } }')[0] ?? '', /32 hexadecimal digits: make one/)
    assert.match(faultsWith('tsigKeys: [{ name: k, algorithm: hmac-md5, secretFile: f }]')[0] ?? '', /allowMd5: on/)
  })

  test('are not shown where a configuration is printed', () => {
    const text = `data: /d\ntsigKeys: [{ name: k, secret: ${SECRET} }]`
    const configuration = readConfiguration(text, FILE)
    for (const shown of [JSON.stringify(configuration), inspect(configuration, { depth: 9, showHidden: true })]) {
      assert.match(shown, /\[secret\]/)
      assert.ok(!shown.includes(SECRET))
    }
    assert.equal(`${configuration.tsigKeys[0]?.secret}`, '[secret]')
  })
})

describe('settings without effect are refused, with the place and the remedy', () => {
  test('those of signing online and of dynamic updates, until the server has them', () => {
    const lines = faultsWith(
      'policies: [{ name: default }]',
      'zones:',
      '  - { name: a, type: primary, file: f, policy: default }',
      '  - { name: b, type: primary, file: f, allowUpdate: ["192.0.2.1"] }',
      '  - { name: c, type: primary, file: f, zonemd: sha384 }',
      '  - { name: d, type: primary, file: f, allowUpdate: [], zonemd: no }',
    )
    const place = (line: string): string => line.replace(/: has no effect: .*/, '')
    assert.deepEqual(lines.map(place), [
      '2:11: policies',
      '4:48: zones[0].policy',
      '5:53: zones[1].allowUpdate',
      '6:48: zones[2].zonemd',
    ])
    for (const line of lines) assert.match(line, /remove this setting$/)
  })

  test('those that another setting makes idle', () => {
    assert.deepEqual(faultsWith('resolver: { enabled: on, forwarders: [192.0.2.1], forwardFirst: on }'), [
      '2:38: resolver.forwarders: has no effect with mode: recursive: give mode: forward, or remove it',
      '2:65: resolver.forwardFirst: has no effect with mode: recursive: give mode: forward, or remove it',
    ])
    assert.deepEqual(faultsWith('resolver: { enabled: off, forwarders: [192.0.2.1] }'), [])
    assert.deepEqual(faultsWith('resolver: { enabled: on, flightRecorder: { enabled: off, maxMemory: 8MiB } }'), [
      '2:69: resolver.flightRecorder.maxMemory: has no effect with flightRecorder.enabled: off: turn it on, or remove it',
    ])
    assert.deepEqual(faultsWith('resolver: { enabled: on, flightRecorder: { maxMemory: 8MiB } }'), [])
    assert.match(
      faultsWith('resolver: { flightRecorder: { maxMemory: 1000 } }').join(),
      /^2:42: resolver.flightRecorder.maxMemory: must be at least 1048576$/,
    )
    const local = 'localRoot: { enabled: on, file: root.zone }'
    assert.deepEqual(faultsWith(`resolver: { enabled: on, mode: forward, forwarders: [192.0.2.1], ${local} }`), [
      '2:88: resolver.localRoot.enabled: has no effect with mode: forward: give mode: recursive, or turn it off',
    ])
    assert.deepEqual(
      faultsWith('zones: [{ name: c, type: primary, catalog: producer, file: f, notifyNameservers: on }]').length,
      2,
    )
  })

  test('those for which nothing in the server asks yet', () => {
    const tls = 'server: { tls: { listen: [], certificate: c, key: k, clientAuthorities: ca } }'
    assert.match(faultsWith(tls)[0] ?? '', /^2:73: server\.tls\.clientAuthorities: has no effect: .*TSIG/)
    assert.deepEqual(faultsWith('dnstap: { file: f, messages: [auth-query, client-query] }'), [
      '2:43: dnstap.messages[1]: has no effect: client-query is not written yet; there are auth-query, auth-response, update-query, update-response',
    ])
  })
})

test('host names of management are in lower case; what is none, or needs no entry, is a fault', () => {
  const text = 'data: /d\nmanagement: { allowedHosts: [NS1.Example.org., ns1, my_host.example, Bücher.example] }\n'
  assert.deepEqual(readConfiguration(text, FILE).management.allowedHosts, [
    'ns1.example.org',
    'ns1',
    'my_host.example',
    'xn--bcher-kva.example',
  ])
  const fault = (host: string): string => faultsWith(`management: { allowedHosts: ["${host}"] }`).join()
  for (const host of ['localhost', 'LOCALHOST.', '127.0.0.1', '[::1]', '::1'])
    assert.match(
      fault(host),
      /^2:\d+: management.allowedHosts\[0\]: '.*' is allowed without an entry: remove it$/,
      host,
    )
  for (const host of [
    'ns1:8053',
    '*.example',
    '',
    '.',
    'a..b',
    '1.2.3',
    'http://ns1',
    '*',
    'a b',
    'long-label-'.repeat(6),
  ])
    assert.match(fault(host), /is no host name: expected one such as ns1\.example\.org, without a port$/, host)
  assert.deepEqual(faultsWith('management: { listen: [], allowedHosts: [ns1] }'), [
    '2:41: management.allowedHosts: has no effect without management.listen: give an address there',
  ])
})

test('warnings: open lists, old algorithms, one file for two zones', () => {
  const text = `data: /d
tsigKeys: [{ name: k, algorithm: hmac-sha1, secret: AAAAAAAAAAAAAAAAAAAAAA== }]
management: { listen: ["0.0.0.0:8053"] }
zones:
  - { name: a, type: primary, file: f, allowTransfer: [any] }
  - { name: b, type: primary, file: f, allowTransfer: ["any key:k", 192.0.2.0/24] }
`
  assert.deepEqual(listConfigurationWarnings(readConfiguration(text, FILE)), [
    'tsigKeys[0].algorithm: hmac-sha1 of k. is outdated; hmac-sha256 is not',
    'tsigKeys[0].secret: k. has 16 octets, and RFC 8945 §8 wants 20 for hmac-sha1',
    'zones[0].allowTransfer: anybody may transfer a.',
    'zones[1].file: zones[0] has the same file',
    'management.listen[0]: 0.0.0.0:8053 can be reached from other machines',
  ])
})

describe('the resolver', () => {
  test('safe without a word: off, loopback only, validating, 2,500 ports', () => {
    const { resolver } = readConfiguration('data: /d', FILE)
    assert.equal(resolver.enabled, false)
    assert.deepEqual(resolver.allow.entries, ['127.0.0.0/8', '::1'])
    assert.equal(resolver.socketPoolSize, 2500)
    assert.equal(resolver.allowLoopbackServers, false)
    assert.equal(resolver.validation.enabled, true)
    assert.equal(resolver.validation.maxNsec3Iterations, 150)
    assert.equal(resolver.validation.hardenAlgorithmDowngrade, false)
    assert.equal(resolver.qnameMinimisation, true)
    assert.equal(resolver.caseRandomisation, false)
    assert.equal(resolver.serveStale.enabled, false)
    assert.equal(resolver.cache.rrsetOctets, 64 << 20)
    assert.equal(resolver.errorReporting, false)
    assert.deepEqual([...new Set(Object.values(resolver.specialNames))], [true])
  })

  test('forwarders over TLS and HTTPS', () => {
    const text = `data: /d
resolver:
  mode: forward
  forwarders:
    - 192.0.2.1
    - { address: 192.0.2.2, tls: { serverName: dns.example } }
    - { address: 192.0.2.3, httpsPath: /dns-query }
`
    const [plain, tls, https] = readConfiguration(text, FILE).resolver.forwarders
    assert.deepEqual([plain?.port, tls?.port, https?.port], [53, 853, 443])
    assert.equal(plain?.tls, undefined)
    assert.deepEqual(tls?.tls, { serverName: 'dns.example', verify: true, authorities: undefined })
    assert.deepEqual([https?.httpsPath, https?.tls?.verify], ['/dns-query', true])
  })

  test('what cannot be', () => {
    assert.deepEqual(
      faultsWith(
        'resolver:',
        '  cache: { minTtl: 100, maxTtl: 50 }',
        '  ipv4: off',
        '  ipv6: off',
        '  localRoot: { enabled: on }',
      ),
      [
        '3:20: resolver.cache.minTtl: is more than maxTtl',
        '5:9: resolver.ipv6: without ipv4 and ipv6 no server can be asked',
        '6:14: resolver.localRoot: comes from one place: give file or primaries',
      ],
    )
    assert.deepEqual(faultsWith('resolver: { forwarders: [192.0.2.1 key:k] }').length, 1)
  })

  test('networks of private addresses, and the names that may have them', () => {
    const text = `data: /d
resolver:
  enabled: on
  privateAddresses: [10.0.0.0/8, "fd00::/8", 192.0.2.1]
  privateDomains: [lan.example]
`
    const { privateAddresses, privateDomains } = readConfiguration(text, FILE).resolver
    assert.deepEqual(
      privateAddresses.map(({ text, prefix, bits }) => [text, prefix.length, bits]),
      [
        ['10.0.0.0/8', 4, 8],
        ['fd00::/8', 16, 8],
        ['192.0.2.1', 4, 32],
      ],
    )
    assert.equal(privateDomains.join(), 'lan.example.')
    assert.deepEqual(
      faultsWith(
        'resolver:',
        '  enabled: on',
        '  privateAddresses:',
        '    - 10.0.0.0/33',
        '    - 10.0.0.1/8',
        '    - any',
        '    - "::ffff:0:0/96"',
        '    - "!10.0.0.0/8"',
        '  privateDomains: [a..b]',
      ),
      [
        "5:7: resolver.privateAddresses[0]: '10.0.0.0/33' the length of the prefix is 0 to 32",
        "6:7: resolver.privateAddresses[1]: '10.0.0.1/8' has bits beyond the first 8: is it /32?",
        "7:7: resolver.privateAddresses[2]: 'any' is no network such as 10.0.0.0/8 or fd00::/8",
        "8:7: resolver.privateAddresses[3]: '::ffff:0:0/96' is IPv4-mapped; mapped addresses count as IPv4: give the IPv4 network",
        "9:7: resolver.privateAddresses[4]: '!10.0.0.0/8' is no network such as 10.0.0.0/8 or fd00::/8",
        "10:20: resolver.privateDomains[0]: 'a..b' is no domain name: a label is empty (two dots in a row, or a dot at the start)",
      ],
    )
  })

  test('folders to include from have no effect for a catalogue, which is not read from a file', () => {
    assert.deepEqual(
      faultsWith('zones: [{ name: c, type: primary, catalog: producer, includeFolders: [common] }]').map((fault) =>
        fault.replace(/^[0-9:]+ /, ''),
      ),
      ['zones[0].includeFolders: has no effect: the records of a catalogue are made from memberOf'],
    )
  })

  test('the format of a file that there is not has no effect', () => {
    const zone = '{ name: c, type: primary, catalog: producer, format: windows }'
    assert.deepEqual(faultsWith(`zones: [${zone}]`), [
      '2:62: zones[0].format: has no effect without file: give both, or neither',
    ])
    assert.deepEqual(faultsWith('zones: [{ name: c, type: primary, file: f, format: windows }]'), [])
  })

  test('private addresses where nothing is resolved, and private domains without them, have no effect', () => {
    assert.deepEqual(faultsWith('resolver:', '  enabled: on', '  privateDomains: [lan.example]'), [
      '4:19: resolver.privateDomains: has no effect without privateAddresses: give both, or neither',
    ])
    assert.deepEqual(faultsWith('resolver:', '  privateAddresses: [10.0.0.0/8]', '  privateDomains: [lan.example]'), [
      '3:21: resolver.privateAddresses: has no effect without resolver.enabled: on',
      '4:19: resolver.privateDomains: has no effect without resolver.enabled: on',
    ])
  })
})
