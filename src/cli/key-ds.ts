/** `signet key ds`: the DS records that a parent publishes for a zone's keys (RFC 4034 §5). */
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { TextWriter } from '../dns/presentation/index.ts'
import { DS } from '../dns/rr/index.ts'
import { DIGEST_TYPES, parseDigestType, type SigningKey } from '../dnssec/index.ts'
import { appendWord } from './arguments.ts'
import { addKeyFolderOptions, KEY_ARGUMENT, type KeyFolderFlags, readNamedKeys } from './key-folder-flags.ts'
import { warn } from './outcome.ts'
import { printLines, printObject } from './output.ts'

type Flags = KeyFolderFlags & { readonly digest?: readonly string[] }

type DsLine = { readonly zone: string; readonly tag: number; readonly digestType: number; readonly record: string }

export function command(program: Command): Command {
  return addKeyFolderOptions(program.argument('[key...]', `${KEY_ARGUMENT}; all that sign the DNSKEY RRset`))
    .option('--digest <type>', 'sha256 (default), sha384 or sha1; again for more', appendWord)
    .addHelpText('after', '\nThe output goes to whoever runs the parent zone, or to the registrar.')
    .action(print)
}

async function print(words: readonly string[], flags: Flags): Promise<void> {
  const digestTypes = flags.digest?.map(readDigest) ?? [2]
  if (digestTypes.includes(1)) warn('SHA-1 digests are for old resolvers only (RFC 8624 §3.3): give SHA-256 beside it')
  const named = await readNamedKeys(flags, words)
  const keys =
    words.length > 0 ? named : named.filter((key) => key.signsKeys && !key.isRevoked && key.provenance !== 'foreign')
  if (keys.length === 0) {
    throw new DnsError('key-missing', `${flags.keys}: no key there signs a DNSKEY RRset: a DS points to a ksk or csk`)
  }
  for (const key of keys) {
    if (!key.signsKeys) warn(`${key.name} is a zone-signing key: a DS points to a key that signs the DNSKEY RRset`)
    if (key.isRevoked) warn(`${key.name} is revoked: no resolver will follow a DS to it (RFC 5011 §2.1)`)
  }
  const lines = keys.flatMap((key) => digestTypes.map((digestType) => dsLine(key, digestType)))
  if (flags.json === true) printObject(lines)
  else printLines(lines.map(({ record }) => record))
}

function readDigest(text: string): number {
  const number = parseDigestType(text)
  if (number !== undefined && DIGEST_TYPES.some((type) => type.number === number)) return number
  throw new DnsError('usage', `--digest takes sha256, sha384 or sha1, not '${text.slice(0, 40)}'`)
}

function dsLine(key: SigningKey, digestType: number): DsLine {
  const rdata = key.dsRdata(digestType)
  if (rdata === 'unsupported') throw new DnsError('algorithm-unsupported', `there is no digest type ${digestType}`)
  const text = new TextWriter(256)
  DS.print(rdata, 0, rdata.length, text)
  const zone = key.zone.toString()
  return { zone, tag: key.tag, digestType, record: `${zone}\tIN\tDS\t${text}` }
}
