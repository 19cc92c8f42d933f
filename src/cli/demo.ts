/**
 * `signet demo`: signs the example zone in a folder of its own, proves it good, forges one octet and shows that the forgery is
 * found. Each step is a command of Signet, run as a person would run it and shown as such.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { ScratchFolder } from '../store/index.ts'
import { EXIT } from './outcome.ts'
import { printLines, printObject } from './output.ts'

type Flags = { readonly keep?: boolean; readonly json?: boolean }

type Step = { readonly command: string; readonly status: number; readonly output: string }

/** The zone comes with Signet, in a checkout and in the published package. */
const EXAMPLE = join(import.meta.dirname, '../../examples/example.zone')

export function command(program: Command): Command {
  return program.option('--keep', 'leave the folder with its keys and zones for a look').action(demo)
}

async function demo(flags: Flags): Promise<void> {
  const folder = new ScratchFolder('signet-demo-')
  const steps: Step[] = []
  const tell = (text: string): void => {
    if (flags.json !== true) printLines(text.split('\n'))
  }
  const show = async (words: string, expected: number): Promise<string> => {
    const step = await runSignet(folder.path, words)
    steps.push(step)
    tell(`   $ ${step.command}\n${step.output.replace(/^/gm, '   ')}`)
    if (step.status === expected) return step.output
    throw new DnsError('output-failed', `'${step.command}' ended with ${step.status}, not ${expected}: ${step.output}`)
  }
  try {
    folder.copyIn(EXAMPLE, 'example.zone')
    tell(`The zone example. is signed, proven good, and a forgery is found. All of it happens in ${folder.path}.`)
    const keys = await makeKeys(show, tell)
    await signZone(show, tell, folder)
    explainChain(tell, folder, keys)
    tell('\n4. Is it good? Every signature is checked, down from what the parent would have.\n')
    await show('zone verify example.signed --zone example --anchor dsset-example.', EXIT.good)
    await forge(show, tell, folder)
    tell(
      flags.keep === true
        ? `\nKeys and zones are still in ${folder.path}.`
        : '\nThe folder is gone again; --keep leaves it.',
    )
    tell('Next: docs/guide/sign-a-zone.md, and `signet --help`.')
    if (flags.json === true) printObject({ folder: flags.keep === true ? folder.path : null, keys, steps })
  } finally {
    if (flags.keep !== true) folder.remove()
  }
}

type Show = (words: string, expected: number) => Promise<string>
type Tell = (text: string) => void
type KeyTags = { readonly ksk: number; readonly zsk: number }

async function makeKeys(show: Show, tell: Tell): Promise<KeyTags> {
  tell('\n1. Two keys. The key-signing key (ksk) vouches for the other, and the parent zone vouches for it.\n')
  const ksk = await show('key generate --zone example --role ksk --keys keys', EXIT.good)
  tell('\n   The zone-signing key (zsk) signs the data. It can be changed without asking the parent.\n')
  const zsk = await show('key generate --zone example --role zsk --keys keys', EXIT.good)
  return { ksk: Number(ksk.split('+')[2]), zsk: Number(zsk.split('+')[2]) }
}

async function signZone(show: Show, tell: Tell, folder: ScratchFolder): Promise<void> {
  tell('\n2. The zone is signed: from one file into another, the first stays as it is.\n')
  await show('zone sign example.zone --zone example --keys keys --out example.signed', EXIT.good)
  const types = recordsOf(folder.read('example.signed')).map(([, , , type]) => type)
  const count = (type: string): number => types.filter((each) => each === type).length
  const added = count('DNSKEY') + count('NSEC') + count('RRSIG')
  tell(`
   ${types.length - added} records were in the zone; ${added} came with signing:
   ${count('DNSKEY').toString().padStart(4)} DNSKEY   the public halves of the keys
   ${count('RRSIG').toString().padStart(4)} RRSIG    a signature for each set of records of one name and type
   ${count('NSEC').toString().padStart(4)} NSEC     which name comes after which, so that the absence of a name can be proven
   The delegations to branch and secure, and the addresses of their servers, are not signed: those are for the children to sign.`)
}

function explainChain(tell: Tell, folder: ScratchFolder, { ksk, zsk }: KeyTags): void {
  const ds = folder.read('dsset-example.').trim().split('\t')[3] ?? ''
  const nsec = recordsOf(folder.read('example.signed')).find(
    ([owner, , , type]) => owner === 'ns2.example.' && type === 'NSEC',
  )
  const next = nsec?.[4]?.split(' ')[0] ?? ''
  tell(`
3. The chain of trust, as a resolver walks it:

   parent zone      DS ${shorten(ds, 44)}   what you hand to the parent, from dsset-example.
     |              fits the digest of
   example.         DNSKEY ${ksk} (ksk)
     |              signs the DNSKEY records, among them
   example.         DNSKEY ${zsk} (zsk)
     |              signs
   mail.example.    A 192.0.2.25, and every other set of records
   ns2.example.     NSEC ${next} "no name lies between these two": office.example. does not exist`)
}

/** Changes one octet of one address, and lets the verifier find it. */
async function forge(show: Show, tell: Tell, folder: ScratchFolder): Promise<void> {
  const genuine = folder.read('example.signed')
  const forged = genuine.replace(/^(mail\.example\.\t\d+\tIN\tA\t192\.0\.2\.)25$/m, '$126')
  if (forged === genuine) throw new DnsError('zone-invalid', 'the signed example has no address to be forged')
  folder.write('example.forged', forged)
  tell('\n5. Somebody changes one octet: mail.example. shall have 192.0.2.26 instead of 192.0.2.25.\n')
  await show('zone verify example.forged --zone example --anchor dsset-example.', EXIT.bad)
  tell('\n   A resolver that validates gives this answer to nobody (SERVFAIL), and asks another server.')
}

function recordsOf(text: string): string[][] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

/** Runs this same Signet as a command of its own. */
function runSignet(folder: string, words: string): Promise<Step> {
  const main = process.argv[1] ?? ''
  return new Promise((resolve) => {
    const args = [...process.execArgv, main, ...words.split(' ')]
    execFile(process.execPath, args, { cwd: folder }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : EXIT.failed
      resolve({ command: `signet ${words}`, status, output: `${stdout}${stderr}`.trimEnd() })
    })
  })
}
