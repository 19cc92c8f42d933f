/** `signet zone check`: loads a zone file and checks what can be checked without cryptography. */
import type { Command } from 'commander'
import { checkZone, describeWindowsTtl } from '../zone/index.ts'
import { parseZoneName } from './arguments.ts'
import { printFaults, printJson, summarize } from './faults.ts'
import { EXIT, warn } from './outcome.ts'
import { printLine } from './output.ts'
import { terminalProgress } from './progress.ts'
import { readZone } from './read-zone.ts'
import { addZoneInputOptions, type ZoneInputFlags } from './zone-input.ts'

type Flags = ZoneInputFlags & { readonly zone: string; readonly json?: boolean }

export function command(program: Command): Command {
  return addZoneInputOptions(
    program
      .argument('<file>', 'the zone file; - is standard input')
      .requiredOption('--zone <name>', 'the name of the zone'),
  ).action(check)
}

function check(file: string, flags: Flags): void {
  const apex = parseZoneName(flags.zone)
  const progress = terminalProgress()
  progress.show('reading')
  const { zone, loaded } = readZone(file, apex, flags)
  const report = checkZone(zone, loaded)
  progress.clear()
  if (loaded.windowsTtl !== undefined) warn(describeWindowsTtl(loaded.windowsTtl))
  const { names, records, isSigned } = report
  if (flags.json === true) printJson(apex.toString(), report, { names, records, isSigned })
  else {
    printFaults(report.faults)
    const size = `${names} names, ${records} records, ${isSigned ? 'signed' : 'not signed'}`
    printLine(
      `${apex} serial ${report.serial} is ${report.verdict}: ${summarize(report.counts, report.omitted)}; ${size}`,
    )
  }
  if (report.verdict === 'bad') process.exitCode = EXIT.bad
}
