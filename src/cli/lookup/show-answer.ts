/** Answers for people: one question, its status, the records in columns, and where it came from. */
import { formatTable } from '../../dns/presentation/index.ts'
import { rdataText, typeMnemonic } from '../../dns/rr/index.ts'
import type { MessageRecord } from '../../dns/wire/index.ts'
import type { RRset } from '../../dnssec/index.ts'

const RRSIG = 46

export type ShownRecord = {
  readonly owner: string
  readonly ttl: number
  readonly type: string
  readonly data: string
}

export function shownRecord({ owner, ttl, type, rdata }: Omit<MessageRecord, 'class'>): ShownRecord {
  return { owner: owner.toString(), ttl, type: typeMnemonic(type), data: rdataText(type, rdata) }
}

/** The records of RRsets, with their signatures when they are wanted. */
export function shownSets(sets: readonly RRset[], withSignatures: boolean): ShownRecord[] {
  return sets.flatMap(({ owner, ttl, type, rdatas, signatures }) => [
    ...rdatas.map((rdata) => shownRecord({ owner, ttl, type, rdata })),
    ...(withSignatures ? signatures.map((rdata) => shownRecord({ owner, ttl, type: RRSIG, rdata })) : []),
  ])
}

/** `answer` and its records below it; nothing for an empty section. */
export function sectionText(title: string, records: readonly ShownRecord[]): string[] {
  if (records.length === 0) return []
  const rows = records.map(({ owner, ttl, type, data }) => ['', owner, String(ttl), type, data])
  return [title, ...formatTable(rows)]
}
