import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openIncludedFile } from './included-file.ts'
import { newFolder } from './state.fixture.ts'

const root = newFolder()
for (const folder of ['zones', 'zones/deep', 'zones-old', 'shared', 'shared/deep']) mkdirSync(join(root, folder))
for (const file of ['zones/a', 'zones/deep/a', 'zones/..a', 'zones-old/a', 'shared/a', 'shared/deep/a', 'outside'])
  writeFileSync(join(root, file), '')
symlinkSync('../shared/a', join(root, 'zones/link'))
symlinkSync('shared', join(root, 'shared-link'))
const zone = join(root, 'zones/example.zone')

/** The file that is opened, below the root; or the error, without the root. */
function open(name: string, includeFolders: readonly string[] = []): string {
  const folders = includeFolders.map((folder) => join(root, folder))
  try {
    const file = openIncludedFile(zone, name, { includeFolders: folders, includeSetting: '--include-folder' })
    file.close()
    return file.name.slice(root.length + 1)
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(`${root}/`, '') : String(error)
  }
}

const OUTSIDE = 'lies outside the folder of the zone file, zones: to allow it, name its folder in --include-folder'

describe('$INCLUDE reaches', () => {
  it('the folder of the zone file and what is below it, links followed', () => {
    assert.equal(open('a'), 'zones/a')
    assert.equal(open('deep/../a'), 'zones/a')
    assert.equal(open('deep/a'), 'zones/deep/a')
    assert.equal(open('..a'), 'zones/..a')
    assert.equal(open(join(root, 'zones/a')), 'zones/a')
    assert.equal(open('../outside'), `outside ${OUTSIDE}`)
    assert.equal(open('../zones-old/a'), `zones-old/a ${OUTSIDE}`)
    assert.equal(open('link'), `shared/a ${OUTSIDE}`)
    assert.equal(open('..'), `${root} ${OUTSIDE}`)
    assert.equal(open('.'), 'zones: is a folder, not a regular file')
  })

  it('further folders that the operator names, and what is below them', () => {
    for (const folder of ['shared', 'shared-link', 'shared/deep/..']) {
      assert.equal(open('link', ['zones-old', folder]), 'shared/a')
      assert.equal(open('../shared/deep/a', [folder]), 'shared/deep/a')
      assert.equal(open('../outside', [folder]), `outside ${OUTSIDE}`)
    }
    assert.equal(open('../shared/a', ['shared/deep']), `shared/a ${OUTSIDE}`)
    assert.equal(open('../shared/a', ['missing']), `shared/a ${OUTSIDE}`)
    assert.equal(open('../zones-old/a', ['zones-ol']), `zones-old/a ${OUTSIDE}`)
  })

  it('the working folder from standard input', () => {
    const file = openIncludedFile('-', 'package.json')
    assert.equal(file.name, join(process.cwd(), 'package.json'))
    file.close()
    assert.throws(() => openIncludedFile('-', zone.replace('example.zone', 'a')), {
      code: 'input-unreadable',
      message: new RegExp(`/zones/a lies outside the working folder, ${process.cwd()}$`),
    })
  })

  it('no file that is not there', () => {
    assert.equal(open('none'), 'zones/none: no such file or folder')
  })
})
