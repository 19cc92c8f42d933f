/**
 * Families of metrics whose values are read from the server at each scrape and kept nowhere else: a counter, a gauge or a
 * histogram of prom-client whose content is replaced whole.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { LatencyHistogram } from '../server/index.ts'

/** One value and its labels, in the order of the family's label names. */
export type Sample = readonly [value: number, ...labels: string[]]

/** Reads the samples of a family out of what was collected for this scrape. */
export type Family<T> = {
  readonly name: `signet_${string}`
  readonly help: string
  readonly kind: 'counter' | 'gauge'
  readonly labels: readonly string[]
  readonly read: (collected: T) => Iterable<Sample>
}

/** Registers the families; the result puts what was collected into them. */
export function registerFamilies<T>(registry: Registry, families: readonly Family<T>[]): (collected: T) => void {
  const fillers = families.map((family) => {
    const { name, help, kind } = family
    const configuration = { name, help, labelNames: [...family.labels], registers: [registry] }
    const metric = kind === 'counter' ? new Counter(configuration) : new Gauge(configuration)
    return (collected: T): void => {
      metric.reset()
      for (const [value, ...labels] of family.read(collected)) {
        metric.inc(Object.fromEntries(family.labels.map((label, i) => [label, labels[i] ?? ''])), value)
      }
    }
  })
  return (collected) => {
    for (const fill of fillers) fill(collected)
  }
}

/** A histogram that was counted elsewhere. */
export class CountedHistogram extends Histogram {
  readonly #name: string
  readonly #help: string
  #counted: LatencyHistogram = { buckets: [], count: 0, sumSeconds: 0 }

  constructor(registry: Registry, name: `signet_${string}`, help: string) {
    super({ name, help, registers: [registry] })
    this.#name = name
    this.#help = help
  }

  fill(counted: LatencyHistogram): void {
    this.#counted = counted
  }

  /** What the registry prints. */
  getForPromString() {
    const { buckets, count, sumSeconds } = this.#counted
    const line = (suffix: string, value: number, labels = {}) => ({
      metricName: `${this.#name}_${suffix}`,
      labels,
      value,
    })
    const values = [
      ...buckets.map(({ upToSeconds, count: upTo }) => line('bucket', upTo, { le: upToSeconds })),
      line('bucket', count, { le: '+Inf' }),
      line('sum', sumSeconds),
      line('count', count),
    ]
    return { name: this.#name, help: this.#help, type: 'histogram', values }
  }
}
