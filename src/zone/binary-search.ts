/** Binary search over anything that is in order. */

/** Returns how many of `n` places precede the first one for which this does not hold. It holds for no later one. */
export function countFirst(n: number, holds: (place: number) => boolean): number {
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) low = middle + 1
    else high = middle
  }
  return low
}
