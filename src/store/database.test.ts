import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { DnsError } from '../dns/errors.ts'
import { walkZone } from '../zone/index.ts'
import { openState } from './index.ts'
import { MIGRATIONS } from './schema.ts'
import { APEX, AT, changeBetween, newFolder, serialOfWhole, tamper, versionOf, withState } from './state.fixture.ts'

const WRITER = join(import.meta.dirname, 'state-writer.fixture.ts')

async function refuses(folder: string, words: RegExp): Promise<void> {
  await assert.rejects(
    openState(folder, AT),
    (error) => error instanceof DnsError && error.code === 'state-invalid' && words.test(error.message),
  )
}

const save = (folder: string): Promise<void> =>
  withState(folder, (state) => state.copies.save(APEX, 'zone', walkZone(versionOf(5))))

describe('the state folder', () => {
  it('is made with what only its owner may read', async () => {
    const folder = join(newFolder(), 'a', 'state')
    await withState(folder, (state) => {
      assert.deepEqual(state.remarks, [])
      assert.equal(statSync(folder).mode & 0o777, 0o700)
      for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
      assert.ok(existsSync(join(folder, 'signet.db-wal')))
    })
  })

  it('takes others their right to read a database', async () => {
    const folder = newFolder()
    await save(folder)
    chmodSync(join(folder, 'signet.db'), 0o644)
    await save(folder)
    assert.equal(statSync(join(folder, 'signet.db')).mode & 0o777, 0o600)
  })

  it('belongs to one server: a second is told which process has it', async () => {
    const folder = newFolder()
    const words = new RegExp(`in use by process ${process.pid}: .*another folder`)
    await withState(folder, async () => {
      await refuses(folder, words)
      const other = spawnSync(process.execPath, [WRITER, folder, '1'], { encoding: 'utf8', timeout: 10_000 })
      assert.match(other.stderr, words)
    })
    await save(folder)
  })

  it('of a newer version is left alone, with what to do', async () => {
    const folder = newFolder()
    await save(folder)
    tamper(folder, 'PRAGMA user_version = 99')
    await refuses(folder, /version 99 of the state, this program knows up to \d+\. Run the newer program/)
    tamper(folder, `PRAGMA user_version = ${MIGRATIONS.length}`)
    await withState(folder, (state) => assert.equal(serialOfWhole(state.copies.load(APEX)), 5))
  })

  it('of version 2, which knew of no boots, is brought forward: stored times stay, for the wall clock to judge', async () => {
    const folder = newFolder()
    await withState(folder, () => {})
    tamper(folder, 'DROP TABLE zone; DROP TABLE journal; DROP TABLE zone_copy; DROP TABLE zone_copy_part')
    tamper(folder, 'DROP TABLE secondary_state; DROP TABLE primary_state; DROP TABLE trust_point')
    tamper(
      folder,
      `DROP TABLE negative_anchor; DROP TABLE clock; ${MIGRATIONS.slice(0, 2).join(';')}; PRAGMA user_version = 2`,
    )
    tamper(folder, `INSERT INTO zone VALUES (1, 'example.'); INSERT INTO clock VALUES (1, ${AT})`)
    tamper(folder, `INSERT INTO secondary_state VALUES (1, 7, ${AT}, ${AT + 60}, NULL, NULL)`)
    await withState(folder, ({ zones, trust }) => {
      const { checkedAt, expiresAt, mark } = zones.secondary(APEX) ?? {}
      assert.deepEqual([checkedAt, expiresAt, mark], [AT, AT + 60, undefined])
      const { lastKnown, lastKnownIn } = trust.load()
      assert.deepEqual([lastKnown, lastKnownIn], [AT, undefined])
    })
  })

  it('with a database of another program is left alone', async () => {
    const folder = newFolder()
    tamper(folder, 'CREATE TABLE theirs (a)')
    await refuses(folder, /database of another program/)
  })

  it('that is a file is refused', async () => {
    const folder = newFolder()
    const file = join(folder, 'file')
    writeFileSync(file, '')
    await refuses(file, /file/)
  })
})

