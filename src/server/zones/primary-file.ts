/** The master file of a primary zone: read and checked, and known again when it has not changed. */
import { DnsError } from '../../dns/errors.ts'
import type { Name } from '../../dns/name/index.ts'
import { isZoneFileUnchanged, openZoneFile, type ZoneFileMark, ZoneFileMarker } from '../../store/index.ts'
import { checkZone, describeWindowsTtl, type LoadedRecords, loadRecords, Zone } from '../../zone/index.ts'
import type { PrimaryZoneSettings } from '../configuration/index.ts'
import type { Logs } from '../logs.ts'

/** Faults that a log line lists. */
const SHOWN_FAULTS = 10

type FileSettings = Pick<PrimaryZoneSettings, 'name' | 'file' | 'format' | 'checks' | 'includeFolders'>

export type ReadFile = {
  readonly zone: Zone
  readonly mark: ZoneFileMark
  /** The `format` that it was read with: another one may give other TTLs. */
  readonly format: PrimaryZoneSettings['format']
}

/** What the file may include. */
function includesOf({ includeFolders }: FileSettings): { includeFolders: readonly string[]; includeSetting: string } {
  return { includeFolders, includeSetting: '`includeFolders` of the zone' }
}

/** Whether the file, with what it includes, is the one that was read. */
export function isFileUnchanged(settings: FileSettings, read: Omit<ReadFile, 'zone'>): boolean {
  const { file, format } = settings
  return file !== undefined && read.format === format && isZoneFileUnchanged(file, read.mark, includesOf(settings))
}

/** Reads and checks the file. Rejects with DnsError. */
export async function readPrimaryFile(settings: FileSettings, { log }: Logs): Promise<ReadFile> {
  const { file, format, checks, name } = settings
  if (file === undefined) throw new DnsError('zone-invalid', `${name} has no file`)
  const marker = new ZoneFileMarker()
  const input = openZoneFile(file, { ...includesOf(settings), marker })
  try {
    const loaded = loadRecords(input.source, name, { include: input.include, textLength: input.size, format })
    const { table, windowsTtl } = loaded
    const zone = Zone.arrange(name, table)
    if (zone.soa < 0) throw new DnsError('zone-invalid', `${file}: there is no SOA record of ${name}`)
    if (checks !== 'off') check(name, zone, loaded, checks === 'refuse', log)
    if (windowsTtl !== undefined) log.info({ zone: name.toString(), file }, describeWindowsTtl(windowsTtl))
    return { zone, mark: marker.finish(), format }
  } finally {
    input.close()
  }
}

function check(name: Name, zone: Zone, loaded: LoadedRecords, refuse: boolean, log: Logs['log']): void {
  const report = checkZone(zone, loaded)
  for (const { code, severity, owner, message } of report.faults.slice(0, SHOWN_FAULTS)) {
    const fields = { zone: name.toString(), code, owner }
    if (severity === 'error') log.warn(fields, message)
    else log.info(fields, message)
  }
  if (!refuse || report.verdict === 'good') return
  const first = report.faults.find(({ severity }) => severity === 'error')
  throw new DnsError('zone-invalid', `${name}: ${first?.owner ?? ''} ${first?.message ?? 'the checks failed'}`)
}
