/** docs/guide/sign-a-zone.md: every command in it is run, in order, as a newcomer would. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readGuide, runBlock } from './guide.fixture.ts'

const guide = readGuide('sign-a-zone.md')
const { skip } = guide
const folder = mkdtempSync(join(tmpdir(), 'signet-guide-'))
after(() => rmSync(folder, { recursive: true, force: true }))
cpSync(join(import.meta.dirname, '../examples'), folder, { recursive: true })

/** What the output of a section is to show, and which warnings it may give. */
const EXPECTED: Readonly<Record<string, { readonly shows: RegExp; readonly warns?: RegExp }>> = {
  'First signing': { shows: /^example\. serial \d{10} is good: 0 errors/m },
  'The DS record': { shows: /^example\.\tIN\tDS\t\d+ 13 2 [0-9A-F]{64}$/m },
  'Signing again, in time': { shows: /is good/ },
  'NSEC or NSEC3': { shows: /NSEC3\n.*\n.*\n.*is good/ },
  'A digest of the whole zone': { shows: /is good/ },
  'Keys in certificates': { shows: /CN ?= ?ksk-example/, warns: /^$/ },
  'Keys of other tools': { shows: /FriendlyName: from-openssl/ },
  'Zone files from Windows': {
    shows: /^dc1\.corp\.example\.\t1200\tIN\tA\t192\.0\.2\.88\nwww\.corp\.example\.\t3600\t/m,
    warns: /^signet: warning: the file is read as an export of Windows DNS: 1 record .*\n$/,
  },
  Profiles: { shows: /is good/, warns: /RSASHA1.* rests on SHA-1/ },
}

test('every command of the guide does what the guide says', { skip }, async (t) => {
  const sections = guide.headings.filter((heading) => guide.blocksOf(heading).length > 0)
  assert.deepEqual(sections, Object.keys(EXPECTED))
  const hasOpenssl = await runBlock(folder, 'openssl version').then(
    () => true,
    () => false,
  )
  for (const [heading, { shows, warns = /^$/ }] of Object.entries(EXPECTED)) {
    await t.test(heading, async (each) => {
      const block = guide.blocksOf(heading).join('')
      if (block.includes('openssl ') && !hasOpenssl) return each.skip('no openssl')
      const { stdout, stderr } = await runBlock(folder, block)
      assert.match(stdout, shows)
      assert.match(stderr, warns)
    })
  }
})
