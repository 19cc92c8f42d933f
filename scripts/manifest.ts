/**
 * package.json as it is published. It differs from the one in the repository, where Node.js itself comes with
 * `npm ci` as an optional package for each platform: installed into another project, those would replace its node.
 *
 *   node scripts/manifest.ts publish   (prepack)    writes the published form and keeps the other beside it
 *   node scripts/manifest.ts restore   (postpack)   puts the other back
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const NODE_PACKAGE = /^node-(bin-)?(linux|darwin|win)-/
/** Fields that mean something in a checkout only. */
const CHECKOUT_FIELDS = ['allowScripts', 'devDependencies', 'workspaces']

/** What programs that embed Signet may import: the faces of these folders, as `signet-dns/zone`. */
const FACES = [
  'dns/name',
  'dns/rr',
  'dns/text',
  'dns/wire',
  'dnssec',
  'tsig',
  'zone',
  'signer',
  'transfer',
  'authority',
  'validator',
  'resolver',
  'transport',
  'threads',
  'store',
  'server',
]

type Manifest = Record<string, unknown>

/** The published form of a manifest: without Node.js itself, and with the command that needs no build step or shell. */
export function published(manifest: Manifest): Manifest {
  const result: Manifest = {}
  for (const [field, value] of Object.entries(manifest)) {
    if (CHECKOUT_FIELDS.includes(field)) continue
    if (field === 'optionalDependencies' && typeof value === 'object' && value !== null) {
      const kept = Object.entries(value).filter(([name]) => !NODE_PACKAGE.test(name))
      if (kept.length > 0) result[field] = Object.fromEntries(kept)
    } else {
      result[field] = value
    }
  }
  result.bin = { signet: 'bin/signet.js' }
  result.exports = {
    ...Object.fromEntries(FACES.map((face) => [`./${face}`, `./dist/${face}/index.js`])),
    './package.json': './package.json',
  }
  return result
}

function main(action: string | undefined): number {
  const path = join(import.meta.dirname, '..', 'package.json')
  const kept = join(import.meta.dirname, '..', '.package.json.kept')
  if (action === 'publish') {
    if (existsSync(kept)) renameSync(kept, path) // an earlier pack was interrupted
    const text = readFileSync(path, 'utf8')
    writeFileSync(kept, text)
    writeFileSync(path, `${JSON.stringify(published(JSON.parse(text)), null, 2)}\n`)
    return 0
  }
  if (action === 'restore') {
    if (existsSync(kept)) renameSync(kept, path)
    return 0
  }
  console.error('manifest: say publish or restore')
  return 2
}

if (import.meta.main) process.exitCode = main(process.argv[2])
