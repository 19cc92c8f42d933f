/** The commands that README and guides show are there, with the options that they are shown with. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '../src/cli/commands.ts'
import { buildProgram } from '../src/cli/program.ts'

const root = join(import.meta.dirname, '..')
const guides = readdirSync(join(root, 'docs/guide')).map((file) => `docs/guide/${file}`)

for (const page of ['README.md', ...guides, 'docs/verdicts.md']) {
  test(page, async () => {
    for (const words of commandsOf(readFileSync(join(root, page), 'utf8'))) {
      const line = `signet ${words.join(' ')}`
      const entry = COMMANDS.find(({ path }) => path.every((word, i) => words[i] === word))
      // `signet zone …`, `signet --help`: of a group, or of all.
      if (entry === undefined) {
        const [first] = words
        const isGroup = /[…|]/.test(line) || (words.length < 2 && COMMANDS.some(({ path }) => path[0] === first))
        assert.ok(isGroup || first?.startsWith('-'), `there is no such command: ${line}`)
        continue
      }
      const program = await buildProgram(entry)
      const known = program.options.map(({ long }) => long)
      for (const word of words) {
        const [option = ''] = word.split('=')
        if (/^--[a-z]/.test(option) && option !== '--help') assert.ok(known.includes(option), `${line}: ${option}`)
      }
    }
  })
}

/** Lines of blocks and pieces of text that begin with `signet`, in words, without the marks of a shell. */
function* commandsOf(text: string): Generator<string[]> {
  const blocks = [...text.matchAll(/^```(?:sh)?\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block.replaceAll('\\\n', ' ').split('\n'),
  )
  const inline = [...text.replaceAll(/^```.*?^```$/gms, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
  for (const line of [...blocks, ...inline]) {
    const command = /^(?:bin\/)?signet (.*)/s.exec(line.trim())?.[1]
    if (command === undefined) continue
    const [before = ''] = command.replaceAll(/'[^']*'|"[^"]*"/g, 'TEXT').split(/ #| [|>&]|;/)
    yield before.split(/\s+/).filter((word) => word !== '')
  }
}
