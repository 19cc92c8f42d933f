/**
 * Opens the world of odd servers in a network namespace and asks all its names of the resolvers that are named:
 *
 *     node conformance/odd-servers/run.ts FOLDER signet [unbound] [bind] [pdns-recursor]
 *
 * Writes what each said to FOLDER/report.json, and with the word `explain` what `signet explain` prints of the names that fail to
 * FOLDER/explained.json, and what our resolver recorded of them to FOLDER/recorded.json. With the word `mixed-case`, ours asks servers in random upper and lower case.
 */
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ask, type Outcome } from '../../scripts/lab/ask.ts'
import { ANCHOR_FILE, HINTS_FILE } from '../../scripts/lab/build.ts'
import { enterNamespace, isInside } from '../../scripts/lab/namespace.ts'
import { Processes } from '../../scripts/lab/processes.ts'
import { addressOf, RESOLVERS, type ResolverName, startResolver } from '../../scripts/lab/resolvers.ts'
import { inLanes } from '../interop/signing/tools.ts'
import { IPV6_ADDRESSES } from './delegations.ts'
import { forwardZones, openWorld, QUESTIONS } from './world.ts'

/** Names that are asked of a resolver at the same time. */
const ASKED_AT_ONCE = 16
const EXPLAINED_AT_ONCE = 6
const SIGNET = join(import.meta.dirname, '../../bin/signet')

/** What a resolver said of a name, and how long it took; no outcome: nothing in 15 s. */
export type Said = { readonly outcome?: Outcome; readonly milliseconds: number }
export type OddReport = Readonly<Record<string, Readonly<Record<string, Said>>>>

if (import.meta.main) {
  if (isInside()) await run()
  else enterNamespace()
}

async function run(): Promise<void> {
  const [folderWord = '', ...words] = process.argv.slice(2)
  const folder = resolve(folderWord)
  mkdirSync(folder, { recursive: true })
  for (const address of [...IPV6_ADDRESSES, 'fd53::1']) {
    spawnSync('ip', ['address', 'add', `${address}/128`, 'dev', 'lo', 'nodad'])
  }
  await openWorld(folder)
  const processes = new Processes()
  const resolvers = RESOLVERS.filter((name) => words.includes(name))
  const report: Record<string, Record<string, Said>> = {}
  try {
    const settings = { caseRandomisation: words.includes('mixed-case') }
    const options = { ipv6: true, forwardZones: forwardZones(folder), settings }
    for (const name of resolvers) await startResolver({ folder }, name, processes, options)
    await Promise.all(resolvers.map((name) => askAll(name, report)))
    if (words.includes('explain')) {
      writeFileSync(join(folder, 'recorded.json'), JSON.stringify(await recordedOf(folder)))
      writeFileSync(join(folder, 'explained.json'), JSON.stringify(await explainAll(folder)))
    }
  } finally {
    await processes.stop()
  }
  writeFileSync(join(folder, 'report.json'), JSON.stringify(report, undefined, 1))
  process.exit(0)
}

/** What `signet explain` prints of the names that fail. */
async function explainAll(folder: string): Promise<Record<string, string>> {
  const explained: Record<string, string> = {}
  const files = ['--root-hints', join(folder, HINTS_FILE), '--anchor', join(folder, ANCHOR_FILE)]
  const failing = QUESTIONS.filter(({ expected, isForwarded }) => expected.text !== undefined && isForwarded !== true)
  await inLanes(failing, EXPLAINED_AT_ONCE, async ({ name, type }) => {
    explained[`${name} ${type}`] = await outputOf(SIGNET, ['explain', name, type, ...files])
  })
  return explained
}

/** What `signet explain --from-server` prints of the names that fail. */
async function recordedOf(folder: string): Promise<Record<string, string>> {
  const recorded: Record<string, string> = {}
  const server = ['--from-server', '--data', join(folder, 'signet/state')]
  const failing = QUESTIONS.filter(({ expected }) => expected.text !== undefined)
  await inLanes(failing, EXPLAINED_AT_ONCE, async ({ name, type }) => {
    recorded[`${name} ${type}`] = await outputOf(SIGNET, ['explain', name, type, ...server])
  })
  return recorded
}

function outputOf(command: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve) => execFile(command, words, (_, out, complaints) => resolve(out + complaints)))
}

/** The servers of the world are one process, and what is measured is the resolver: not all names are asked at once. */
async function askAll(resolver: ResolverName, report: Record<string, Record<string, Said>>): Promise<void> {
  await inLanes(QUESTIONS, ASKED_AT_ONCE, async ({ name, type }) => {
    const since = performance.now()
    const outcome = await ask(addressOf(resolver), { name, type, form: 'plain' })
    const said: Said = {
      ...(outcome !== undefined && { outcome }),
      milliseconds: Math.round(performance.now() - since),
    }
    const row = report[`${name} ${type}`] ?? {}
    report[`${name} ${type}`] = row
    row[resolver] = said
  })
}