describe('a damaged database', () => {
  const damaged = (folder: string): string[] =>
    readdirSync(folder).filter((name) => name.startsWith('signet.db.damaged-'))

  it('that is none is put aside, and the server begins anew', async () => {
    const folder = newFolder()
    await save(folder)
    writeFileSync(join(folder, 'signet.db'), 'this is no database at all'.repeat(100))
    await withState(folder, (state) => {
      assert.match(
        state.remarks.join(),
        /signet\.db is damaged \(.*\) and was put aside as .*Secondary zones are fetched/,
      )
      assert.equal(state.copies.load(APEX).kind, 'absent')
    })
    assert.deepEqual(damaged(folder), ['signet.db.damaged-20270115T080000Z'])
    await save(folder)
    await withState(folder, (state) => assert.deepEqual(state.remarks, []))
  })

  it('is found damaged within when the last server was killed', async () => {
    const folder = newFolder()
    await withState(folder, (state) => {
      for (let serial = 5; serial < 60; serial++) {
        state.journal.commit([
          { zone: APEX, change: changeBetween(serial, serial + 1), origin: 'update', actor: 'a test', at: AT },
        ])
      }
    })
    const file = join(folder, 'signet.db')
    const octets = readFileSync(file)
    octets.fill(0x5a, 4096 * 3, 4096 * 3 + 64)
    writeFileSync(file, octets)
    writeFileSync(join(folder, 'signet.pid'), '999999\n')
    await withState(folder, (state) => assert.match(state.remarks.join(), /is damaged/))
    assert.equal(damaged(folder).length, 1)
  })

  it('with a damaged copy or change says so of that zone, and keeps what can be read', async () => {
    const folder = newFolder()
    await withState(folder, (state) => {
      state.copies.save(APEX, 'zone', walkZone(versionOf(5)))
      for (const serial of [5, 6]) {
        state.journal.commit([
          { zone: APEX, change: changeBetween(serial, serial + 1), origin: 'update', actor: 'a test', at: AT },
        ])
      }
    })
    tamper(folder, 'UPDATE journal SET content = zeroblob(60) WHERE from_serial = 6')
    await withState(folder, ({ copies, journal }) => {
      const loaded = copies.load(APEX)
      assert.ok(loaded.kind === 'damaged' && loaded.rest !== undefined)
      assert.match(loaded.reason, /change of example\. after serial 6 in the journal cannot be read \(checksum\)/)
      assert.equal(serialOfWhole({ kind: 'loaded', zone: loaded.rest, serial: 6 }), 6)
      assert.equal(journal.read(APEX, 5).kind, 'damaged')
    })
    tamper(folder, 'DELETE FROM journal; UPDATE zone_copy_part SET content = zeroblob(length(content))')
    await withState(folder, ({ copies }) => assert.equal(copies.load(APEX).kind, 'damaged'))
    tamper(folder, 'DELETE FROM zone_copy_part')
    await withState(folder, ({ copies }) => assert.equal(copies.load(APEX).kind, 'damaged'))
  })

  const withJournal = (folder: string): Promise<void> =>
    withState(folder, (state) => {
      state.copies.save(APEX, 'zone', walkZone(versionOf(5)))
      for (const serial of [5, 6, 7]) {
        state.journal.commit([
          { zone: APEX, change: changeBetween(serial, serial + 1), origin: 'update', actor: 'a test', at: AT },
        ])
      }
    })

  for (const [what, sql] of [
    ['a change of which is lost', 'DELETE FROM journal WHERE from_serial = 6'],
    ['a change of which is said to lead elsewhere', 'UPDATE journal SET to_serial = 9 WHERE from_serial = 6'],
    ['the changes of which are swapped', 'UPDATE journal SET seq = 10 - seq WHERE seq > 1'],
  ] as const) {
    it(`with a journal ${what} serves no version that never was`, async () => {
      const folder = newFolder()
      await withJournal(folder)
      tamper(folder, sql)
      await withState(folder, ({ copies, journal }) => {
        const read = journal.read(APEX, 5)
        assert.ok(read.kind === 'damaged' && read.good.length === 1)
        assert.match(read.reason, /after serial 6 in the journal cannot be read \(wrong-serial\)/)
        const loaded = copies.load(APEX)
        assert.ok(loaded.kind === 'damaged' && loaded.rest !== undefined)
        assert.equal(serialOfWhole({ kind: 'loaded', zone: loaded.rest, serial: 6 }), 6)
      })
    })
  }

  it('with a copy that lacks a part serves nothing of it', async () => {
    const folder = newFolder()
    await withState(folder, (state) => state.copies.save(APEX, 'zone', walkZone(versionOf(5)), { partOctets: 100 }))
    // The last one: the SOA is in the first.
    tamper(folder, 'DELETE FROM zone_copy_part WHERE part = (SELECT max(part) FROM zone_copy_part)')
    await withState(folder, ({ copies }) => {
      const loaded = copies.load(APEX)
      assert.ok(loaded.kind === 'damaged' && loaded.rest === undefined)
      assert.match(loaded.reason, /the copy of example\. is not whole/)
    })
  })
})
