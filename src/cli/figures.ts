/** Figures as people read them. */
import type { UnixSeconds } from '../ports/index.ts'

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
]

/** `3d 4h`: the two largest units of a duration. */
export function showDuration(seconds: number): string {
  const sign = seconds < 0 ? '-' : ''
  let rest = Math.abs(Math.round(seconds))
  const first = UNITS.findIndex(([size]) => rest >= size)
  if (first < 0) return '0s'
  const parts: string[] = []
  for (const [size, unit] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count}${unit}`)
  }
  return `${sign}${parts.join(' ')}`
}

/** `in 3d 4h` or `2m ago`. */
export function showDistance(instant: UnixSeconds, now: UnixSeconds): string {
  const distance = instant - now
  return distance >= 0 ? `in ${showDuration(distance)}` : `${showDuration(-distance)} ago`
}

export function showOctets(octets: number): string {
  let value = octets
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (value < 1024) return `${unit === 'B' ? value : value.toFixed(1)} ${unit}`
    value /= 1024
  }
  return `${value.toFixed(1)} TiB`
}
