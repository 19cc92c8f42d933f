/**
 * `signet zone verify`: proves a signed zone good, or tells every fault. Workers check signatures when the zone is large; they
 * load while this thread reads.
 */
import type { Command } from 'commander'
import { readAnchorFile } from '../store/index.ts'
import { createVerifyPool, type VerifyPool, verifyInThreads } from '../threads/index.ts'
import { describeLoading } from '../zone/index.ts'
import { appendWord, parseJobs, parseZoneName } from './arguments.ts'
import { printFaults, printJson, summarize } from './faults.ts'
import { EXIT, warn } from './outcome.ts'
import { printLine } from './output.ts'
import { terminalProgress } from './progress.ts'
import { readZone } from './read-zone.ts'
import { now, parseTime } from './times.ts'
import { addZoneInputOptions, type ZoneInputFlags } from './zone-input.ts'

type Flags = ZoneInputFlags & {
  readonly zone: string
  readonly at?: string
  readonly anchor?: readonly string[]
  readonly jobs?: string
  readonly json?: boolean
}

/** Octets of text that a record of a signed zone takes, about. */
const RECORD_TEXT = 100

export function command(program: Command): Command {
  program
    .argument('<file>', 'the signed zone file; - is standard input')
    .requiredOption('--zone <name>', 'the name of the zone')
  return addZoneInputOptions(program)
    .option('--at <time>', 'when its signatures are to be valid; now')
    .option(
      '--anchor <file>',
      'DS or DNSKEY records, TrustAnchors.dns or root-anchors.xml that vouch for its keys; again for more',
      appendWord,
    )
    .option('--jobs <n>', 'workers; without it one a processor for large zones')
    .action(verify)
}

async function verify(file: string, flags: Flags): Promise<void> {
  const apex = parseZoneName(flags.zone)
  const at = flags.at === undefined ? now() : parseTime('--at', flags.at)
  const workers = parseJobs(flags.jobs)
  const anchors = flags.anchor?.flatMap((path) => readAnchorFile(path, { inherited: true }))
  const progress = terminalProgress()
  let pool: VerifyPool | undefined
  try {
    progress.show('reading')
    const start = (octets: number): void => {
      const count = workers(octets)
      if (count > 0) pool ??= createVerifyPool(count)
    }
    const { zone, loaded } = readZone(file, apex, flags, start)
    for (const note of describeLoading(loaded, apex)) warn(note)
    // How much standard input holds is known only now.
    if (file === '-') start(zone.records.length * RECORD_TEXT)
    const options = { at, ...(anchors === undefined ? {} : { anchors }) }
    const report = await verifyInThreads(zone, options, pool, (done, all) =>
      progress.show(`verifying ${apex}`, done, all),
    )
    progress.clear()
    if (flags.json === true) printJson(apex.toString(), report, { signatures: report.signatures })
    else {
      printFaults(report.faults)
      const checked = `${report.signatures} signatures checked`
      printLine(
        `${apex} serial ${report.serial} is ${report.verdict}: ${summarize(report.counts, report.omitted)}; ${checked}`,
      )
    }
    if (report.verdict === 'bad') process.exitCode = EXIT.bad
  } finally {
    progress.clear()
    await pool?.close()
  }
}
