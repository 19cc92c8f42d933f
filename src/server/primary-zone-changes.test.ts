/** A primary zone that is changed by other ways than its file, and what comes of it when the file is edited too. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RecordTable } from '../zone/index.ts'
import { changeOf, PrimaryRig, recordsOf } from './primary-zone.fixture.ts'
import { zoneText } from './servers.fixture.ts'

/** The zone of `zoneText(1)` and one more record, at a serial. */
const withRecords = (serial: number, ...lines: string[]): string[] =>
  recordsOf(zoneText(1, `${lines.join('\n')}\n`).replace('admin 1 ', `admin ${serial} `))

describe('a change by another way than the file', () => {
  it('adds and removes records, is in the journal and in IXFR, and is there after a restart', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    await rig.change(1, 2, { added: ['new A 192.0.2.1', 'new A 192.0.2.2'] })
    await rig.change(2, 4, { removed: ['new A 192.0.2.1'], added: ['deep.er TXT "x"'] })
    const expected = withRecords(4, 'new A 192.0.2.2', 'deep.er TXT "x"')
    assert.deepEqual(await rig.records(), expected)
    assert.deepEqual(rig.journal, ['1-2 update', '2-4 update'])
    const [first, second] = (await rig.differences(1)) ?? []
    assert.match(
      first?.join('\n') ?? '',
      /^- example\. 300 IN SOA .* 1 .*\n\+ example\. 300 IN SOA .* 2 .*\n\+ new.*192\.0\.2\.1\n/,
    )
    assert.match(
      second?.join('\n') ?? '',
      /^- .* 2 .*\n- new.*192\.0\.2\.1\n\+ .* 4 .*\n\+ deep\.er\.example\. 300 IN TXT "x"$/,
    )
    assert.equal(rig.text, zoneText(1))
    await rig.restart()
    assert.deepEqual(await rig.records(), expected)
    assert.equal((await rig.differences(1))?.length, 2)
    await rig.change(4, 5, { removed: ['deep.er TXT "x"'] })
    assert.deepEqual(await rig.records(), withRecords(5, 'new A 192.0.2.2'))
  })

  it('is refused, and nothing changes, when it does not fit the version that is served', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    const refused = async (from: number, to: number, lines: Parameters<PrimaryRig['change']>[2], reason: RegExp) => {
      await assert.rejects(rig.change(from, to, lines), { message: reason, code: 'transfer-failed' })
    }
    await refused(
      1,
      2,
      { removed: ['none A 192.0.2.1'] },
      /A record of none\.example\. is to be removed and is not there/,
    )
    await refused(1, 2, { added: ['www A 10.0.0.1'] }, /is to be added and is there/)
    await refused(5, 6, {}, /SOA record of example\. is to be removed and is not there/)
    await refused(1, 1, { added: ['new A 192.0.2.1'] }, /the serial of example\. does not rise from 1/)
    await refused(2, 1, {}, /does not rise/)
    assert.deepEqual([await rig.records(), rig.journal], [recordsOf(zoneText(1)), []])
    await rig.change(1, 2, { added: ['new A 192.0.2.1'] })
    assert.deepEqual(await rig.records(), withRecords(2, 'new A 192.0.2.1'))
  })

  it('is refused when the version that it leads to breaks the rules of zones', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    const refused = async (lines: Parameters<PrimaryRig['change']>[2], reason: RegExp) => {
      await assert.rejects(rig.change(1, 2, lines), { message: reason, code: 'change-refused' })
    }
    await refused({ added: ['www CNAME ns'] }, /www\.example\. has other data beside a CNAME \(RFC 2181 §10\.1\)/)
    const withoutSoa = rig.zone.change({ ...changeOf(1, 2, {}), added: new RecordTable() }, 'update', 'a test')
    await assert.rejects(withoutSoa, { message: 'example. has no SOA record', code: 'change-refused' })
    assert.deepEqual([await rig.records(), rig.journal], [recordsOf(zoneText(1)), []])
  })

  it('is refused when its serials are not those of its SOA records, or the checks of the zone refuse what it leads to', async () => {
    const rig = await PrimaryRig.start(zoneText(1), { checks: 'refuse' })
    const wrong = rig.zone.change(
      { ...changeOf(1, 2, { added: ['new A 192.0.2.1'] }), toSerial: 3 },
      'update',
      'a test',
    )
    await assert.rejects(wrong, { message: /it leads to serial 3, but its SOA has 2/, code: 'transfer-failed' })
    const bad = rig.change(1, 2, { added: ['sub NS ns.sub'] })
    await assert.rejects(bad, { message: /^(ns\.)?sub\.example\.: /, code: 'change-refused' })
    assert.deepEqual([await rig.records(), rig.journal], [recordsOf(zoneText(1)), []])
    await rig.change(1, 2, { added: ['sub NS ns.sub', 'ns.sub A 192.0.2.1'] })
    assert.deepEqual(await rig.records(), withRecords(2, 'sub NS ns.sub', 'ns.sub A 192.0.2.1'))
  })

  it('that changes the serial alone is a change, and leaves the file unchanged', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    await rig.change(1, 2, {})
    assert.deepEqual([await rig.records(), rig.journal], [withRecords(2), ['1-2 update']])
    assert.deepEqual(await rig.act('reload'), { outcome: 'unchanged', message: 'the file has not changed' })
    await rig.restart()
    assert.deepEqual(await rig.records(), withRecords(2))
  })

  it('is refused while no version is served', async () => {
    const rig = await PrimaryRig.start('this is no zone\n')
    const reason = { message: 'example. is not served', code: 'change-refused' }
    await assert.rejects(rig.change(1, 2, { added: ['new A 192.0.2.1'] }), reason)
    rig.write(zoneText(1))
    assert.equal((await rig.act('reload')).outcome, 'done')
    await rig.change(1, 2, { added: ['new A 192.0.2.1'] })
    assert.deepEqual(await rig.records(), withRecords(2, 'new A 192.0.2.1'))
  })

  it('waits for a reload that is under way, and a reload for it: a zone has one writer', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    rig.write(zoneText(3))
    const [first, late] = await Promise.allSettled([
      rig.act('reload'),
      rig.change(1, 2, { added: ['new A 192.0.2.1'] }),
    ])
    assert.ok(first.status === 'fulfilled' && late.status === 'rejected')
    assert.match(String(late.reason), /SOA record of example\. is to be removed and is not there/)
    rig.write(zoneText(4, 'filed A 192.0.2.9\n'))
    const results = await Promise.all([rig.change(3, 4, { added: ['new A 192.0.2.1'] }), rig.act('reload')])
    assert.match(results[1].message, /^serial 5: /)
    assert.deepEqual(
      await rig.records(),
      recordsOf(zoneText(4, 'filed A 192.0.2.9\nnew A 192.0.2.1\n').replace('admin 4 ', 'admin 5 ')),
    )
    const changes = Array.from({ length: 20 }, (_, i) => rig.change(5 + i, 6 + i, { added: [`n${i} A 192.0.2.1`] }))
    await Promise.all(changes)
    assert.equal(await rig.server.serial('example.'), 25)
    assert.equal((await rig.differences(5))?.length, 20)
  })
})

