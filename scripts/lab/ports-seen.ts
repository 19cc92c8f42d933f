/** Counts the UDP ports that a resolver's queries leave from, as the name servers see them: tcpdump listens. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { SERVER_NET } from './addresses.ts'

export function portsCanBeSeen(): boolean {
  return spawnSync('sh', ['-c', 'command -v tcpdump']).status === 0
}

export class PortsSeen {
  readonly ports: Set<number> = new Set()
  queries = 0
  readonly #tcpdump: ChildProcess

  private constructor(tcpdump: ChildProcess) {
    this.#tcpdump = tcpdump
    if (tcpdump.stdout === null) return
    createInterface({ input: tcpdump.stdout }).on('line', (line) => {
      const port = /IP [\d.]+\.(\d+) > /.exec(line)?.[1]
      if (port === undefined) return
      this.queries++
      this.ports.add(Number(port))
    })
  }

  /** Of queries from this address. Resolves when it listens. */
  static async from(source: string): Promise<PortsSeen> {
    const filter = `udp dst port 53 and src host ${source} and dst net ${SERVER_NET}`
    const tcpdump = spawn('tcpdump', ['-i', 'lo', '-n', '-q', '-l', '-B', '8192', '-s', '96', filter], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    await new Promise((resolve) => tcpdump.stderr?.once('data', resolve))
    await sleep(300)
    return new PortsSeen(tcpdump)
  }

  async stop(): Promise<void> {
    await sleep(500)
    const exited = new Promise((resolve) => this.#tcpdump.once('exit', resolve))
    this.#tcpdump.kill('SIGINT')
    await exited
  }
}
