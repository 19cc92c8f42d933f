/**
 * `signet zone sign`: a zone file in, a signed zone file out. Reading, planning and writing happen here; signatures and text
 * are made by workers when the zone is large enough to gain from them.
 */
import type { Command } from 'commander'
import { parseZoneName } from './arguments.ts'
import { warn } from './outcome.ts'
import { signZoneFile } from './sign-zone-file.ts'
import { collectSigningOptions, type SignFlags } from './signing-flags.ts'

export function command(program: Command): Command {
  return program
    .argument('<file>', 'the zone file; - is standard input')
    .requiredOption('--zone <name>', 'the name of the zone')
    .requiredOption('--keys <folder>', 'where its keys are')
    .requiredOption('--out <file>', 'where the signed zone goes; - is standard output')
    .option('--denial <kind>', 'nsec or nsec3; as the zone had it (NSEC3PARAM), else nsec')
    .option('--nsec3-iterations <n>', 'additional iterations; 0 is what RFC 9276 asks for')
    .option('--nsec3-salt <hex>', 'salt; - is none, which is what RFC 9276 asks for')
    .option('--opt-out', 'leave delegations without DS out of the NSEC3 chain')
    .option('--inception <time>', 'when signatures begin; an hour ago')
    .option('--expiration <time>', 'when signatures end; in 30 days')
    .option('--dnskey-expiration <time>', 'when the signatures over the DNSKEY RRset end')
    .option('--jitter <duration>', 'spread expirations over this time before the end', '0')
    .option('--serial <policy>', 'keep, increment, unixtime or date', 'keep')
    .option('--zonemd [hash]', 'put in a digest of the zone: sha384 (default), sha512 or both')
    .option('--sign-with <key>', 'sign with this key only: its name, tag or friendly name; again for more', append, [])
    .option(
      '--publish <key>',
      'put this key into the DNSKEY RRset, but do not sign with it; again for more',
      append,
      [],
    )
    .option('--jobs <n>', 'workers; as many as there are processors')
    .option('--profile <name>', 'modern, windows-2012 or windows-2008r2', 'modern')
    .option('--key-password <source>', 'for PKCS#12 keys: file:PATH or env:NAME')
    .action(async (file: string, flags: SignFlags & { json?: boolean }) => {
      const apex = parseZoneName(flags.zone)
      const options = await collectSigningOptions(apex, flags)
      for (const warning of options.warnings) warn(warning)
      const summary = await signZoneFile({ file, out: flags.out, apex, ...options })
      if (flags.json === true) console.log(JSON.stringify(summary))
    })
}

function append(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}
