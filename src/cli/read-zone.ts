/** Reads a zone from a file for commands that look at it as a whole. */
import type { Name } from '../dns/name/index.ts'
import { type LoadedRecords, loadRecords, Zone } from '../zone/index.ts'
import { openZoneInput, parseFormat, type ZoneInputFlags } from './zone-input.ts'

export type ReadZone = { readonly zone: Zone; readonly loaded: LoadedRecords }

/** `begin` is told how large the file is, before it is read. Throws DnsError `input-unreadable`, or TextError. */
export function readZone(
  file: string,
  apex: Name,
  flags: ZoneInputFlags,
  begin: (octets: number) => void = () => {},
): ReadZone {
  const format = parseFormat(flags)
  const input = openZoneInput(file, flags)
  try {
    begin(input.size)
    const loaded = loadRecords(input.source, apex, { include: input.include, textLength: input.size, format })
    return { zone: Zone.arrange(apex, loaded.table), loaded }
  } finally {
    input.close()
  }
}
