/** `signet key generate`: makes a key for a zone and prints its name. */
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { findAlgorithm, type KeyTimes, parseAlgorithm, signingWarning } from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { PROFILES } from '../signer/index.ts'
import { KeyFolderStore, pathsOfKey, readPassword } from '../store/index.ts'
import { parseChoice, parseWhole, parseZoneName } from './arguments.ts'
import { addKeyDatesOptions, changeDates, changesDates, type KeyDatesFlags } from './key-dates-flags.ts'
import { warn } from './outcome.ts'
import { printLine, printObject } from './output.ts'
import { now } from './times.ts'

type Flags = KeyDatesFlags & {
  readonly zone: string
  readonly algorithm?: string
  readonly bits?: string
  readonly role: string
  readonly keys: string
  readonly form: string
  readonly friendlyName?: string
  readonly keyPassword?: string
  readonly profile: string
  readonly json?: boolean
}

export function command(program: Command): Command {
  program
    .requiredOption('--zone <name>', 'the zone that the key is for')
    .requiredOption('--keys <folder>', 'where the key goes; the folder is made when absent')
    .option('--algorithm <name>', 'by mnemonic, number or Windows name; ECDSAP256SHA256')
    .option('--bits <n>', 'size of an RSA key')
    .option('--role <role>', 'ksk, zsk or csk', 'csk')
    .option('--form <form>', 'bind (K*.key and .private), pem (bare PKCS#8), certificate (PEM) or pkcs12', 'bind')
    .option('--friendly-name <name>', 'name by which the key is found; of certificates ROLE-ZONE if not said')
    .option('--key-password <source>', 'for PKCS#12: file:PATH or env:NAME')
    .option('--profile <name>', 'modern, windows-2012 or windows-2008r2: algorithm and size', 'modern')
  return addKeyDatesOptions(program).action(generate)
}

async function generate(flags: Flags): Promise<void> {
  const zone = parseZoneName(flags.zone)
  const profile = PROFILES[parseChoice('--profile', flags.profile, ['modern', 'windows-2012', 'windows-2008r2'])]
  const role = parseChoice('--role', flags.role, ['ksk', 'zsk', 'csk'])
  const form = parseChoice('--form', flags.form, ['bind', 'pem', 'certificate', 'pkcs12'])
  if (form === 'pem' && (flags.friendlyName !== undefined || changesDates(flags))) {
    throw new DnsError('usage', '--form pem is a bare key, which carries neither dates nor a friendly name: take bind')
  }
  const algorithm = flags.algorithm === undefined ? profile.algorithm : parseAlgorithm(flags.algorithm)
  const row = algorithm === undefined ? 'unsupported' : findAlgorithm(algorithm)
  if (algorithm === undefined || row === 'unsupported') {
    throw new DnsError(
      'usage',
      `--algorithm: '${flags.algorithm}' is none that Signet signs with: 5, 7, 8, 10, 13, 14, 15, 16`,
    )
  }
  const profileBits = role === 'zsk' ? profile.zskBits : profile.kskBits
  const askedBits = flags.bits === undefined ? undefined : parseWhole('--bits', flags.bits, 1, 16384)
  const bits = askedBits ?? (row.family === 'rsa' && profile.algorithm === algorithm ? profileBits : undefined)
  const password = flags.keyPassword === undefined ? '' : readPassword(flags.keyPassword, process.env)
  const at = now()
  const times = firstDates(flags, at)
  const friendlyName = flags.friendlyName ?? (form === 'bind' ? undefined : `${role}-${zone}`.replace(/\.$/, ''))
  const store = new KeyFolderStore(flags.keys, { password, newKeys: { form, wall: () => at } })
  const key = await store.generate({ zone, algorithm, bits, role, times, friendlyName })
  const warning = signingWarning(row, key.bits)
  if (warning !== undefined) warn(warning)
  if (flags.json === true) printObject({ ...key.toJSON(), files: pathsOfKey(flags.keys, key.name, form) })
  else printLine(key.name)
}

/** In use at once, unless the options say otherwise: a key that signs from later on is published from now on. */
function firstDates(flags: Flags, at: UnixSeconds): KeyTimes {
  return changeDates({ created: at, publish: at, activate: at }, { activate: flags.publish, ...flags }, at)
}
