/** Holds a tree of sources against the tables in rules.ts. Pure: the tree comes as a map of path → text. */
import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { shortestCycles } from './cycles.ts'
import * as defaults from './rules.ts'
import { type Import, type SourceFacts, scan } from './scan.ts'

export type Rules = {
  readonly [K in keyof typeof defaults]: K extends 'MAX_LINES' | 'HIGHEST_PURE_FLOOR' ? number : (typeof defaults)[K]
}

export interface Offence {
  /** Path of the file, `src/…`. */
  readonly file: string
  readonly line: number
  /** What was found there: the import as written, the global, the length. */
  readonly what: string
  readonly rule: string
  readonly remedy: string
}

export function formatOffence(o: Offence): string {
  return `${o.file}:${o.line}: '${o.what}' breaks ${o.rule}; ${o.remedy}`
}

/** All offences of the tree, by file and line. Paths are `src/folder/file.ts`. */
export function checkTree(sources: ReadonlyMap<string, string>, rules: Rules = defaults): Offence[] {
  const facts = new Map([...sources].map(([path, text]) => [path, scan(text)]))
  const offences: Offence[] = []
  for (const [path, fact] of facts) offences.push(...checkFile(path, fact, rules))
  offences.push(...checkCycles(facts))
  return offences.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
}

function checkFile(file: string, fact: SourceFacts, rules: Rules): Offence[] {
  const found: Offence[] = []
  const folder = folderOf(file)
  const floor = rules.FLOORS[folder]
  const isTest = rules.TEST_FILE.test(file)
  const report = (line: number, what: string, rule: string, remedy: string): void => {
    found.push({ file, line, what, rule, remedy })
  }
  if (floor === undefined) {
    report(1, folder, 'the plan of the house: this folder has no floor', 'give it one in scripts/floors/rules.ts')
    return found
  }
  for (const { line, specifier } of fact.imports) {
    if (specifier === undefined) {
      if (!isTest) report(line, 'import(…)', 'the rule that imports are literal', 'write the path as a string')
      continue
    }
    const offence = isRelative(specifier)
      ? offenceOfPath(file, folder, floor, isTest, specifier, rules)
      : isNodeModule(specifier)
        ? offenceOfNodeModule(folder, floor, isTest, specifier, rules)
        : offenceOfPackage(folder, isTest, specifier, rules)
    if (offence !== undefined) report(line, specifier, offence.rule, offence.remedy)
  }
  if (isTest) return found
  for (const { line, specifier } of fact.moduleUrls) {
    if (specifier === undefined || file === 'src/threads/entry.ts') continue
    report(
      line,
      specifier,
      'the packaged form (tsc does not rewrite new URL)',
      'use workerEntry() of src/threads/entry.ts',
    )
  }
  if (floor <= rules.HIGHEST_PURE_FLOOR) {
    for (const { line, name } of fact.globals) {
      report(line, name, `the purity of floors 1 to ${rules.HIGHEST_PURE_FLOOR}`, 'take it as an argument (src/ports)')
    }
  } else if (!rules.CLOCK_READERS.some((reader) => reader.file === file)) {
    const remedy = 'use the clock that is handed in, or monotonicMilliseconds of src/clock for a duration'
    for (const { line, name } of fact.clocks) report(line, name, 'the rule of one clock for all threads', remedy)
  }
  if (fact.lines > rules.MAX_LINES && !rules.DATA_TABLES.includes(file)) {
    const what = `${fact.lines} lines`
    report(
      rules.MAX_LINES + 1,
      what,
      `the limit of ${rules.MAX_LINES}`,
      'split it by ideas, or list it as a data table',
    )
  }
  return found
}

type Fault = { readonly rule: string; readonly remedy: string } | undefined

function offenceOfPath(
  file: string,
  folder: string,
  floor: number,
  isTest: boolean,
  specifier: string,
  rules: Rules,
): Fault {
  const target = resolve(file, specifier)
  if (!target.startsWith('src/') || target.includes('/node_modules/')) {
    return { rule: 'the boundary of src/', remedy: 'move the code into src/, or import the package by its name' }
  }
  if (!specifier.endsWith('.ts')) return { rule: 'the form of imports', remedy: 'write the whole path, with .ts' }
  if (isTest) return undefined
  if (rules.TEST_FILE.test(target)) {
    return { rule: 'the separation of tests', remedy: 'move what both need into a file that is no test' }
  }
  const to = folderOf(target)
  if (to === folder) return undefined
  const toFloor = rules.FLOORS[to]
  if (toFloor === undefined) return undefined // reported at the file itself
  if (toFloor > floor) {
    const remedy = `move the code down, or let ${to || 'the face'} hand it in through an interface of src/ports`
    return { rule: `the floors: ${name(folder)} is on floor ${floor}, ${name(to)} on floor ${toFloor}`, remedy }
  }
  if (toFloor === floor && !rules.SAME_FLOOR_EDGES.some((edge) => edge.from === folder && edge.to === to)) {
    const remedy = 'move what both need to a lower floor, or add the edge with its reason to scripts/floors/rules.ts'
    return { rule: `floor ${floor}: there is no edge ${folder} → ${to}`, remedy }
  }
  return offenceOfFace(file, target, to, rules)
}

