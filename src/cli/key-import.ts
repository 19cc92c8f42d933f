/** `signet key import`: takes keys that other tools made, in the form they have, into a key folder. */
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { parseAlgorithm, type SigningKey } from '../dnssec/index.ts'
import type { KeyProvenance } from '../ports/key-store.ts'
import { readForeignKeys, readPassword, type ToldOfKey, writeKey } from '../store/index.ts'
import { parseChoice, parseZoneName } from './arguments.ts'
import { KEY_FORMS } from './key-folder-flags.ts'
import { warn } from './outcome.ts'
import { printLine, printObject } from './output.ts'
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
    .argument(
      '<file>',
      "K*.key or K*.private of BIND or ldns, PowerDNS' private key, a PEM key, a PEM certificate with its key, or PKCS#12",
    )
    .requiredOption('--keys <folder>', 'where the key goes; the folder is made when absent')
    .option('--form <form>', 'how it is kept: bind, pem, certificate (PEM) or pkcs12', 'bind')
    .option('--zone <name>', 'the zone that the key signs, where the file does not say it')
    .option('--algorithm <name>', 'the algorithm of a bare RSA key, by mnemonic or number')
    .option('--role <role>', 'ksk, zsk or csk, where the file does not say it')
    .option('--friendly-name <name>', 'name by which the key is found')
    .option('--file-password <source>', 'of a PKCS#12 file that is read: file:PATH or env:NAME')
    .option('--key-password <source>', 'for PKCS#12 in the folder: file:PATH or env:NAME')
    .addHelpText(
      'after',
      "\nA bare PEM key and PowerDNS' private key (pdnsutil export-zone-key) say neither zone nor role; a bare RSA key in PEM does not say the\nalgorithm either (RSA/SHA-1 and RSA/SHA-256 keys look the same). What a file says itself is held against the options.",
    )
    .action(importKeys)
}

async function importKeys(file: string, flags: Flags): Promise<void> {
  const form = parseChoice('--form', flags.form, KEY_FORMS)
  const found = await readForeignKeys(file, {
    told: readTold(flags),
    ...(flags.filePassword === undefined ? {} : { password: readPassword(flags.filePassword, process.env) }),
  })
  const password = flags.keyPassword === undefined ? '' : readPassword(flags.keyPassword, process.env)
  const at = now()
  for (const each of found) {
    const key = each.with({ friendlyName: friendlyNameOf(each, form, flags), provenance: provenanceOf(each) })
    if (!key.hasPrivateKey) warn(`${file}: only the public half is there; it can be published, not sign`)
    const files = await writeKey(flags.keys, key, { form, password, now: at })
    if (flags.json === true) printObject({ ...key.toJSON(), files })
    else printLine(key.name)
  }
}

/** In this folder. Where the file comes from, the key may have been one that signs. */
function provenanceOf({ hasPrivateKey, provenance }: SigningKey): KeyProvenance {
  if (hasPrivateKey) return 'signing'
  return provenance === 'foreign' ? 'foreign' : 'published'
}

/** As asked for; else its own; else, for forms in which keys are found by it, role and zone. */
function friendlyNameOf(key: SigningKey, form: string, flags: Flags): string | undefined {
  const made = form === 'certificate' || form === 'pkcs12' ? `${key.role}-${key.zone}`.replace(/\.$/, '') : undefined
  return flags.friendlyName ?? key.friendlyName ?? made
}

/** What the options tell of the key. Throws DnsError `usage`. */
function readTold({ zone, algorithm, role }: Flags): ToldOfKey {
  const number = algorithm === undefined ? undefined : parseAlgorithm(algorithm)
  if (algorithm !== undefined && number === undefined)
    throw new DnsError('usage', `--algorithm: there is no algorithm '${algorithm.slice(0, 40)}'`)
  return {
    ...(zone === undefined ? {} : { zone: parseZoneName(zone) }),
    ...(number === undefined ? {} : { algorithm: number }),
    ...(role === undefined ? {} : { role: parseChoice('--role', role, ['ksk', 'zsk', 'csk']) }),
  }
}
