/** Configurations: any text is a configuration or our errors, soon; no secret is told; what is read compares as the same with itself. */
import { DnsError } from '../../src/dns/errors.ts'
import {
  type Configuration,
  ConfigurationError,
  compareConfigurations,
  listConfigurationWarnings,
  readConfiguration,
} from '../../src/server/configuration/index.ts'
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

export const target: FuzzTarget = {
  name: 'configuration',
  run(octets) {
    const text = new TextDecoder().decode(octets)
    const configuration = read(text)
    const { zones, live, restart } = compareConfigurations(configuration, read(text))
    const changes = zones.added.length + zones.removed.length + zones.changed.length + live.length + restart.length
    hold(changes === 0, 'a configuration is the same as itself')
    hold(!JSON.stringify(configuration).includes(SECRET), 'a printed configuration tells no secret')
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
policies: [{ name: default, x: { y: [1] } }]
zones:
  - { name: example., type: primary, file: f, policy: default, allowTransfer: ["127.0.0.0/8 key:k1.", "!any"], notify: ["127.0.0.1:5301"] }
  - { name: example.org., type: secondary, primaries: [192.0.2.1 key:k1, { address: "::1", tls: { verify: no } }], verify: signatures }
  - { name: corp., type: forward, forwarders: ["127.0.0.1:5302"] }
`,
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
  ].map((word) => new TextEncoder().encode(word)),
}