describe('a file that is edited while the zone is changed by other ways', () => {
  const CHANGED = { added: ['new A 192.0.2.1'] }
  const FILED = 'filed A 192.0.2.9'

  it('is merged with the changes, by a reload and at the next start, and IXFR tells of both', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    await rig.change(1, 2, CHANGED)
    rig.write(zoneText(1, `${FILED}\n`))
    assert.match((await rig.act('reload')).message, /^serial 3: 1 records went, 2 came$/)
    assert.deepEqual(await rig.records(), withRecords(3, 'new A 192.0.2.1', FILED))
    assert.deepEqual(rig.journal, ['1-2 update', '2-3 file'])
    assert.equal((await rig.differences(1))?.length, 2)
    assert.equal((await rig.act('reload')).outcome, 'unchanged')
    await rig.change(3, 4, { removed: [FILED] })
    await rig.restart(() => rig.write(zoneText(1, `${FILED}\nsecond A 192.0.2.8\n`)))
    const expected = withRecords(5, 'new A 192.0.2.1', 'second A 192.0.2.8')
    assert.deepEqual(await rig.records(), expected)
    assert.deepEqual((await rig.differences(1))?.length, 4)
    await rig.restart()
    assert.deepEqual(await rig.records(), expected)
  })

  it('with a serial of its own leads to one above both', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    await rig.change(1, 2, CHANGED)
    rig.write(zoneText(100, `${FILED}\n`).replace('10.0.0.100', '10.0.0.1'))
    await rig.act('reload')
    assert.deepEqual(await rig.records(), withRecords(101, 'new A 192.0.2.1', FILED))
    assert.equal((await rig.differences(2))?.length, 1)
  })

  it('is refused where it contradicts them, in words, and the zone goes on as it was', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    await rig.change(1, 2, { removed: ['www A 10.0.0.1'], added: ['www A 192.0.2.1'] })
    rig.write(zoneText(2))
    const conflict = {
      outcome: 'refused',
      message: 'the file and changes made by other ways contradict each other in 1 places',
      details: ['www.example. A: both-changed'],
    }
    assert.deepEqual(await rig.act('reload'), conflict)
    const live = recordsOf(zoneText(2).replace('10.0.0.2', '192.0.2.1'))
    assert.deepEqual(await rig.records(), live)
    await rig.restart()
    assert.deepEqual(await rig.records(), live)
    assert.ok(
      rig.server.lines.some((line) => /^error the edited file contradicts live changes.*both-changed/.test(line)),
    )
    assert.deepEqual(await rig.act('reload'), conflict)
    await rig.change(2, 3, CHANGED)
    rig.write(zoneText(1, `${FILED}\n`))
    assert.equal((await rig.act('reload')).outcome, 'done')
    const both = `${FILED}\nnew A 192.0.2.1\n`
    assert.deepEqual(await rig.records(), recordsOf(zoneText(4, both).replace('10.0.0.4', '192.0.2.1')))
  })

  it('and has become what the changes made of the zone already, changes nothing', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    await rig.change(1, 2, CHANGED)
    rig.write(zoneText(1, 'new A 192.0.2.1\n'))
    assert.equal((await rig.act('reload')).outcome, 'unchanged')
    assert.deepEqual([await rig.records(), rig.journal], [withRecords(2, 'new A 192.0.2.1'), ['1-2 update']])
    await rig.change(2, 3, { removed: ['new A 192.0.2.1'] })
    await rig.restart()
    assert.deepEqual(await rig.records(), withRecords(3))
  })

  it('and is bad leaves the zone as it is; it is taken once it is good', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    await rig.change(1, 2, CHANGED)
    rig.write('@ SOA half of it\n')
    assert.equal((await rig.act('reload')).outcome, 'failed')
    assert.deepEqual(await rig.records(), withRecords(2, 'new A 192.0.2.1'))
    rig.write(zoneText(1, `${FILED}\n`))
    assert.equal((await rig.act('reload')).outcome, 'done')
    assert.deepEqual(await rig.records(), withRecords(3, 'new A 192.0.2.1', FILED))
  })
})

