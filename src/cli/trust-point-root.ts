/** `signet trust-point fetch-root`: the root's anchors from IANA, or from files, held to their signature and given to the server. */
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { DNSKEY, DS, rdataText } from '../dns/rr/index.ts'
import { anchorTag, type TrustAnchor } from '../dnssec/index.ts'
import { fetchRootAnchors, ROOT_ANCHORS_URL, readInputFile, verifyRootAnchors } from '../store/index.ts'
import { printLines, printObject } from './output.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'
import { sayOutcome } from './server-control.ts'
import { now, parseTime } from './times.ts'

type Flags = ServerFlags & {
  readonly file?: string
  readonly signature?: string
  readonly at?: string
  readonly print?: boolean
}

const MAX_OCTETS = 1 << 20
const WAIT_MILLISECONDS = 15_000

export function command(program: Command): Command {
  return addServerOptions(
    program
      .option('--file <xml>', `a root-anchors.xml in place of ${ROOT_ANCHORS_URL}`)
      .option('--signature <p7s>', 'the signature that stands beside it')
      .option('--at <time>', 'the time that the signature is held to; now')
      .option('--print', 'prints the anchors and gives them to no server'),
  )
    .addHelpText(
      'after',
      "\nThe way that the files come need not be trusted: the CMS signature counts, by ICANN's own certification authority.",
    )
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const at = flags.at === undefined ? now() : parseTime('--at', flags.at)
  const anchors = await readAnchors(flags, at)
  const records = anchors.map(recordOf)
  if (flags.print === true) {
    if (flags.json === true) printObject({ records, keyTags: anchors.map(anchorTag) })
    else printLines(records)
    return
  }
  const body = { records: `${records.join('\n')}\n` }
  await withServer(flags, async (client) => sayOutcome(flags, await client.actOnResolver('trust-points/add', body)))
}

async function readAnchors({ file, signature }: Flags, at: number): Promise<TrustAnchor[]> {
  if (file === undefined && signature === undefined) return fetchRootAnchors(fetchOctets, at)
  if (file === undefined || signature === undefined) throw new DnsError('usage', '--file and --signature go together')
  return verifyRootAnchors(readInputFile(file, MAX_OCTETS).octets, readInputFile(signature, MAX_OCTETS).octets, at)
}

export function recordOf({ zone, kind, rdata }: TrustAnchor): string {
  const { mnemonic, number } = kind === 'ds' ? DS : DNSKEY
  return `${zone} IN ${mnemonic} ${rdataText(number, rdata)}`
}

/** Rejects with DnsError `exchange-failed`. */
async function fetchOctets(url: string): Promise<Uint8Array> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(WAIT_MILLISECONDS), redirect: 'error' })
    if (!reply.ok || reply.body === null) throw new Error(`the server says ${reply.status}`)
    const pieces: Uint8Array[] = []
    let length = 0
    for await (const piece of reply.body) {
      length += piece.length
      if (length > MAX_OCTETS) throw new Error(`there are more than ${MAX_OCTETS} octets`)
      pieces.push(piece)
    }
    return Buffer.concat(pieces)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new DnsError('exchange-failed', `${url}: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}
