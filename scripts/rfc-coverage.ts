/**
 * Writes docs/rfc-coverage.md: which sections of which RFCs have tests, and where. It reads the titles of tests, which begin
 * `RFC4035 §5.3.1: `, in src/ and conformance/; a title put together from parts counts by the part that names the section.
 * `--check` changes nothing and fails when the page is not what it would write.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const PAGE = join(ROOT, 'docs', 'rfc-coverage.md')

const HEAD = `# RFCs by section

Written by \`node scripts/rfc-coverage.ts\` from the titles of tests; not to be edited by hand. A section is here when a test bears
its number, which does not mean that all of it is tested.
`

/** A string literal that begins with a section. */
const SECTION = /['"`]RFC ?(\d{3,5}) §([A-Z0-9][A-Za-z0-9.]*)/g

/** Files by section by RFC. */
export type Coverage = ReadonlyMap<number, ReadonlyMap<string, ReadonlySet<string>>>

/** Gathers sections from texts; `file` is how the page names each. */
export function findSections(texts: Iterable<{ file: string; text: string }>): Coverage {
  const found = new Map<number, Map<string, Set<string>>>()
  for (const { file, text } of texts) {
    for (const [, rfc = '', section = ''] of text.matchAll(SECTION)) {
      const number = Number(rfc)
      const sections = found.get(number) ?? new Map<string, Set<string>>()
      found.set(number, sections)
      const name = section.replace(/\.$/, '')
      sections.set(name, (sections.get(name) ?? new Set()).add(file))
    }
  }
  return found
}

/** The page: RFCs and sections in their order, each section with the files of its tests. */
export function coveragePage(coverage: Coverage): string {
  const numbers = [...coverage.keys()].sort((a, b) => a - b)
  const sections = numbers.reduce((sum, number) => sum + (coverage.get(number)?.size ?? 0), 0)
  const parts = numbers.map((number) => {
    const rows = [...(coverage.get(number) ?? [])].sort(([a], [b]) => compareSections(a, b))
    const lines = rows.map(
      ([section, files]) =>
        `| §${section} | ${[...files]
          .sort()
          .map((file) => `\`${file}\``)
          .join(' ')} |`,
    )
    return `\n## RFC ${number}\n\n| section | tests in |\n|---|---|\n${lines.join('\n')}\n`
  })
  return `${HEAD}\n${sections} sections of ${numbers.length} RFCs.\n${parts.join('')}`
}

/** By number, part by part; appendices after sections. */
function compareSections(a: string, b: string): number {
  const [as, bs] = [a.split('.'), b.split('.')]
  for (let i = 0; i < Math.max(as.length, bs.length); i++) {
    const [x, y] = [as[i] ?? '', bs[i] ?? '']
    if (x === y) continue
    const [n, m] = [Number(x), Number(y)]
    if (x === '' || y === '') return x === '' ? -1 : 1
    if (Number.isNaN(n) || Number.isNaN(m))
      return Number.isNaN(n) && Number.isNaN(m) ? (x < y ? -1 : 1) : Number.isNaN(n) ? 1 : -1
    return n - m
  }
  return 0
}

function* testTexts(): Generator<{ file: string; text: string }> {
  for (const folder of ['src', 'conformance']) {
    for (const path of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (!path.endsWith('.test.ts')) continue
      const file = `${folder}/${path.replaceAll('\\', '/')}`
      yield { file, text: readFileSync(join(ROOT, file), 'utf8') }
    }
  }
}

export function currentCoveragePage(): string {
  return coveragePage(findSections(testTexts()))
}

export function coveragePageIsCurrent(): boolean {
  return existsSync(PAGE) && readFileSync(PAGE, 'utf8') === currentCoveragePage()
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) writeFileSync(PAGE, currentCoveragePage())
  else if (!coveragePageIsCurrent()) {
    console.error('docs/rfc-coverage.md is not current: run node scripts/rfc-coverage.ts')
    process.exitCode = 1
  }
}
