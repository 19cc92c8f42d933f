/** Binary search over anything that is in order. */

/** How many of `n` places come before the first for which this does not hold; it holds for none after that. */
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
