/** All commands: the words that name one, a line about it, and how its file is loaded. */
import type { Command } from 'commander'

export type CommandEntry = {
  readonly path: readonly string[]
  readonly summary: string
  /** The file's `command` adds options and the action. */
  readonly load: () => Promise<{ readonly command: (program: Command) => Command }>
}

export const COMMANDS: readonly CommandEntry[] = [
  { path: ['key', 'generate'], summary: 'make a signing key', load: () => import('./key-generate.ts') },
  { path: ['key', 'list'], summary: 'list the keys of a folder', load: () => import('./key-list.ts') },
  { path: ['key', 'import'], summary: 'take a key from another form', load: () => import('./key-import.ts') },
  { path: ['key', 'export'], summary: 'give a key in another form', load: () => import('./key-export.ts') },
  { path: ['key', 'dates'], summary: "show or change a key's dates", load: () => import('./key-dates.ts') },
  { path: ['key', 'ds'], summary: 'print DS records of keys', load: () => import('./key-ds.ts') },
  { path: ['zone', 'sign'], summary: 'sign a zone from file to file', load: () => import('./zone-sign.ts') },
  { path: ['zone', 'verify'], summary: 'prove a signed zone good', load: () => import('./zone-verify.ts') },
  {
    path: ['zone', 'check'],
    summary: 'load a zone and check it, without cryptography',
    load: () => import('./zone-check.ts'),
  },
  { path: ['zone', 'print'], summary: 'print a zone, one record a line', load: () => import('./zone-print.ts') },
  { path: ['demo'], summary: 'sign and verify the example zone', load: () => import('./demo.ts') },
]
