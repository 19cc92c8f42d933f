/** `signet key import`: takes keys that other tools made, in the form they have, into a key folder. */
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { FLAG_SEP, FLAG_ZONE, type PemKeyDetails, parseAlgorithm, type SigningKey } from '../dnssec/index.ts'
import { readForeignKeys, readPassword, writeKey } from '../store/index.ts'
import { parseChoice, parseZoneName } from './arguments.ts'
import { KEY_FORMS } from './key-folder-flags.ts'
import { warn } from './outcome.ts'
import { now } from './times.ts'

type Flags = {
  readonly keys: string
  readonly form: string
  readonly zone?: string
  readonly algorithm?: string
  readonly role?: string
  readonly friendlyName?: string
  readonly filePassword?: string
  readonly keyPassword?: string
  readonly json?: boolean
}

export function command(program: Command): Command {
  return program
    .argument('<file>', 'K*.key or K*.private of BIND or ldns, a PEM key, a PEM certificate with its key, or PKCS#12')
    .requiredOption('--keys <folder>', 'where the key goes; the folder is made when absent')
    .option('--form <form>', 'how it is kept: bind, pem, certificate (PEM) or pkcs12', 'bind')
    .option('--zone <name>', 'for a bare PEM key: the zone that it signs')
    .option('--algorithm <name>', 'for a bare PEM key: the algorithm, by mnemonic or number')
    .option('--role <role>', 'for a bare PEM key: ksk, zsk or csk')
    .option('--friendly-name <name>', 'name by which the key is found')
    .option('--file-password <source>', 'of a PKCS#12 file that is read: file:PATH or env:NAME')
    .option('--key-password <source>', 'for PKCS#12 in the folder: file:PATH or env:NAME')
    .addHelpText(
      'after',
      '\nA PEM key says neither zone nor algorithm nor role (RSA/SHA-1 and RSA/SHA-256 keys look the same): tell all three.',
    )
    .action(importKeys)
}

async function importKeys(file: string, flags: Flags): Promise<void> {
  const form = parseChoice('--form', flags.form, KEY_FORMS)
  const details = readDetails(flags)
  const found = await readForeignKeys(file, {
    ...(details === undefined ? {} : { details }),
    ...(flags.filePassword === undefined ? {} : { password: readPassword(flags.filePassword, process.env) }),
  })
  const password = flags.keyPassword === undefined ? '' : readPassword(flags.keyPassword, process.env)
  const at = now()
  for (const each of found) {
    const key = each.with({ friendlyName: friendlyNameOf(each, form, flags) })
    if (key.privateKey === undefined) warn(`${file}: only the public half is there; it can be published, not sign`)
    const files = await writeKey(flags.keys, key, { form, password, now: at })
    if (flags.json === true) console.log(JSON.stringify({ ...key.toJSON(), files }))
    else console.log(key.name)
  }
}

/** As asked for; else its own; else, for forms in which keys are found by it, role and zone. */
function friendlyNameOf(key: SigningKey, form: string, flags: Flags): string | undefined {
  const made = form === 'certificate' || form === 'pkcs12' ? `${key.role}-${key.zone}`.replace(/\.$/, '') : undefined
  return flags.friendlyName ?? key.friendlyName ?? made
}

/** What the options tell of a bare key: nothing, or all of it. Throws DnsError `usage`. */
function readDetails(flags: Flags): PemKeyDetails | undefined {
  const { zone, algorithm, role } = flags
  if (zone === undefined && algorithm === undefined && role === undefined) return undefined
  if (zone === undefined || algorithm === undefined || role === undefined) {
    throw new DnsError('usage', '--zone, --algorithm and --role go together: they say what a bare PEM key does not')
  }
  const number = parseAlgorithm(algorithm)
  if (number === undefined)
    throw new DnsError('usage', `--algorithm: there is no algorithm '${algorithm.slice(0, 40)}'`)
  const chosen = parseChoice('--role', role, ['ksk', 'zsk', 'csk'])
  const flagBits = chosen === 'zsk' ? FLAG_ZONE : FLAG_ZONE | FLAG_SEP
  return { zone: parseZoneName(zone), algorithm: number, flags: flagBits, role: chosen }
}