describe('a zone that was changed by other ways', () => {
  const added = ['new A 192.0.2.1']

  it('is written to its file by a flush; the journal goes on from there', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    const nothing = { outcome: 'unchanged', message: 'the file has all of the zone: nothing was changed by other ways' }
    assert.deepEqual(await rig.act('flush'), nothing)
    await rig.change(1, 2, { added })
    assert.deepEqual(await rig.act('flush'), { outcome: 'done', message: `written to ${rig.path}` })
    assert.deepEqual(recordsOf(rig.text), withRecords(2, ...added))
    assert.deepEqual(await rig.act('flush'), nothing)
    assert.equal((await rig.act('reload')).outcome, 'unchanged')
    await rig.change(2, 3, { removed: added })
    assert.deepEqual(rig.journal, ['1-2 update', '2-3 update'])
    await rig.restart()
    assert.deepEqual(await rig.records(), withRecords(3))
    assert.equal((await rig.differences(1))?.length, 2)
    // What was flushed and changed again is no contradiction to the file.
    rig.write(rig.text.replace('10.0.0.1', '10.0.0.9'))
    assert.equal((await rig.act('reload')).outcome, 'done')
    assert.deepEqual(await rig.records(), recordsOf(zoneText(9).replace('admin 9 ', 'admin 4 ')))
  })

  it('has all of it in its file while it is frozen, a change that was under way too, and takes no further one', async () => {
    const rig = await PrimaryRig.start(zoneText(1))
    const refused = { message: 'example. is frozen: thaw it first', code: 'change-refused' }
    const [, frozen, later] = await Promise.allSettled([
      rig.change(1, 2, { added }),
      rig.act('freeze'),
      rig.change(2, 3, { removed: added }),
    ])
    assert.ok(frozen.status === 'fulfilled' && frozen.value.outcome === 'done')
    assert.ok(later.status === 'rejected' && String(later.reason).includes(refused.message))
    assert.deepEqual(recordsOf(rig.text), withRecords(2, ...added))
    assert.equal((await rig.act('flush')).outcome, 'unchanged')
    await rig.restart()
    await assert.rejects(rig.change(2, 3, { removed: added }), refused)
    rig.write(`${rig.text.replace(' 2 3600', ' 3 3600')}filed.example. 300 IN A 192.0.2.9\n`)
    assert.match((await rig.act('thaw')).message, /^serial 3: 1 records went, 2 came$/)
    await rig.change(3, 4, { removed: added })
    assert.deepEqual(await rig.records(), withRecords(4, 'filed A 192.0.2.9'))
    assert.equal((await rig.differences(1))?.length, 3)
  })

  it('keeps no more of the journal than its settings say, and all that a restart needs', async () => {
    const rig = await PrimaryRig.start(zoneText(1), { journal: { maxChanges: 2 } })
    for (let serial = 1; serial < 6; serial++)
      await rig.change(serial, serial + 1, { added: [`n${serial} A 192.0.2.1`] })
    assert.equal(rig.journal.length, 5)
    await rig.act('flush')
    await rig.change(6, 7, {})
    await rig.change(7, 8, {})
    assert.deepEqual([await rig.server.serial('example.'), rig.journal], [8, ['6-7 update', '7-8 update']])
    assert.equal(await rig.differences(1), undefined)
  })
})
