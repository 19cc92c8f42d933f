/** The benchmarks of whole servers, by name; each takes its size. Each loads what it needs only when it runs. */
export const PEER_BENCHMARKS: Readonly<Record<string, (size: number | undefined) => Promise<void>>> = {
  'serve-threads': async (seconds) => (await import('./serve-threads.ts')).run(seconds),
  'transfer-out': async (records) => (await import('./transfer-out.ts')).run(records),
  'many-zones': async (zones) => (await import('./many-zones.ts')).run(zones),
  'catalog-gap': async (members) => (await import('./catalog-gap.ts')).run(members),
  'resolver-soak': async (minutes) => (await import('./resolver-soak.ts')).run(minutes),
  soak: async (minutes) => (await import('./soak.ts')).run(minutes),
}