function offenceOfFace(file: string, target: string, to: string, rules: Rules): Fault {
  const inside = target.slice('src/'.length)
  if (inside === `${to}/index.ts` || rules.OPEN_FOLDERS.includes(to)) return undefined
  if (to === 'dns' && rules.DNS_FACES.includes(inside)) return undefined
  const isFrom = (from: string): boolean =>
    from.endsWith('/') ? file.startsWith(`src/${from}`) : file === `src/${from}`
  if (rules.DEEP_IMPORTS.some((deep) => deep.to === inside && isFrom(deep.from))) return undefined
  const face = to === 'dns' ? `a face of dns/ (${rules.DNS_FACES.join(', ')})` : `src/${to}/index.ts`
  return { rule: `the face of ${name(to)}`, remedy: `import from ${face}` }
}

function offenceOfNodeModule(folder: string, floor: number, isTest: boolean, specifier: string, rules: Rules): Fault {
  if (!specifier.startsWith('node:')) return { rule: 'the form of imports', remedy: `write 'node:${specifier}'` }
  if (isTest) return undefined
  const allowed = rules.NODE_MODULES[specifier.slice('node:'.length).split('/')[0] ?? '']
  if (allowed === undefined ? floor > rules.HIGHEST_PURE_FLOOR : allowed.includes(folder)) return undefined
  if (floor <= rules.HIGHEST_PURE_FLOOR) {
    return {
      rule: `the purity of floors 1 to ${rules.HIGHEST_PURE_FLOOR}`,
      remedy: 'take it as an argument (src/ports)',
    }
  }
  const where = allowed?.length ? `only ${allowed.join(', ')} may import it` : 'nobody may import it'
  return { rule: 'the reserved modules of Node.js', remedy: `${where}: use what is offered there` }
}

function offenceOfPackage(folder: string, isTest: boolean, specifier: string, rules: Rules): Fault {
  if (isTest) return undefined
  const allowed = rules.PACKAGES[specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')]
  if (allowed?.includes(folder)) return undefined
  const who = allowed === undefined ? 'it is not in the table' : `only ${allowed.join(', ')} may`
  return {
    rule: `the list of packages (${who})`,
    remedy: 'add a row to scripts/floors/rules.ts, and say why in docs/adr',
  }
}

function checkCycles(facts: ReadonlyMap<string, SourceFacts>): Offence[] {
  const graph = new Map<string, string[]>()
  for (const [file, fact] of facts) {
    const targets = fact.imports.flatMap((i) =>
      i.specifier && isRelative(i.specifier) ? [resolve(file, i.specifier)] : [],
    )
    graph.set(
      file,
      targets.filter((target) => facts.has(target)),
    )
  }
  return shortestCycles(graph).map((cycle) => {
    const [file = '', next = file] = cycle
    const edge: Import | undefined = facts
      .get(file)
      ?.imports.find((i) => i.specifier !== undefined && isRelative(i.specifier) && resolve(file, i.specifier) === next)
    const path = [...cycle, file].map((f) => f.slice('src/'.length)).join(' → ')
    const remedy = 'move what both need into a third file'
    return { file, line: edge?.line ?? 1, what: edge?.specifier ?? next, rule: `the ban on circles: ${path}`, remedy }
  })
}

const resolve = (file: string, specifier: string): string =>
  specifier.startsWith('/') ? specifier : posix.join(posix.dirname(file), specifier)
const isRelative = (specifier: string): boolean => specifier.startsWith('.') || specifier.startsWith('/')
const isNodeModule = (specifier: string): boolean => specifier.startsWith('node:') || builtinModules.includes(specifier)
const name = (folder: string): string => (folder === '' ? 'src/' : `${folder}/`)

/** The folder of `src/` that a path belongs to; '' for a file directly in it. */
function folderOf(path: string): string {
  const parts = path.split('/')
  return parts.length > 2 ? (parts[1] ?? '') : ''
}
