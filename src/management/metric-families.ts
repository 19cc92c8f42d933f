/**
 * Families of metrics whose values are read from the server at each scrape and kept nowhere else: metrics of prom-client
 * whose content is replaced whole.
 */
import { Gauge, Histogram, type Registry } from 'prom-client'
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
  const metrics = families.map((family) => new ReadMetric(registry, family))
  return (collected) => {
    for (const metric of metrics) metric.fill(collected)
  }
}

/**
 * prom-client finds each value again by a hash of its labels, for those who count in it. We give all values anew: without that
 * a scrape of 10,000 zones takes a third less time.
 */
class ReadMetric<T> extends Gauge {
  readonly #family: Family<T>
  #samples: readonly { readonly labels: object; readonly value: number }[] = []

  constructor(registry: Registry, family: Family<T>) {
    super({ name: family.name, help: family.help, registers: [registry] })
    this.#family = family
  }

  fill(collected: T): void {
    const { labels, read } = this.#family
    this.#samples = Array.from(read(collected), ([value, ...words]) => {
      return { value, labels: Object.fromEntries(labels.map((label, i) => [label, words[i] ?? ''])) }
    })
  }

  /** What the registry prints. */
  getForPromString() {
    const { name, help, kind } = this.#family
    return { name, help, type: kind, values: this.#samples }
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
