import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { buildLab, openLab } from './lab/build.ts'
import { compareResolvers, verdictOf } from './lab/compare.ts'
import { isInstalled, RESOLVERS } from './lab/resolvers.ts'
const [what, folder = '', number = ''] = process.argv.slice(2)
if (what === 'build') {
const t = Date.now()
const lab = await buildLab(folder, Number(number || 130))
console.log(lab.zones.length, Date.now() - t)
} else {
  if (process.env['SIGNET_LAB_INSIDE'] === undefined) {
    const r = spawnSync('unshare', ['-n', process.execPath, ...process.argv.slice(1)], { stdio: 'inherit', env: { ...process.env, SIGNET_LAB_INSIDE: '1' } })
    process.exit(r.status ?? 1)
  }
  spawnSync('ip', ['link', 'set', 'lo', 'up'])
  spawnSync('ip', ['address', 'add', '127.53.0.3/32', 'dev', 'lo'])
  const lab = openLab(folder)
  const names = RESOLVERS.filter(isInstalled)
  const result = await compareResolvers(lab, Number(number || 1500), names)
  console.log(result.rows.length, result.seconds, result.ports)
  const kinds = new Map<string, string[]>()
  for (const { question, zone, outcomes } of result.rows) {
    const v = names.map((n) => verdictOf(outcomes[n]))
    if (new Set(v).size === 1) continue
    const s = zone.signing
    const line = `${question.name} ${question.type} ${question.form}: ${v.join(' ')} | ${zone.fault?.name ?? 'sound'} alg ${s?.algorithm} ${JSON.stringify(s?.denial)} | ${outcomes.signet?.error}`
    const key = v.join(' ')
    kinds.set(key, [...(kinds.get(key) ?? []), line])
  }
  const out = [...kinds].sort((a, b) => b[1].length - a[1].length).map(([k, l]) => `## ${k} (${l.length})\n${l.join('\n')}\n`)
  writeFileSync(`${folder}/differences`, `${names.join(' ')}\n${out.join('\n')}`)
  for (const [k, l] of kinds) console.log(k, l.length)
}
