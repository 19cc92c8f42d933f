/** Disks that are full or read-only: file systems in memory that a test mounts and takes away. Only root may. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

/** Why tests with disks of their own are skipped; false where they run. */
export const NO_DISKS = findObstacle()

function findObstacle(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting a file system needs root on Linux'
  const folder = mkdtempSync(join(tmpdir(), 'signet-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return false
  } catch {
    return 'this machine lets nobody mount a file system'
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A file system of a few megabytes. */
export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'signet-disk-'))
  readonly #filler = join(this.folder, 'filler')

  constructor(megabytes: number) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', this.folder])
    after(() => {
      execFileSync('umount', ['-l', this.folder])
      rmSync(this.folder, { recursive: true, force: true })
    })
  }

  /** Leaves no octet of it free. */
  fill(): void {
    for (let octets = 1 << 20; octets >= 4096; octets >>= 1) {
      try {
        for (;;) writeFileSync(this.#filler, new Uint8Array(octets), { flag: 'a' })
      } catch {}
    }
    if (statfsSync(this.folder).bavail > 0) throw new Error('the disk is not full')
  }

  /** Gives the room back that was filled, or so many octets of it. */
  free(octets = statSync(this.#filler).size): void {
    truncateSync(this.#filler, statSync(this.#filler).size - octets)
  }
}

/** A folder, and the same folder through a mount that can be read only for a while. */
export class ReadOnlyView {
  readonly source = mkdtempSync(join(tmpdir(), 'signet-disk-'))
  readonly folder = join(mkdtempSync(join(tmpdir(), 'signet-disk-')), 'view')

  constructor() {
    mkdirSync(this.folder)
    execFileSync('mount', ['--bind', this.source, this.folder])
    after(() => {
      execFileSync('umount', ['-l', this.folder])
      for (const folder of [this.source, join(this.folder, '..')]) rmSync(folder, { recursive: true, force: true })
    })
  }

  close(): void {
    this.#remount('ro')
  }

  open(): void {
    this.#remount('rw')
  }

  #remount(mode: 'ro' | 'rw'): void {
    execFileSync('mount', ['-o', `remount,${mode},bind`, this.folder])
  }
}
