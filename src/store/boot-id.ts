/** Which boot of the system this is. */
import { readlinkSync } from 'node:fs'
import { readInputFile } from './input-file.ts'

/** Linux: a random UUID that is made at each boot (random(4)), the same in all containers of a machine. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id'
/** Linux: a container may count from another moment (time_namespaces(7)). */
const TIME_NAMESPACE = '/proc/self/ns/time'

/** Identifies what `monotonicNanoseconds` counts from; undefined where the system does not say. */
export function readBootId(): string | undefined {
  try {
    return `${readInputFile(BOOT_ID, 64).octets.toString('latin1').trim()} ${readlinkSync(TIME_NAMESPACE)}`
  } catch {
    return undefined
  }
}
