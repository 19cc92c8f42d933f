/**
 * The floors test: no file of src/ imports upward, in a circle, past a face, or what its floor may not touch.
 * The plan is docs/architecture.md; the tables are floors/rules.ts. Prints each offence and exits with 1 if there is any.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkTree, formatOffence } from './floors/check.ts'

const root = join(import.meta.dirname, '..')
const paths = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => `src/${path.replaceAll('\\', '/')}`)
  .sort()
const offences = checkTree(new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')])))
for (const offence of offences) console.error(formatOffence(offence))
console.log(`floors: ${paths.length} files, ${offences.length === 0 ? 'all in order' : `${offences.length} offences`}`)
process.exitCode = offences.length === 0 ? 0 : 1
