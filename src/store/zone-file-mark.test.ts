import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { loadRecords } from '../zone/index.ts'
import { isZoneFileUnchanged, openZoneFile, type ZoneFileMark, ZoneFileMarker } from './index.ts'
import { newFolder } from './state.fixture.ts'

const SOA = '$TTL 60\n@ SOA ns host 1 2 3 4 5\n'
/** A zone file with two files that it includes, one of which includes a third; the first twice. */
const FILES: Readonly<Record<string, string>> = {
  zone: `${SOA}$INCLUDE a.inc\n$INCLUDE b/b.inc sub\n$INCLUDE a.inc\n`,
  'a.inc': 'a A 192.0.2.1\n',
  'b/b.inc': 'b A 192.0.2.2\n$INCLUDE c.inc\n',
  'c.inc': 'c A 192.0.2.3\n',
}

let folder = ''
const at = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = newFolder()
  mkdirSync(at('b'))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(at(name), text)
})

function read(options = {}): ZoneFileMark {
  const marker = new ZoneFileMarker()
  const input = openZoneFile(at('zone'), { ...options, marker })
  loadRecords(input.source, Name.parse('example.'), { include: input.include })
  input.close()
  return marker.finish()
}

const isUnchanged = (mark: ZoneFileMark, options = {}): boolean => isZoneFileUnchanged(at('zone'), mark, options)

describe('the fingerprint of a zone file', () => {
  it('is the same for the same content: read again, touched, written anew, behind another name', () => {
    const mark = read()
    assert.deepEqual(
      mark.parts.map(({ name }) => name),
      ['', 'a.inc', 'b/b.inc', 'c.inc', 'a.inc'],
    )
    assert.deepEqual(read(), mark)
    for (const name of Object.keys(FILES)) {
      utimesSync(at(name), 2_000_000_000, 2_000_000_000)
      renameSync(at(name), at('moved'))
      writeFileSync(at(name), readFileSync(at('moved')))
    }
    assert.ok(isUnchanged(mark))
    assert.equal(read().hash, mark.hash)
  })

  for (const name of Object.keys(FILES)) {
    it(`changes with ${name}: same size, same time, same inode`, () => {
      const mark = read()
      const { atimeMs, mtimeMs, size, ino } = statSync(at(name))
      writeFileSync(at(name), (FILES[name] ?? '').replace(/(\d)\n/, '9\n').replace('$TTL 60', '$TTL 61'))
      utimesSync(at(name), atimeMs / 1000, mtimeMs / 1000)
      const now = statSync(at(name))
      assert.deepEqual([now.size, now.ino, Math.floor(now.mtimeMs)], [size, ino, Math.floor(mtimeMs)])
      assert.ok(!isUnchanged(mark))
      assert.notEqual(read().hash, mark.hash)
    })
  }

  it('changes when an included file vanishes, and is the same again when that comes back', () => {
    const mark = read()
    for (const name of ['a.inc', 'b/b.inc', 'c.inc']) {
      renameSync(at(name), at('away'))
      assert.ok(!isUnchanged(mark), name)
      assert.throws(() => read(), { code: 'zone-file-syntax', message: /no such file/ })
      renameSync(at('away'), at(name))
      assert.ok(isUnchanged(mark), name)
    }
  })

  it('changes when two included files change places, or content moves from one to the next', () => {
    const mark = read()
    renameSync(at('a.inc'), at('x'))
    renameSync(at('c.inc'), at('a.inc'))
    renameSync(at('x'), at('c.inc'))
    assert.ok(!isUnchanged(mark))
    assert.notEqual(read().hash, mark.hash)
    writeFileSync(at('zone'), `${SOA}$INCLUDE a.inc\n$INCLUDE c.inc\n`)
    const each = read().hash
    renameSync(at('a.inc'), at('x'))
    renameSync(at('c.inc'), at('a.inc'))
    renameSync(at('x'), at('c.inc'))
    assert.notEqual(read().hash, each)
    writeFileSync(at('c.inc'), `${readFileSync(at('a.inc'))}${readFileSync(at('c.inc'))}`)
    writeFileSync(at('a.inc'), '')
    assert.notEqual(read().hash, each)
  })

  it('changes when a link leads to another file', () => {
    unlinkSync(at('a.inc'))
    writeFileSync(at('a.1'), 'a A 192.0.2.1\n')
    writeFileSync(at('a.2'), 'a A 192.0.2.2\n')
    symlinkSync('a.1', at('a.inc'))
    const mark = read()
    unlinkSync(at('a.inc'))
    symlinkSync('a.2', at('a.inc'))
    assert.ok(!isUnchanged(mark))
  })

  it('changes when a folder may no longer be included from', () => {
    const includeFolders = [newFolder()]
    writeFileSync(join(includeFolders[0] ?? '', 'x'), 'x A 192.0.2.9\n')
    writeFileSync(at('zone'), `${SOA}$INCLUDE ${includeFolders[0]}/x\n`)
    const mark = read({ includeFolders })
    assert.ok(isUnchanged(mark, { includeFolders }))
    assert.ok(!isUnchanged(mark))
  })

  it('is the plain SHA-256 of a file that includes none, as earlier versions kept it', () => {
    const text = `${SOA}${'; a long comment\n'.repeat(20_000)}`
    writeFileSync(at('zone'), text)
    const mark = read()
    assert.equal(mark.hash, createHash('sha256').update(text).digest('hex'))
    assert.ok(isUnchanged(mark))
  })

  it('has the latest time of all files', () => {
    utimesSync(at('c.inc'), 2_000_000_000, 2_000_000_000)
    assert.equal(read().modifiedAt, 2_000_000_000)
  })
})

it('a source has nothing more once it was read to its end, or closed', () => {
  const into = new Uint8Array(10)
  for (const end of [true, false]) {
    const { source, close } = openZoneFile(at('c.inc'))
    if (end) while (source.read(into, 0) > 0);
    else close()
    assert.equal(source.read(into, 0), 0)
    close()
  }
})

it('files that were read to their ends are closed: a zone may include more files than may be open', () => {
  writeFileSync(at('zone'), `${SOA}${'$INCLUDE a.inc\n'.repeat(500)}`)
  const input = openZoneFile(at('zone'))
  const before = readdirSync('/proc/self/fd').length
  let most = 0
  const include: typeof input.include = (...request) => {
    most = Math.max(most, readdirSync('/proc/self/fd').length)
    return input.include(...request)
  }
  const { table } = loadRecords(input.source, Name.parse('example.'), { include })
  assert.equal(table.count, 501)
  assert.ok(most <= before + 3, `${most} files were open`)
  input.close()
})
