/** What a replay file (.rpl) says, as values: the configuration, the servers that are played, and the steps. */
import type { Message } from '../../src/dns/wire/index.ts'

/** `unbound`: the format of its testbound; `deckard`: that of CZ.NIC's tool, which grew out of it and differs in the rules. */
export type Dialect = 'unbound' | 'deckard'

/** A word after MATCH, with what stands behind its `=`. */
export type MatchWord = { readonly word: string; readonly value?: string }

/** One message of an entry. `raw` takes its place on the wire when it is told in hexadecimal. */
export type Packet = { readonly message: Message; readonly raw?: Uint8Array }

/** A packet with the rules for whom it is meant and how it is made to fit. */
export type Entry = {
  readonly line: number
  readonly match: readonly MatchWord[]
  readonly adjust: ReadonlySet<string>
  /** What is sent or expected; several for a transfer. */
  readonly packets: readonly [Packet, ...Packet[]]
  /** Deckard's: the entry must have been used. */
  readonly isMandatory: boolean
}

/** A server during some steps. */
export type Range = {
  readonly line: number
  readonly from: number
  readonly to: number
  /** Addresses as `formatAddress` writes them. None: every address. */
  readonly addresses: readonly string[]
  readonly entries: readonly Entry[]
}

export type Step = {
  readonly number: number
  readonly line: number
  /** `QUERY`, `CHECK_ANSWER`, … as the file writes it. */
  readonly kind: string
  /** Words after the kind: `ELAPSE 10`, `ADDRESS 1.2.3.4`, `t0 = ${time}`. */
  readonly words: string
  readonly entry?: Entry
  /** Lines between FILE_BEGIN and FILE_END. */
  readonly file?: readonly string[]
}

/** One `name: values` of the configuration, in the clause that stands above it; flat files have none (''). */
export type Option = {
  readonly line: number
  readonly clause: string
  /** Which clause of the file it is: two stub zones are two clauses. */
  readonly clauseNumber: number
  readonly name: string
  readonly values: readonly string[]
}

export type Configuration = {
  readonly options: readonly Option[]
  /** Lines of the trust anchor files, by their ids. */
  readonly anchorFiles: ReadonlyMap<string, readonly string[]>
  /** Lines of other files, by their names. A value `tempfile:NAME` speaks of one. */
  readonly files: ReadonlyMap<string, readonly string[]>
}

export type Scenario = {
  readonly title: string
  readonly dialect: Dialect
  readonly configuration: Configuration
  readonly ranges: readonly Range[]
  readonly steps: readonly Step[]
  /** Lines between ranges and steps that say nothing of either. */
  readonly stray: readonly { readonly line: number; readonly text: string }[]
}

/** The file is not such that it could be replayed. */
export class ScenarioError extends Error {
  readonly line: number

  constructor(text: string, line: number) {
    super(`line ${line}: ${text}`)
    this.name = 'ScenarioError'
    this.line = line
  }
}
