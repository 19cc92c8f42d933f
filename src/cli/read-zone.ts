/** Reads a zone from a file for commands that look at it as a whole. */
import type { Name } from '../dns/name/index.ts'
import { loadRecords, type OutOfZone, Zone } from '../zone/index.ts'
import { openZoneInput, type ZoneInputFlags } from './zone-input.ts'

export type ReadZone = { readonly zone: Zone; readonly outOfZone: OutOfZone; readonly octets: number }

/** `begin` is told how large the file is, before it is read. Throws DnsError `input-unreadable`, or TextError. */
export function readZone(
  file: string,
  apex: Name,
  flags: ZoneInputFlags,
  begin: (octets: number) => void = () => {},
): ReadZone {
  const input = openZoneInput(file, flags)
  try {
    begin(input.size)
    const { table, outOfZone } = loadRecords(input.source, apex, { include: input.include, textLength: input.size })
    return { zone: Zone.arrange(apex, table), outOfZone, octets: input.size }
  } finally {
    input.close()
  }
}
