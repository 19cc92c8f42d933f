/** Asking the servers of others. */
export type { UpstreamCounters, UpstreamGauges } from './counters.ts'
export * from './network-upstream.ts'
export { DEFAULT_PORT_SETTINGS, type PortSettings } from './port-pool.ts'
export { answersQuery, questionEnd } from './question.ts'
export { type ConnectionSettings, DEFAULT_CONNECTION_SETTINGS } from './stream-servers.ts'
export { TimerWheel } from './timer-wheel.ts'
