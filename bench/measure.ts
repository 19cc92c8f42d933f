/** Times one operation that takes nanoseconds: the best of several rounds, so that what else the machine does counts little. */

const ROUNDS = 7
const ROUND_MS = 120

/** Runs `operation(i)` with a rising i; prints {name, value, unit} with nanoseconds an operation. Its results are kept alive. */
export function measure(name: string, operation: (i: number) => number): void {
  let sink = 0
  let count = 1000
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round <= ROUNDS; ) {
    const started = performance.now()
    for (let i = 0; i < count; i++) sink += operation(i)
    const elapsed = performance.now() - started
    if (elapsed < ROUND_MS) {
      count *= 2
      continue
    }
    // The first full round only warms up.
    if (round > 0) best = Math.min(best, (elapsed * 1e6) / count)
    round++
  }
  if (Number.isNaN(sink)) throw new Error(`${name} gave no number`)
  console.log(JSON.stringify({ name, value: Math.round(best * 10) / 10, unit: 'ns' }))
}
