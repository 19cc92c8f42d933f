/** dnsperf as the load, and what it says at its end. */
import { spawn } from 'node:child_process'

export type LoadOptions = {
  readonly port: number
  readonly queries: string
  readonly seconds: number
  /** Source ports. */
  readonly clients?: number
  readonly outstanding?: number
  readonly queriesPerSecond?: number
  readonly processor?: number
  readonly dnssecOk?: boolean
}

export type LoadResult = {
  readonly sent: number
  readonly completed: number
  readonly lost: number
  readonly perSecond: number
  readonly codes: string
}

/** Resolves when the load has ended. Rejects with what dnsperf complains of. */
export function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { port, queries, seconds, clients = 8, outstanding = 200, queriesPerSecond, processor, dnssecOk } = options
  const words = ['-s', '127.0.0.1', '-p', String(port), '-d', queries, '-l', String(seconds)]
  words.push('-c', String(clients), '-q', String(outstanding))
  if (queriesPerSecond !== undefined) words.push('-Q', String(queriesPerSecond))
  if (dnssecOk === true) words.push('-D')
  const [command = '', ...args] = [
    ...(processor === undefined ? [] : ['taskset', '-c', String(processor)]),
    'dnsperf',
    ...words,
  ]
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const onExit = (): boolean => child.kill('SIGKILL')
    process.once('exit', onExit)
    let out = ''
    let complaints = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8')
    })
    // One line for each query that was lost: the last ones are enough.
    child.stderr.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString('utf8')).slice(-2000)
    })
    child.once('error', reject)
    child.once('close', () => {
      process.off('exit', onExit)
      const number = (label: string): number => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(out)?.[1])
      const completed = number('Queries completed')
      if (!(completed > 0)) {
        reject(new Error(`dnsperf: ${complaints || out}`))
        return
      }
      resolve({
        sent: number('Queries sent'),
        completed,
        lost: number('Queries lost'),
        perSecond: number('Queries per second'),
        codes: /Response codes:\s+(.*)/.exec(out)?.[1] ?? '',
      })
    })
  })
}
