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
  { path: ['zone', 'list'], summary: 'list the zones of the running server', load: () => import('./zone-list.ts') },
  { path: ['zone', 'status'], summary: 'show a zone of the running server', load: () => import('./zone-status.ts') },
  { path: ['zone', 'reload'], summary: 'have a zone read again', load: () => zoneControl((of) => of.reload) },
  {
    path: ['zone', 'refresh'],
    summary: 'have a secondary ask its primaries',
    load: () => zoneControl((of) => of.refresh),
  },
  {
    path: ['zone', 'retransfer'],
    summary: 'have a secondary fetch its zone anew',
    load: () => zoneControl((of) => of.retransfer),
  },
  { path: ['zone', 'notify'], summary: 'have the secondaries notified', load: () => zoneControl((of) => of.notify) },
  {
    path: ['zone', 'freeze'],
    summary: 'hold a zone still while its file is edited',
    load: () => zoneControl((of) => of.freeze),
  },
  { path: ['zone', 'thaw'], summary: 'take changes of a zone again', load: () => zoneControl((of) => of.thaw) },
  { path: ['zone', 'flush'], summary: "write a zone's changes to its file", load: () => zoneControl((of) => of.flush) },
  { path: ['zone', 'dump'], summary: 'print a zone as it is served', load: () => zoneControl((of) => of.dump) },
  { path: ['server', 'status'], summary: 'show how the running server is', load: () => import('./server-status.ts') },
  {
    path: ['server', 'reload'],
    summary: 'have configuration and zones read again',
    load: () => serverControl((of) => of.reload),
  },
  { path: ['server', 'stop'], summary: 'stop the running server', load: () => serverControl((of) => of.stop) },
  {
    path: ['server', 'querylog'],
    summary: 'log queries, or no longer',
    load: () => serverControl((of) => of.queryLog),
  },
  {
    path: ['server', 'reopen-logs'],
    summary: 'begin the files of dnstap anew',
    load: () => serverControl((of) => of.reopenLogs),
  },
  {
    path: ['resolver', 'status'],
    summary: 'show how the resolver is',
    load: () => resolverControl((of) => of.status),
  },
  { path: ['resolver', 'flush'], summary: 'forget what is cached', load: () => resolverControl((of) => of.flush) },
  {
    path: ['resolver', 'failures'],
    summary: 'list the failures that are recorded',
    load: () => resolverControl((of) => of.failures),
  },
  { path: ['resolver', 'dump'], summary: 'print what is cached', load: () => resolverControl((of) => of.dump) },
  { path: ['trust-point', 'list'], summary: 'list the trust points', load: () => trustControl((of) => of.list) },
  {
    path: ['trust-point', 'refresh'],
    summary: 'have the keys of trust points looked at now',
    load: () => trustControl((of) => of.refresh),
  },
  { path: ['trust-point', 'add'], summary: 'trust more keys', load: () => trustControl((of) => of.add) },
  {
    path: ['trust-point', 'remove'],
    summary: 'trust a zone or key no longer',
    load: () => trustControl((of) => of.remove),
  },
  {
    path: ['trust-point', 'fetch-root'],
    summary: "trust the root's keys that IANA signs",
    load: () => import('./trust-point-root.ts'),
  },
  {
    path: ['trust-point', 'export'],
    summary: 'print the trust anchors as records',
    load: () => trustControl((of) => of.exportAnchors),
  },
  {
    path: ['negative-anchor', 'list'],
    summary: 'list the names where nothing is validated',
    load: () => trustControl((of) => of.listNegative),
  },
  {
    path: ['negative-anchor', 'add'],
    summary: 'validate nothing at and below a name for a while',
    load: () => trustControl((of) => of.addNegative),
  },
  {
    path: ['negative-anchor', 'remove'],
    summary: 'validate a name again',
    load: () => trustControl((of) => of.removeNegative),
  },
  { path: ['stats'], summary: 'show what the running server has counted', load: () => import('./stats.ts') },
  { path: ['resolve'], summary: 'ask a server, or resolve and validate here', load: () => import('./resolve.ts') },
  {
    path: ['explain'],
    summary: 'show why an answer is secure, insecure or bogus',
    load: () => import('./explain.ts'),
  },
  { path: ['serve'], summary: 'run the server: zones, resolver', load: () => import('./serve.ts') },
  { path: ['demo'], summary: 'sign and verify the example zone', load: () => import('./demo.ts') },
]

type Loaded = Awaited<ReturnType<CommandEntry['load']>>

/** One of several commands that share a file. */
async function zoneControl(choose: (file: typeof import('./zone-control.ts')) => Loaded): Promise<Loaded> {
  return choose(await import('./zone-control.ts'))
}

async function serverControl(choose: (file: typeof import('./server-control.ts')) => Loaded): Promise<Loaded> {
  return choose(await import('./server-control.ts'))
}

async function resolverControl(choose: (file: typeof import('./resolver-control.ts')) => Loaded): Promise<Loaded> {
  return choose(await import('./resolver-control.ts'))
}

async function trustControl(choose: (file: typeof import('./trust-point-control.ts')) => Loaded): Promise<Loaded> {
  return choose(await import('./trust-point-control.ts'))
}
