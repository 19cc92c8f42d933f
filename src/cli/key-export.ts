/**
 * `signet key export`: gives a key in another form. Files with a private half are 0600 from their first octet on; a private
 * half goes to standard output only when that is no terminal.
 */
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { printBindKey, type SigningKey } from '../dnssec/index.ts'
import { exportKey, exportPublicKey, FileBeingWritten, type KeyForm, keyFiles, readPassword } from '../store/index.ts'
import { parseChoice } from './arguments.ts'
import { addKeyFolderOptions, KEY_ARGUMENT, KEY_FORMS, type KeyFolderFlags, openNamedKey } from './key-folder-flags.ts'
import { printLines, printObject } from './output.ts'
import { now } from './times.ts'

type Flags = KeyFolderFlags & {
  readonly form: string
  readonly out?: string
  readonly public?: boolean
  readonly filePassword?: string
}

export function command(program: Command): Command {
  return addKeyFolderOptions(program.argument('<key>', KEY_ARGUMENT))
    .option('--form <form>', 'bind (K*.key and .private), pem (PKCS#8), certificate (PEM) or pkcs12', 'bind')
    .option('--public', 'only the DNSKEY record; to standard output unless --out says where')
    .option('--out <path>', 'a folder (then the file is named by the key), a file, or - for standard output')
    .option('--file-password <source>', 'of the PKCS#12 file that is written: file:PATH or env:NAME')
    .addHelpText('after', '\nFiles with a private key are made with mode 0600, and no file is written over.')
    .action(exportOne)
}

async function exportOne(word: string, flags: Flags): Promise<void> {
  const form = parseChoice('--form', flags.form, KEY_FORMS)
  const key = await openNamedKey(flags, word)
  if (flags.public === true) return exportPublic(key, flags)
  if (flags.out === undefined)
    throw new DnsError('usage', 'say with --out where the private key goes: a folder, or a file')
  if (key.privateKey === undefined) {
    throw new DnsError('key-missing', `${key.name} has no private key in ${flags.keys}; --public gives its DNSKEY`)
  }
  const password = flags.filePassword === undefined ? '' : readPassword(flags.filePassword, process.env)
  const options = { form, password, now: now() }
  if (flags.out === '-') return print(await privateContent(key, options))
  tell(key, await exportKey(flags.out, key, options), flags)
}

async function exportPublic(key: SigningKey, flags: Flags): Promise<void> {
  if (flags.out !== undefined && flags.out !== '-') return tell(key, await exportPublicKey(flags.out, key), flags)
  if (flags.json === true) printObject({ ...key.toJSON(), record: key.dnskeyText() })
  else print(new TextEncoder().encode(printBindKey(key).record))
}

async function privateContent(
  key: SigningKey,
  options: { readonly form: KeyForm; readonly password: string; readonly now: number },
): Promise<Uint8Array> {
  if (process.stdout.isTTY) {
    throw new DnsError('usage', 'a private key is not shown on a terminal: give --out a path, or redirect the output')
  }
  const [file, second] = await keyFiles(key, options)
  if (file === undefined || second !== undefined) {
    throw new DnsError('usage', "BIND's form is two files: give --out a folder, or choose --form pem")
  }
  return typeof file.content === 'string' ? new TextEncoder().encode(file.content) : file.content
}

function print(content: Uint8Array): void {
  new FileBeingWritten('-').write(content)
}

function tell(key: SigningKey, files: readonly string[], flags: Flags): void {
  if (flags.json === true) printObject({ ...key.toJSON(), files })
  else printLines(files)
}
