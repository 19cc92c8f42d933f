/** State folders for tests, and zones whose content follows from their serial. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Name } from '../dns/name/index.ts'
import { diffZones, type Zone, type ZoneChange } from '../zone/index.ts'
import { zoneOf } from '../zone/zone.fixture.ts'
import { dump } from '../zone/zone-versions.fixture.ts'
import { openState, type State } from './state.ts'
import type { LoadedCopy } from './zone-copies.ts'

export const APEX: Name = Name.parse('example.')
export const AT = 1_800_000_000

const folders: string[] = []

/** A folder that is gone after the tests. */
export function newFolder(): string {
  if (folders.length === 0) process.once('exit', removeFolders)
  const folder = mkdtempSync(join(tmpdir(), 'signet-state-'))
  folders.push(folder)
  return folder
}

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

/** Runs with the state in a folder, and closes it. */
export async function withState<T>(folder: string, run: (state: State) => T | Promise<T>): Promise<T> {
  const state = await openState(folder, AT)
  try {
    return await run(state)
  } finally {
    state.close()
  }
}

/** Changes the database behind the server's back. */
export function tamper(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, 'signet.db'))
  database.exec(sql)
  database.close()
}

const NAMES = 16

/** A version whose every record follows from its serial: its names change one after the other. */
export function versionOf(serial: number, apex: Name = APEX): Zone {
  const lines = [`@ 3600 SOA ns host ${serial} 7200 3600 1209600 600`, `@ 300 TXT "${serial}"`]
  for (let i = 0; i < NAMES; i++) lines.push(`n${i} 60 A 192.0.2.${Math.floor((serial + i) / NAMES) % 256}`)
  return zoneOf(lines.map((line) => `${line}\n`).join(''), apex.toString())
}

export function changeBetween(from: number, to: number, apex: Name = APEX): ZoneChange {
  const change = diffZones(versionOf(from, apex), versionOf(to, apex))
  assert.ok(change)
  return change
}

/** The serial of a loaded zone, once it is sure that its content is that of this serial. */
export function serialOfWhole(loaded: LoadedCopy): number {
  assert.equal(loaded.kind, 'loaded', loaded.kind === 'damaged' ? loaded.reason : loaded.kind)
  assert.ok(loaded.kind === 'loaded')
  assert.deepEqual(dump(loaded.zone), dump(versionOf(loaded.serial, loaded.zone.apex)))
  return loaded.serial
}
