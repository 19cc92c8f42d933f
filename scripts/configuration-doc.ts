/**
 * Writes docs/configuration.md and docs/configuration.schema.json from the schema of the configuration.
 *
 *   node scripts/configuration-doc.ts
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeConfiguration, listSettings, type SettingRow } from '../src/server/configuration/index.ts'

const DOCS = join(import.meta.dirname, '../docs')
export const CONFIGURATION_DOC = join(DOCS, 'configuration.md')
export const CONFIGURATION_SCHEMA = join(DOCS, 'configuration.schema.json')

const HEAD = `# The configuration of \`signet serve\`

This page is made by \`node scripts/configuration-doc.ts\` from the schema that checks the configuration. How to set up a server, step by
step: [Running a server](guide/run-a-server.md).

The configuration is a YAML 1.2 file. \`signet serve --config FILE\` reads it at the start and at each SIGHUP; nothing of it comes from the
environment. A wrong key or value is an error that names file, line and column, and nothing is started, or changed, while there is one:

\`\`\`text
signet: signet.yaml:12:5: zones[2]: no such setting: 'allowTranfer' (did you mean 'allowTransfer'?)
\`\`\`

A reload takes up what changed, but for the settings marked ↻: they wait for the next start, and the reload says so. Without further
word, a setting is there since 0.1.0.

Editors that know JSON Schema help with names and values when the file begins with this line (the path is that of your copy of
[configuration.schema.json](configuration.schema.json)):

\`\`\`yaml
# yaml-language-server: $schema=docs/configuration.schema.json
\`\`\`

## Kinds of values

- **on or off**: \`on\`, \`off\`, \`yes\`, \`no\`, \`true\`, \`false\`.
- **address**: \`192.0.2.1\`, \`192.0.2.1:5300\`, \`"2001:db8::1"\`, \`"[2001:db8::1]:5300"\`; IPv6 stands in quotes. Names are not looked up.
- **path**: a relative one starts at the folder of the configuration.
- **domain name**: with or without the final dot; always taken as absolute. One that looks like a number stands in quotes.
- **octets**: \`65536\`, or with a unit, \`64KiB\`, \`64MiB\`, \`1GiB\`.
- **seconds, minutes, hours**: a whole number; the unit is in the name of the setting.
- **access list**: a list of entries, of which the first that matches decides; when none does, the answer is no. An entry is an address, a prefix
  (\`10.0.0.0/8\`, \`"2001:db8::/32"\`), \`key:NAME\` (a TSIG key that signed the message), \`any\` or \`none\`. Several words in one entry must
  all hold: \`10.0.0.0/8 key:k1.\`. A \`!\` before an entry turns it into a refusal and wants quotes: \`["!10.0.0.1", 10.0.0.0/8]\`.
  An entry without a key lets in signed messages as well.
- **network**: addresses that begin alike, \`10.0.0.0/8\` or \`"fd00::/8"\`; without a length it is one address. IPv4-mapped IPv6 is not
  accepted: IPv4 networks include the mapped addresses.
- **server**: a server of somebody else. In short an address with an optional port and key, \`192.0.2.1:53 key:k1.\`; in full a mapping:

  | | | |
  |---|---|---|
  | \`address\` | address, required | The port is 53, or 853 with \`tls\`, unless given. |
  | \`tsigKey\` | domain name | The TSIG key that signs what is sent. |
  | \`tls\` | \`{ serverName, verify, authorities }\` | Asks over TLS (RFC 9103). \`serverName\` is what the certificate must show, the address itself when left out; \`authorities\` a PEM file in place of the system's; \`verify: off\` takes any certificate: private, but from anybody who is in the way. |
- **server to ask**: a server that the resolver asks. In short an address with an optional port; in full a mapping:

  | | | |
  |---|---|---|
  | \`address\` | address, required | The port is 53, with TLS 853, with HTTPS 443, unless given. |
  | \`tls\` | \`{ serverName, verify, authorities }\` | Asks over TLS (RFC 7858); the rest is as above. |
  | \`httpsPath\` | path such as \`/dns-query\` | Asks over HTTPS (RFC 8484), with a certificate that is checked by what \`tls\` says. |
`

/** The page as it should be. */
export function renderConfigurationDoc(): string {
  const rows = listSettings()
  const groups = new Map<string, SettingRow[]>()
  for (const row of rows) {
    const cut = row.path.lastIndexOf('.')
    const parent = cut < 0 ? '' : row.path.slice(0, cut)
    const title =
      parent === 'zones[]'
        ? `zones[] of type ${row.variant}`
        : row.variant === undefined
          ? parent
          : `${parent} (${row.variant})`
    const key = `${title}\n${parent}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  const sections = [...groups].map(([key, group]) => {
    const [title = '', parent = ''] = key.split('\n')
    const owner = rows.find(({ path }) => path === parent.replace(/\[\]$/, ''))
    const variant = group[0]?.variant
    const type = parent === 'zones[]' ? group.find(({ path }) => path === 'zones[].type') : undefined
    const about = title === '' ? 'The outermost level.' : (type?.help ?? owner?.help ?? '')
    const heading =
      title === '' ? '## All sections' : `${'#'.repeat(Math.min(4, parent.split('.').length + 1))} ${title}`
    const table = group.filter(({ path }) => path !== 'zones[].type' || variant === undefined).map(renderRow)
    return `${heading}\n\n${about}\n\n| setting | values | default | |\n|---|---|---|---|\n${table.join('\n')}\n`
  })
  return [HEAD, ...sections].join('\n')
}

function renderRow({ path, kind, required, default: fallback, help, since, restart }: SettingRow): string {
  const name = path.slice(path.lastIndexOf('.') + 1)
  const age = since === '0.1.0' || since === '' ? '' : ` Since ${since}.`
  const said = fallback === undefined ? '' : /^[\d["{]|^[\w.:/-]+$/.test(fallback) ? `\`${fallback}\`` : fallback
  const cells = [`\`${name}\`${restart ? ' ↻' : ''}`, kind, required ? '**required**' : said, `${help}${age}`]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** The JSON Schema as text, in the form that the linter keeps. */
export function renderConfigurationSchema(): string {
  const { $schema, ...schema } = describeConfiguration()
  return `${formatJson({ $schema, title: 'Configuration of signet serve', ...schema }, '')}\n`
}

const LINE = 120

/** Objects over several lines; lists on one where they fit. */
function formatJson(value: unknown, indent: string, before = indent.length): string {
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    const isFlat = value.every((item) => typeof item !== 'object' || item === null)
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    if (isFlat && before + line.length + 1 <= LINE) return line
    return `[\n${value.map((item) => `${deeper}${formatJson(item, deeper)}`).join(',\n')}\n${indent}]`
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
  if (entries.length === 0) return '{}'
  const lines = entries.map(
    ([key, part]) => `${deeper}${JSON.stringify(key)}: ${formatJson(part, deeper, deeper.length + key.length + 4)}`,
  )
  return `{\n${lines.join(',\n')}\n${indent}}`
}

if (import.meta.main) {
  writeFileSync(CONFIGURATION_DOC, renderConfigurationDoc())
  writeFileSync(CONFIGURATION_SCHEMA, renderConfigurationSchema())
}
