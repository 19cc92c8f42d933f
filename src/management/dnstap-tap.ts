/** The queries that a server saw, as dnstap messages to the output that the configuration names. */
import { hostname } from 'node:os'
import { OPCODE_MASK, OPCODE_SHIFT, OPCODE_UPDATE } from '../dns/wire/index.ts'
import type { Configuration, QueryTap, SeenQuery } from '../server/index.ts'
import type { Instant } from './dnstap/index.ts'
import { DnstapOutput, type DnstapWorld } from './dnstap-output.ts'

export class DnstapTap implements QueryTap {
  readonly #world: DnstapWorld
  readonly #version: string
  #output: DnstapOutput | undefined
  #settings = ''
  /** Of outputs that a reload ended. */
  readonly #past = { written: 0, dropped: 0 }
  #ending: Promise<void> = Promise.resolve()

  constructor(world: DnstapWorld, version: string) {
    this.#world = world
    this.#version = version
  }

  get isOn(): boolean {
    return this.#output !== undefined
  }

  configure({ dnstap }: Configuration): void {
    const settings = JSON.stringify(dnstap ?? null)
    if (settings === this.#settings) return
    this.#settings = settings
    const before = this.#output
    this.#output = undefined
    if (before !== undefined) this.#ending = this.#end(before)
    const { file, socket } = dnstap ?? {}
    const target = file !== undefined ? { file } : socket !== undefined ? { socket } : undefined
    if (dnstap === undefined || target === undefined) return
    const { identity = hostname(), version = `signet ${this.#version}`, messages } = dnstap
    this.#output = new DnstapOutput(target, { identity, version, messages }, this.#world)
  }

  saw({ peer, local, query, response, askedAtMilliseconds, answeredAtMilliseconds, zone }: SeenQuery): void {
    const output = this.#output
    if (output === undefined) return
    const isUpdate = (((query[2] ?? 0) << 8) & OPCODE_MASK) >>> OPCODE_SHIFT === OPCODE_UPDATE
    const [asks, answers] = isUpdate
      ? (['update-query', 'update-response'] as const)
      : (['auth-query', 'auth-response'] as const)
    const { protocol, address, port } = peer
    const about = {
      protocol,
      asker: { address, port },
      ...(local !== undefined && { answerer: local }),
      ...(zone !== undefined && { zone: zone.octets }),
    }
    const at = instantOf(askedAtMilliseconds)
    if (output.wants(asks)) output.tap({ ...about, kind: asks, query: { at, message: query } })
    if (response === undefined || !output.wants(answers)) return
    const answered = { at: instantOf(answeredAtMilliseconds), message: response }
    output.tap({ ...about, kind: answers, query: { at }, response: answered })
  }

  reopen(): void {
    this.#output?.reopen()
  }

  get counts(): { readonly written: number; readonly dropped: number } {
    const { written, dropped } = this.#output?.counts ?? { written: 0, dropped: 0 }
    return { written: this.#past.written + written, dropped: this.#past.dropped + dropped }
  }

  async close(): Promise<void> {
    await this.#ending
    if (this.#output !== undefined) await this.#end(this.#output)
    this.#output = undefined
  }

  async #end(output: DnstapOutput): Promise<void> {
    await output.close()
    const { written, dropped } = output.counts
    this.#past.written += written
    this.#past.dropped += dropped
  }
}

function instantOf(milliseconds: number): Instant {
  const seconds = Math.floor(milliseconds / 1000)
  return { seconds, nanoseconds: Math.floor((milliseconds - seconds * 1000) * 1e6) }
}
