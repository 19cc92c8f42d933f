import assert from 'node:assert/strict'
import test from 'node:test'
import { Name } from '../dns/name/index.ts'
import { textSource } from '../dns/text/index.ts'
import { doAll, loadRecords, type RecordTable, Zone } from '../zone/index.ts'
import { linesOf } from '../zone/zone.fixture.ts'
import { dropEffectless } from './effective-change.ts'
import { ServedImage } from './served-image.ts'

const apex = Name.parse('example.')
const table = (text: string): RecordTable => loadRecords(textSource(`$TTL 300\n${text}`), apex).table
const soa = (serial: number): string => `@ SOA ns admin ${serial} 3600 900 604800 300\n`
const HASHED = '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom'

test('differences of one large RRset take no more than to look at each record a few times', () => {
  const image = new ServedImage()
  const many = Array.from({ length: 30_000 }, (_, i) => `big A 10.0.${i >> 8}.${i & 255}\n`).join('')
  image.put(Zone.arrange(apex, table(`${soa(1)}@ NS ns\n${many}`)), { restricted: false, rotates: false, expires: 0 })
  const added = table(`${soa(2)}${many}big A 10.9.9.9\n`)
  const begin = performance.now()
  const effective = doAll(
    dropEffectless(image.reader, apex, { removed: table(soa(1)), added, fromSerial: 1, toSerial: 2 }),
  )
  assert.equal(effective.added.count, 2)
  assert.ok(performance.now() - begin < 5000, `${performance.now() - begin} ms`)
})

test('records that come and are there, or come twice, are dropped; those that go and come back stay', () => {
  const image = new ServedImage()
  const nsec3 = `${HASHED} NSEC3 1 0 0 - ${HASHED} A\n`
  const text = `@ NS ns\nns A 10.0.0.1\nwww A 10.0.0.2\n${nsec3}`
  image.put(Zone.arrange(apex, table(soa(1) + text)), { restricted: false, rotates: false, expires: 0 })
  const added = table(
    `${soa(2)}www A 10.0.0.2\nns A 10.0.0.1\nnew A 10.0.0.3\nNEW A 10.0.0.3\nwww 60 A 10.0.0.9\n${nsec3}`,
  )
  const change = { removed: table(`${soa(1)}ns A 10.0.0.1\n`), added, fromSerial: 1, toSerial: 2 }
  const effective = doAll(dropEffectless(image.reader, apex, change))
  assert.deepEqual(
    linesOf(
      effective.added,
      Uint32Array.from({ length: effective.added.count }, (_, i) => i),
    ),
    linesOf(table(`${soa(2)}ns A 10.0.0.1\nnew A 10.0.0.3\nwww 60 A 10.0.0.9\n`), Uint32Array.of(0, 1, 2, 3)),
  )
  assert.equal(doAll(dropEffectless(image.reader, apex, effective)), effective)
})
