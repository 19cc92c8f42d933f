/**
 * `signet zone print`: a zone file as any tool reads it, one record a line with names in full; in canonical order and form
 * (RFC 4034 §6), so that two zones can be compared; or grouped as a person would write it.
 */
import type { Command } from 'commander'
import { type Name, skipName } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { TextWriter } from '../dns/presentation/index.ts'
import { typeMnemonic } from '../dns/rr/index.ts'
import { GroupedPrinter, printRecord } from '../dns/text/index.ts'
import { lowerName } from '../dnssec/index.ts'
import { FileBeingWritten } from '../store/index.ts'
import { describeLoading, loadRecords, type RecordTable, writeCanonicalTail, Zone } from '../zone/index.ts'
import { parseZoneName } from './arguments.ts'
import { warn } from './outcome.ts'
import { addZoneInputOptions, openZoneInput, parseFormat, type ZoneInputFlags } from './zone-input.ts'

type Flags = ZoneInputFlags & {
  readonly zone: string
  readonly canonical?: boolean
  readonly grouped?: boolean
  readonly json?: boolean
}

export function command(program: Command): Command {
  program
    .argument('<file>', 'the zone file; - is standard input')
    .requiredOption('--zone <name>', 'the name of the zone')
  return addZoneInputOptions(program)
    .option('--canonical', 'in canonical order, names in lower case where DNSSEC has them so, no record twice')
    .option('--grouped', 'with $ORIGIN and $TTL, names relative and each owner once')
    .addHelpText('after', '\nWith --json each line is one record as a JSON object.')
    .action(print)
}

/** Octets of text that are gathered before they are written. */
const BLOCK = 1 << 17

/** One record where it stands: in the table, or in canonical form elsewhere. */
type Printer = (
  octets: Uint8Array,
  ownerAt: number,
  type: number,
  ttl: number,
  rdataAt: number,
  rdataLength: number,
) => void

async function print(file: string, flags: Flags): Promise<void> {
  const apex = parseZoneName(flags.zone)
  const table = readTable(file, apex, flags)
  const out = new TextWriter(BLOCK + 8192)
  const print = choosePrinter(flags, out, apex, table)
  const output = new FileBeingWritten('-')
  const order = flags.canonical === true ? Zone.arrange(apex, table).records : undefined
  const count = order?.length ?? table.count
  for (let i = 0; i < count; i++) {
    if (order === undefined) printAsItStands(table, i, print)
    else printCanonical(table, order[i]!, print)
    if (out.length < BLOCK) continue
    output.write(out.octets.subarray(0, out.length))
    out.clear()
  }
  output.write(out.octets.subarray(0, out.length))
}

function readTable(file: string, apex: Name, flags: Flags): RecordTable {
  const format = parseFormat(flags)
  const input = openZoneInput(file, flags)
  try {
    const loaded = loadRecords(input.source, apex, { include: input.include, textLength: input.size, format })
    for (const note of describeLoading(loaded, apex)) warn(note)
    return loaded.table
  } finally {
    input.close()
  }
}

function choosePrinter(flags: Flags, out: TextWriter, apex: Name, table: RecordTable): Printer {
  if (flags.json === true) return (...record) => printJson(out, ...record)
  if (flags.grouped !== true) return (...record) => printRecord(...record, out)
  const grouped = new GroupedPrinter(out, apex.octets, commonestTtl(table))
  return (...record) => grouped.record(...record)
}

function printJson(out: TextWriter, ...[octets, ownerAt, type, ttl, rdataAt, rdataLength]: Parameters<Printer>): void {
  const line = new TextWriter(512)
  printRecord(octets, ownerAt, type, ttl, rdataAt, rdataLength, line)
  const [owner = '', , , , ...rdata] = line.toString().trimEnd().split('\t')
  const record = { owner, ttl, type: typeMnemonic(type), rdata: rdata.join('\t') }
  out.ascii(`${JSON.stringify(record)}\n`)
}

/** The TTL for `$TTL`: the one that most records have. */
function commonestTtl(table: RecordTable): number {
  const counts = new Map<number, number>()
  for (let i = 0; i < table.count; i++) counts.set(table.ttl[i]!, (counts.get(table.ttl[i]!) ?? 0) + 1)
  const [best] = [...counts].sort(([, a], [, b]) => b - a)
  return best?.[0] ?? 0
}

function printAsItStands(table: RecordTable, index: number, print: Printer): void {
  const { octets, owner, type, ttl, rdata, rdataLength } = table
  print(octets, owner[index]!, type[index]!, ttl[index]!, rdata[index]!, rdataLength[index]!)
}

const form = new OctetWriter(1024)
/** Type, class, TTL and length stand between owner and RDATA. */
const FIXED = 10

function printCanonical(table: RecordTable, index: number, print: Printer): void {
  const owner = table.owner[index]!
  const ttl = table.ttl[index]!
  form.clear()
  lowerName(table.octets, owner, skipName(table.octets, owner), form)
  const rdataAt = form.length + FIXED
  writeCanonicalTail(table, index, ttl, form)
  print(form.octets, 0, table.type[index]!, ttl, rdataAt, form.length - rdataAt)
}
