/** Configurations: any text is a configuration or our errors, soon; no secret is told; what is read compares as the same with itself. */
import { isDeepStrictEqual } from 'node:util'
import { DnsError } from '../../src/dns/errors.ts'
import {
  type Configuration,
  ConfigurationError,
  compareConfigurations,
  listConfigurationWarnings,
  readConfiguration,
} from '../../src/server/configuration/index.ts'
import { YamlText } from '../../src/server/configuration/yaml-text.ts'
import { readZoneLines } from '../../src/server/configuration/zone-lines.ts'
import { type FuzzTarget, hold } from '../target.ts'

const FILE = '/etc/signet/signet.yaml'
/** A piece of the seeds' secrets; mutated texts that still hold it must not tell it. */
const SECRET = 'bm9ib2R5IG1heSBzZWUgdGhpcyBoZXJl'

function read(text: string): Configuration {
  try {
    return readConfiguration(text, FILE)
  } catch (error) {
    if (error instanceof ConfigurationError) {
      for (const line of error.lines) hold(!line.includes(SECRET), 'no error tells a secret')
      for (const { place } of error.faults) hold(place.line >= 1 && place.column >= 1, 'a fault has a place')
    } else {
      hold(!(error instanceof DnsError), 'an error of a configuration has its faults')
    }
    throw error
  }
}

/** A list of zones that is read line by line is what the YAML parser makes of it, or the whole is no good YAML in either form. */
function compareZoneLines(text: string): void {
  const lines = readZoneLines(text, 1)
  const rest = lines === undefined ? undefined : yamlValue(lines.rest)
  if (lines === undefined || typeof rest !== 'object' || rest === null || !('zones' in rest)) return
  if (!Array.isArray(rest.zones) || rest.zones.length > 0) return
  hold(isDeepStrictEqual({ ...rest, zones: lines.zones }, yamlValue(text)), 'zones read line by line are the same')
}

function yamlValue(text: string): unknown {
  try {
    return new YamlText(text, FILE).value
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined
    throw error
  }
}

export const target: FuzzTarget = {
  name: 'configuration',
  run(octets) {
    const text = new TextDecoder().decode(octets)
    compareZoneLines(text)
    const configuration = read(text)
    const { zones, live, restart } = compareConfigurations(configuration, read(text))
    const changes = zones.added.length + zones.removed.length + zones.changed.length + live.length + restart.length
    hold(changes === 0, 'a configuration is the same as itself')
    const isOnlySecret =
      configuration.tsigKeys.length === 1 && text.split(`secret: ${SECRET}`).length === text.split(SECRET).length
    if (isOnlySecret && configuration.tsigKeys[0]?.secret !== undefined && text.split(SECRET).length === 2) {
      hold(!JSON.stringify(configuration.tsigKeys).includes(SECRET), 'a printed key tells no secret')
    }
    return `${configuration.zones.length} ${listConfigurationWarnings(configuration).length}`
  },
  seeds() {
    const texts = [
      'data: /d\n',
      `data: state
server:
  listen: ["127.0.0.1:5300", "[::1]:5300"]
  tls: { listen: ["127.0.0.1:8853"], certificate: c.pem, key: k.pem }
  nsid: "0x0102"
  cookies: { secrets: [00112233445566778899aabbccddeeff] }
  rateLimit: { responsesPerSecond: 10, exempt: [127.0.0.0/8] }
tsigKeys: [{ name: k1., algorithm: hmac-sha256, secret: ${SECRET} }]
`,
      `data: /d
tsigKeys: [{ name: k1., secretFile: k }]
zones:
  - { name: example., type: primary, file: f, allowTransfer: ["127.0.0.0/8 key:k1.", "!any"], notify: ["127.0.0.1:5301"] }
  - { name: example.org., type: secondary, primaries: [192.0.2.1 key:k1, { address: "::1", tls: { verify: no } }], verify: signatures }
  - { name: corp., type: forward, forwarders: ["127.0.0.1:5302"] }
`,
      'data: /d\nzones:\n  - { name: "a.", type: primary, file: "f" }\n  # b\n  - { name: b, type: stub, addresses: ["::1", "192.0.2.1"] }\nlogging: {}\n',
      'data: &a /d\nzones:\n  - &z { name: a, type: primary, file: *a }\n  - { <<: *z, name: b }\n',
      'data: |\n  /d\n  e\nserver: !!map\n  ? threads\n  : 2\n# comment\n...\n',
      'data: "\\u00e9\\n"\njournal: { maxOctets: 64MiB }\ndnstap:\n    socket: s\n    messages: [auth-query]\n',
    ]
    return texts.map((text) => new TextEncoder().encode(text))
  },
  dictionary: [
    ': ',
    '- ',
    '\n  - ',
    '&a ',
    '*a',
    '<<: ',
    '!!set ',
    '!!binary ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '? ',
    '|\n ',
    '>-\n ',
    '[[[[[[[[',
    '{{{{{{{{',
    '- - - - - - - ',
    '__proto__: ',
    'constructor: ',
    'null',
    '.nan',
    '.inf',
    '1e400',
    '0x7fffffffffffffffff',
    '\t',
    '"',
    "'",
    'type: secondary',
    'key:k1.',
    '::/0',
    '\n  - { name: "c.", type: primary, file: f }',
    '\nzones:\n',
    ', checks: off',
    '[a, "b"]',
  ].map((word) => new TextEncoder().encode(word)),
}
