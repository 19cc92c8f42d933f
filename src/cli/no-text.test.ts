/** Files that are no text, where one is read: the zone file, what it includes, the configuration and what that names. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Workplace } from './signet.fixture.ts'

const place = new Workplace({ isShared: true })
const ZONE = '$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.3\n'

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(join(place.folder, name), content)
}

async function errorOf(words: string): Promise<string> {
  const { status, stderr } = await place.signet(words)
  assert.equal(status, 2)
  return stderr
}

test('a zone file, with the place', async () => {
  write('zone.gz', gzipSync(ZONE))
  const words = 'the file cannot be read as text: it is compressed by gzip: decompress it first\n'
  assert.equal(await errorOf('zone check zone.gz --zone example.'), `signet: zone.gz:1:1: ${words}`)
  write('zone.txt', Buffer.from(`\ufeff${ZONE}`, 'utf16le'))
  assert.match(
    await errorOf('zone print zone.txt --zone example.'),
    /^signet: zone\.txt:1:1: .* UTF-16: save it as UTF-8$/m,
  )
})

test('an included file, with its own place; a byte order mark of UTF-8 is passed over there too', async () => {
  write('a.gz', gzipSync('a A 192.0.2.1\n'))
  write('b.txt', '\ufeffb A 192.0.2.2\n')
  write('zone', `\ufeff${ZONE}$INCLUDE b.txt\n`)
  assert.match(await place.run('zone check zone --zone example.'), /3 names, 4 records/)
  write('zone', `${ZONE}$INCLUDE b.txt\n$INCLUDE a.gz\n`)
  assert.match(await errorOf('zone check zone --zone example.'), /^signet: \S+\/a\.gz:1:1: .*compressed by gzip/)
})

test('a zone file of which a part was lost: blocks of zeros, as a crash leaves them', async () => {
  write('lost', `${ZONE}${'\0'.repeat(4096)}z A 192.0.2.2\n`)
  const line = /^signet: lost:5:1: an octet of value 0: the file is no text, or a part of it was lost\n$/
  assert.match(await errorOf('zone check lost --zone example.'), line)
})

test('trust anchors: a byte order mark is passed over, a file in UTF-16 is named', async () => {
  const record = 'example. DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000\n'
  const xml = `<TrustAnchor><Zone>example.</Zone><KeyDigest id="a"><KeyTag>1</KeyTag><Algorithm>13</Algorithm>
    <DigestType>2</DigestType><Digest>${'00'.repeat(32)}</Digest></KeyDigest></TrustAnchor>`
  write('zone', ZONE)
  for (const anchors of [record, xml]) {
    write('anchors', `\ufeff${anchors}`)
    const { status, stderr } = await place.signet('zone verify zone --zone example. --anchor anchors')
    assert.deepEqual([status, stderr], [1, ''])
    write('anchors', Buffer.from(anchors, 'utf16le'))
    const words = 'signet: anchors: cannot be read as text: it is in UTF-16: save it as UTF-8\n'
    assert.equal(await errorOf('zone verify zone --zone example. --anchor anchors'), words)
  }
})

test('a configuration in UTF-16, as editors of Windows may save it', async () => {
  write('signet.yaml', Buffer.from('\ufeffdata: state\n', 'utf16le'))
  const words = 'signet: signet.yaml: cannot be read as text: it is in UTF-16: save it as UTF-8\n'
  assert.equal(await errorOf('serve --config signet.yaml'), words)
})
