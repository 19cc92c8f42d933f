/**
 * `signet zone sign`: a zone file in, a signed zone file out. Reading, planning and writing happen here; signatures and text
 * are made by workers when the zone is large enough to gain from them.
 */

import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { showTime } from '../dns/presentation/index.ts'
import { isSameFile, siblingPath } from '../store/index.ts'
import { appendWord, parseZoneName } from './arguments.ts'
import { warn } from './outcome.ts'
import { printLines, printObject } from './output.ts'
import { type SignSummary, signZoneFile } from './sign-zone-file.ts'
import { type CollectedOptions, collectSigningOptions, type SignFlags } from './signing-flags.ts'
import { addZoneInputOptions, parseFormat, type ZoneInputFlags } from './zone-input.ts'

export function command(program: Command): Command {
  program
    .argument('<file>', 'the zone file; - is standard input')
    .requiredOption('--zone <name>', 'the name of the zone')
    .requiredOption('--keys <folder>', 'where its keys are')
    .option('--out <file>', 'where the signed zone goes; - is standard output')
    .option('--in-place', 'put the signed zone in the place of the zone file')
  addZoneInputOptions(program)
    .option('--serial <policy>', 'keep, increment, unixtime or date', 'keep')
    .option('--zonemd [hash]', 'put in a digest of the zone: sha384 (default), sha512 or both')
    .option('--profile <name>', 'defaults of modern, windows-2012 or windows-2008r2', 'modern')
    .option('--jobs <n>', 'workers; without it one a processor for large zones')
  program
    .optionsGroup('Keys (without --sign-with: those whose dates say that they sign now):')
    .option('--sign-with <key>', 'sign with this key: its name, tag or friendly name; again for more', appendWord)
    .option('--publish <key>', 'put this key into the DNSKEY RRset, do not sign with it; again for more', appendWord)
    .option('--key-password <source>', 'for PKCS#12 keys: file:PATH or env:NAME')
  program
    .optionsGroup('Denial of existence:')
    .option('--denial <kind>', 'nsec or nsec3; as the zone had it (NSEC3PARAM), else nsec')
    .option('--nsec3-iterations <n>', 'additional iterations; 0 is what RFC 9276 asks for')
    .option('--nsec3-salt <hex>', 'salt; - is none, which is what RFC 9276 asks for')
    .option('--opt-out', 'leave delegations without DS out of the NSEC3 chain')
  program
    .optionsGroup('Times (YYYYMMDDHHMMSS in UTC, UNIX seconds, ISO 8601, or from now: +14d, -1h):')
    .option('--inception <time>', 'when signatures begin; an hour ago')
    .option('--expiration <time>', 'when signatures end; in 30 days')
    .option('--dnskey-expiration <time>', 'when the signatures over the DNSKEY RRset end')
    .option('--jitter <duration>', 'spread expirations over this time before the end', '0')
  return program
    .optionsGroup('Result:')
    .addHelpText('after', '\nBeside the signed zone it writes dsset-ZONE (DS records for the parent) and keyset-ZONE.')
    .action(sign)
}

async function sign(file: string, flags: SignFlags & ZoneInputFlags & { readonly json?: boolean }): Promise<void> {
  const apex = parseZoneName(flags.zone)
  const out = chooseOutput(file, flags)
  if (out === '-' && flags.json === true) {
    throw new DnsError('usage', '--json and --out - both want standard output: choose one')
  }
  const format = parseFormat(flags)
  const collected = await collectSigningOptions(apex, flags)
  for (const warning of collected.warnings) warn(warning)
  const summary = await signZoneFile({
    file,
    input: flags,
    out,
    inPlace: flags.inPlace === true,
    apex,
    format,
    ...collected,
  })
  if (flags.json === true) printObject(summary)
  else if (out !== '-') printLines(describe(summary, collected, siblingPath(out, 'dsset-', apex)))
}

/** Where the signed zone goes. Whether that is a file that was read shows when all of them are open. */
function chooseOutput(file: string, { out, inPlace }: SignFlags): string {
  if (inPlace !== true) {
    if (out === undefined) throw new DnsError('usage', 'say with --out where the signed zone goes')
    return out
  }
  if (file === '-') throw new DnsError('usage', '--in-place: standard input has no place to put the signed zone')
  if (out !== undefined && !isSameFile(file, out)) {
    throw new DnsError('usage', `--in-place puts the signed zone in the place of ${file}: leave out --out ${out}`)
  }
  return out ?? file
}

function describe(summary: SignSummary, { options }: CollectedOptions, dsset: string): string[] {
  const { zone, serial, denial, records, signatures, out } = summary
  const end = Math.min(options.expiration, options.dnskeyExpiration ?? options.expiration) - options.jitterSeconds
  return [
    `${zone} serial ${serial} is signed: ${records} records, ${signatures} of them signatures, ${denial.toUpperCase()}`,
    `signed zone: ${out}, good until ${showTime(end)}`,
    `for the parent: ${dsset}`,
  ]
}
