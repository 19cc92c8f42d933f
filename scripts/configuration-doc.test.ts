/** docs/configuration.md says what the schema says, and the examples of configurations in the guide and in packaging/ are good ones. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { listConfigurationWarnings, listSettings, readConfiguration } from '../src/server/configuration/index.ts'
import {
  CONFIGURATION_DOC,
  CONFIGURATION_SCHEMA,
  renderConfigurationDoc,
  renderConfigurationSchema,
} from './configuration-doc.ts'

const ROOT = join(import.meta.dirname, '..')
const GUIDES = { 'run-a-server.md': 9, 'resolve-and-validate.md': 4 }

test('docs/configuration.md and its schema are what `node scripts/configuration-doc.ts` makes', () => {
  assert.equal(readFileSync(CONFIGURATION_DOC, 'utf8'), renderConfigurationDoc())
  assert.equal(readFileSync(CONFIGURATION_SCHEMA, 'utf8'), renderConfigurationSchema())
})

test('every setting has a kind, a help text and a release', () => {
  const rows = listSettings()
  assert.ok(rows.length > 100)
  for (const { path, kind, help, since } of rows) {
    assert.notEqual(kind, '', path)
    assert.match(help, /\.$/, path)
    assert.match(since, /^\d+\.\d+\.\d+$/, path)
  }
})

/** The YAML blocks of a page, also those within a list. */
function yamlBlocks(page: string): string[] {
  return [...page.matchAll(/^( *)```yaml\n(.*?)^ *```$/gms)].map(([, indent = '', block = '']) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )
}

for (const [guide, least] of Object.entries(GUIDES)) {
  test(`the configurations in docs/guide/${guide} are accepted`, () => {
    const blocks = yamlBlocks(readFileSync(join(ROOT, 'docs/guide', guide), 'utf8'))
    assert.ok(blocks.length >= least)
    for (const block of blocks) {
      assert.deepEqual(listConfigurationWarnings(readConfiguration(block, '/etc/signet/signet.yaml')), [], block)
    }
  })
}

test('packaging/signet.yaml is accepted, also with its examples switched on', () => {
  const text = readFileSync(join(ROOT, 'packaging/signet.yaml'), 'utf8')
  assert.deepEqual(listConfigurationWarnings(readConfiguration(text, '/etc/signet/signet.yaml')), [])
  const all = text.replaceAll(/^#( *(?:- )?(?:\{|[a-zA-Z]+:).*)$/gm, '$1')
  const { zones, server } = readConfiguration(all, '/etc/signet/signet.yaml')
  assert.ok(zones.length >= 2)
  assert.notEqual(server.tls, undefined)
})
