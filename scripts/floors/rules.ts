/**
 * The house as tables: which folder of `src/` stands on which floor, and what may pass between them.
 * A file imports from its own folder or from a lower floor. Everything else that is allowed is a row here, with its reason.
 */

/** Folder of `src/` → its floor. A file directly in `src/` is the face of the package and stands on the top floor. */
export const FLOORS: Readonly<Record<string, number>> = {
  dns: 1,
  ports: 1,
  dnssec: 2,
  tsig: 2,
  zone: 3,
  signer: 3,
  transfer: 3,
  update: 3,
  authority: 4,
  validator: 4,
  resolver: 4,
  client: 4,
  clock: 5,
  transport: 5,
  threads: 5,
  store: 5,
  directory: 5,
  server: 6,
  management: 6,
  cli: 7,
  '': 7,
}

/** Floors up to this one are pure: time, randomness, sockets and files come in as arguments. */
export const HIGHEST_PURE_FLOOR = 4

/** One-way edges between folders of one floor. */
export const SAME_FLOOR_EDGES: readonly { readonly from: string; readonly to: string; readonly reason: string }[] = [
  { from: 'ports', to: 'dns', reason: 'the interfaces speak of names, messages and records' },
  { from: 'tsig', to: 'dnssec', reason: 'SIG(0) signs a message with the algorithms and keys of DNSSEC' },
  { from: 'signer', to: 'zone', reason: 'a signer reads a zone and gives back a change of it' },
  { from: 'transfer', to: 'zone', reason: 'a transfer is a zone, or the difference of two versions, on the wire' },
  { from: 'update', to: 'zone', reason: 'prerequisites are lookups, an update is a change of a zone' },
  { from: 'resolver', to: 'validator', reason: 'the resolver asks for the verdict on what it fetched' },
  { from: 'client', to: 'validator', reason: 'a client may validate on its own, with the same verdicts' },
  { from: 'transport', to: 'clock', reason: 'connections and queries have time limits' },
  { from: 'threads', to: 'clock', reason: 'each thread reads the one clock' },
  { from: 'threads', to: 'transport', reason: 'a worker of the data plane owns its sockets' },
  { from: 'threads', to: 'store', reason: 'a worker reads and writes its own part of a large file' },
  { from: 'management', to: 'server', reason: 'the handlers of the API steer the running server' },
]

/** Sub-folders of `dns/` and single files of it that others import by name: `dns/` has no index of its own. */
export const DNS_FACES: readonly string[] = [
  'dns/name/index.ts',
  'dns/rr/index.ts',
  'dns/wire/index.ts',
  'dns/text/index.ts',
  'dns/presentation/index.ts',
  'dns/errors.ts',
  'dns/memory.ts',
  'dns/octets.ts',
  'dns/serial.ts',
]

/** Folders whose every file is a face: each port is a file of its own. */
export const OPEN_FOLDERS: readonly string[] = ['ports']

/** Deep imports past a face, where a measurement asked for them. `from` is a file or a folder that ends in a slash. */
export const DEEP_IMPORTS: readonly { readonly from: string; readonly to: string; readonly reason: string }[] = [
  {
    from: 'threads/shared-keys.ts',
    to: 'store/key-folder-store.ts',
    reason: 'each signing worker opens its keys: all of the store takes it 150 ms of CPU time to load, this file 20',
  },
  {
    from: 'threads/store-worker.ts',
    to: 'store/state.ts',
    reason: 'every server starts a store thread: all of the store takes it 340 ms of CPU time to load, the state 200',
  },
  {
    from: 'threads/store-orders.ts',
    to: 'store/unwritable.ts',
    reason: 'the same',
  },
]

/** Which folders may import a module of Node.js. A module that is not here is free from floor 5 up. */
export const NODE_MODULES: Readonly<Record<string, readonly string[]>> = {
  crypto: ['dnssec', 'tsig', 'transport', 'threads', 'store', 'directory', 'server', 'management', 'cli'],
  dgram: ['transport'],
  net: ['transport'],
  tls: ['transport'],
  http: ['transport'],
  https: ['transport'],
  http2: ['transport'],
  dns: [],
  worker_threads: ['threads'],
  fs: ['store'],
  sqlite: ['store'],
  url: ['dns', 'transport', 'threads', 'store', 'directory', 'server', 'management', 'cli'], // in dns for IDNA
}

/**
 * Which folders may import a package. One that is not here needs a row, and three lines in docs/adr
 * that say why it and not code of our own; development dependencies are for tests only.
 */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@peculiar/x509': ['dnssec', 'store'], // self-signed certificates that carry signing keys
  'reflect-metadata': ['dnssec', 'store'], // asked for by @peculiar/x509
  asn1js: ['dnssec', 'store'], // PKCS#12 and PKCS#8
  pkijs: ['dnssec', 'store'], // PKCS#12
  commander: ['cli'],
  'fast-xml-parser': ['store', 'cli'], // root-anchors.xml
  koffi: ['transport'], // batched UDP, notification of the service manager
  fastify: ['management'],
  'prom-client': ['management'],
  pino: ['server', 'management', 'cli'], // structured logs
  zod: ['server', 'management'], // one schema for configuration and API
  yaml: ['server'],
  'ipaddr.js': ['server', 'transport'],
}

/** Files that may read a clock of the system; those of tests may, too. All else is given the one clock of the server. */
export const CLOCK_READERS: readonly { readonly file: string; readonly reason: string }[] = [
  { file: 'src/clock/sources.ts', reason: 'what the one clock is made of' },
  { file: 'src/cli/times.ts', reason: 'a command has one thread and one time: that of its start' },
]

/** No page is longer than this, unless it is a test or one of the data tables below. */
export const MAX_LINES = 350

/** Tables of data, which are as long as what they list. */
export const DATA_TABLES: readonly string[] = []

/** Tests and what only they use: exempt from floors, purity and length; no other file may import one. */
export const TEST_FILE = /\.(test|fixture)\.ts$/
