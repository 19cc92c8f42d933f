import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildLab, type Lab, openLab } from './lab/build.ts'
import { compareResolvers } from './lab/compare.ts'
import { startNameServers } from './lab/name-servers.ts'
import { enterNamespace, isInside } from './lab/namespace.ts'
import { Processes } from './lab/processes.ts'
import { reportOf } from './lab/report.ts'
import { addressOf, isInstalled, RESOLVERS, type ResolverName, startResolver } from './lab/resolvers.ts'

const USAGE = 'node scripts/lab.ts build|serve|compare FOLDER …: see the head of scripts/lab.ts'
const [task, folderWord, ...words] = process.argv.slice(2)
if (folderWord === undefined) throw new Error(USAGE)
const folder = resolve(folderWord)
const numbers = words.filter((word) => /^\d+$/.test(word)).map(Number)

if (task === 'build') {
  const { zones } = await buildLab(folder, numbers[0] ?? 1000)
  const signed = zones.filter(({ signing }) => signing !== undefined).length
  console.log(`${folder}: ${signed} signed zones, ${zones.length - signed} unsigned ones`)
} else if (task !== 'serve' && task !== 'compare') throw new Error(USAGE)
else if (!isInside()) enterNamespace()
else if (task === 'serve') await serve(openLab(folder))
else await compare(openLab(folder))

function chosenResolvers(): ResolverName[] {
  const named = RESOLVERS.filter((name) => words.includes(name))
  return named.length > 0 ? named : RESOLVERS.filter(isInstalled)
}

async function serve(lab: Lab): Promise<void> {
  const processes = new Processes()
  await startNameServers(lab, processes)
  const within = `nsenter -t ${process.pid} ${process.getuid?.() === 0 ? '' : '-U --preserve-credentials '}-n`
  for (const name of chosenResolvers()) {
    await startResolver(lab, name, processes)
    console.log(`${name}: ${within} dig @${addressOf(name)} +dnssec www.z0.aa.`)
  }
  console.log(
    `explained: ${within} bin/signet explain www.z0.aa. --root 198.18.1.1 --anchor ${join(lab.folder, 'anchor')}`,
  )
  console.log('Ctrl-C ends it')
  const waiting = setInterval(() => {}, 1 << 30)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  clearInterval(waiting)
  await processes.stop()
}

async function compare(lab: Lab): Promise<void> {
  const resolvers = chosenResolvers()
  const comparison = await compareResolvers(lab, numbers[0] ?? 10_000, resolvers)
  const report = reportOf(comparison, resolvers)
  writeFileSync(join(lab.folder, 'differences'), report.all)
  writeFileSync(join(lab.folder, 'report.json'), JSON.stringify(report.figures, undefined, 1))
  console.log(report.summary)
}
