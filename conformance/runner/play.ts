/**
 * Plays a scenario with a resolver: the event loop of the format (FORMAT §6), and what each step does.
 *
 * Answers of the ranges come before any step; a step is taken when nothing else can happen. In one thing this differs from the tool
 * that the files were written for: another resolver asks other questions. What the ranges do not know stays without an answer, and
 * when a step that looks at a result cannot be met otherwise, the newest such query times out; then timers up to `PATIENCE` run.
 * Such waiting does not age data (`scenario-time.ts`). A query that a step expects counts if it was sent since the client asked.
 */
import { decodeMessage, type Message, TOLERATE_ODD } from '../../src/dns/wire/index.ts'
import type { Protocol } from '../../src/ports/index.ts'
import { parseAddress } from '../../src/transport/index.ts'
import { compareAnchorStates, readAnchorState } from './anchor-state.ts'
import { type Comparison, compareAnswer } from './compare.ts'
import { encodeLoose } from './encode-loose.ts'
import { FakeNetwork, type Pending, pendingText } from './fake-network.ts'
import { Replies } from './find-reply.ts'
import { type Finding, type Outcome, outcomeOf, shown } from './findings.ts'
import { Macros } from './macros.ts'
import { makeReply } from './make-reply.ts'
import { matchesQuery } from './match-query.ts'
import type { Entry, Scenario, Step } from './scenario.ts'
import { ScenarioTime } from './scenario-time.ts'
import type { Subject } from './subject.ts'
import { compareZoneLines } from './zone-lines.ts'

/** Makes the resolver, which asks `network` and lives in `time`. */
export type SubjectMaker = (network: FakeNetwork, time: ScenarioTime) => Subject | Promise<Subject>

/** Rounds in which nothing gets further. */
const MAX_ROUNDS = 2000
/** Milliseconds that a client who waits for an answer lets pass for a timer. */
const PATIENCE = 60_000
const LOCALHOST = Uint8Array.of(127, 0, 0, 1)
/** Steps that look at what has come out, and cannot do so before it has. */
const LOOKS = new Set(['CHECK_ANSWER', 'CHECK_OUT_QUERY', 'CHECK_AUTOTRUST', 'CHECK_TEMPFILE', 'REPLY', 'ASSIGN'])

type ClientAnswer = { readonly address: string; readonly message: Message | undefined }

export async function play(scenario: Scenario, make: SubjectMaker, validationTime?: number): Promise<Outcome> {
  return new Play(scenario, new ScenarioTime(validationTime)).run(make)
}

class Play {
  readonly #scenario: Scenario
  readonly #time: ScenarioTime
  readonly #network: FakeNetwork
  readonly #replies: Replies
  readonly #macros: Macros
  readonly #findings: Finding[] = []
  /** Lines, and queries whose outcome is not known before the end. */
  readonly #log: (string | Pending)[] = []
  /** Answers that no step has looked at. */
  #answers: ClientAnswer[] = []
  /** Client queries without an answer, and how many of them are messages: nothing waits for the answer to raw octets in Deckard. */
  #waiting = 0
  #waitingRaw = 0
  #at = 0
  /** How many queries had been sent when the client asked last. */
  #sentBefore = 0
  #logged = 0

  constructor(scenario: Scenario, time: ScenarioTime) {
    this.#scenario = scenario
    this.#time = time
    this.#network = new FakeNetwork(time)
    this.#network.onSend = (query) => this.#onSend(query)
    this.#replies = new Replies(scenario)
    const timeout = (): number => Math.round((time.untilNext() ?? 0) / 1000)
    this.#macros = new Macros({ time: () => time.now(), timeout })
  }

  async run(make: SubjectMaker): Promise<Outcome> {
    for (const { line, text } of this.#scenario.stray) this.#log.push(`line ${line} is ignored: ${text}`)
    const subject = await make(this.#network, this.#time)
    let rounds = 0
    for (let step = this.#step; step !== undefined; step = this.#step) {
      const before = this.#at
      await settle()
      if (!this.#checkEarly(step) && !this.#deliver(step) && !this.#relieve(step)) this.#take(step, subject)
      rounds = this.#at === before ? rounds + 1 : 0
      if (rounds < MAX_ROUNDS) continue
      this.#find(step, { level: 0, text: 'the traffic does not end' })
      break
    }
    this.#end(subject)
    const log = this.#log.map((line) => (typeof line === 'string' ? line : `  ${pendingText(line)}`))
    return outcomeOf(this.#findings, log)
  }

  get #step(): Step | undefined {
    return this.#scenario.steps[this.#at]
  }

  /** Deckard counts the step under way, a client's query until it is answered; Unbound the one that comes next. */
  get #number(): number {
    const { steps, dialect } = this.#scenario
    return steps[dialect === 'deckard' ? Math.max(0, this.#at - 1) : this.#at]?.number ?? Number.MAX_SAFE_INTEGER
  }

  #onSend(query: Pending): void {
    const step = this.#step
    if (step?.kind === 'CHECK_OUT_QUERY' && this.#fits(step, query)) this.#checkOut(step, query)
  }

  /** What a step need not wait for quiescence for. */
  #checkEarly(step: Step): boolean {
    const { entry, kind } = step
    if (entry === undefined) return false
    if (kind === 'CHECK_OUT_QUERY') {
      const query = this.#network.pending.find((each) => this.#fits(step, each))
      if (query === undefined) return false
      this.#checkOut(step, query)
      if (entry.adjust.has('copy_id')) this.#answer(query, entry, `step ${step.number}`)
      return true
    }
    if (kind !== 'CHECK_ANSWER' || this.#answers.length === 0) return false
    const best = this.#bestAnswer(step, entry)
    if (best === undefined || (best.comparison.level === 0 && this.#network.pending.length > 0)) return false
    this.#checkAnswer(step, entry)
    return true
  }

  /** Gives one query the answer that a range has for it, the newest first. */
  #deliver(_step: Step): boolean {
    for (const query of this.#network.pending.toReversed()) {
      const found = this.#replies.find(query, this.#number)
      if (found?.octets === undefined) continue
      this.#network.answer(query, found.octets, found.from)
      return true
    }
    return false
  }

  /** Lets time go by for a step that cannot be met. */
  #relieve(step: Step): boolean {
    // Deckard's client waits for its answer before it goes on.
    const isWaiting = this.#scenario.dialect === 'deckard' && this.#waiting > this.#waitingRaw
    if ((!LOOKS.has(step.kind) && !isWaiting) || (step.kind === 'ASSIGN' && !step.words.includes('timeout')))
      return false
    const query = this.#network.pending.at(-1)
    if (step.kind === 'REPLY' && this.#queryFor(step) !== undefined) return false
    if (query !== undefined) {
      this.#network.timeOut(query, 'no range knows it')
      return true
    }
    const next = this.#time.untilNext()
    if ((step.kind !== 'CHECK_ANSWER' && !isWaiting) || this.#waiting === 0 || next === undefined || next > PATIENCE)
      return false
    this.#time.wait(next)
    return true
  }

  #take(step: Step, subject: Subject): void {
    this.#logStep(step)
    this.#at++
    try {
      this.#perform(step, subject)
    } catch (error) {
      this.#find(step, { level: 0, text: error instanceof Error ? error.message : String(error) })
    }
  }

  #perform(step: Step, subject: Subject): void {
    const { entry, words, kind } = step
    const newest = this.#network.pending.at(-1)
    switch (kind) {
      case 'QUERY':
        if (entry !== undefined) this.#ask(step, entry, subject)
        return
      case 'CHECK_ANSWER':
        if (entry !== undefined) this.#checkAnswer(step, entry, false)
        return
      case 'CHECK_OUT_QUERY':
        this.#checkOutLate(step)
        return
      case 'REPLY': {
        const query = this.#queryFor(step)
        if (query !== undefined && entry !== undefined) this.#answer(query, entry, `step ${step.number}`)
        else this.#log.push('  there is no query that it could answer')
        return
      }
      case 'TIMEOUT':
        if (newest !== undefined) this.#network.timeOut(newest, `step ${step.number}`)
        return
      case 'ERROR':
        if (newest !== undefined) this.#network.fail(newest)
        return
      case 'TIME_PASSES':
        this.#time.pass(this.#macros.number(words.replace(/^(ELAPSE|EVAL)\s+/, '')))
        return
      case 'ASSIGN':
        this.#macros.assign(words)
        return
      case 'CHECK_AUTOTRUST':
        this.#checkAnchors(step, subject)
        return
      case 'CHECK_TEMPFILE':
        this.#checkZone(step, subject)
        return
      default:
      // TRAFFIC, NOTHING and steps that speak of another program's inside.
    }
  }

  #ask(step: Step, entry: Entry, subject: Subject): void {
    const [{ message, raw }] = entry.packets
    const isDeckard = this.#scenario.dialect === 'deckard'
    const edns = message.edns ?? { udpSize: 4096, version: 0, dnssecOk: false, flags: 0, options: [] }
    const query = isDeckard ? { ...message, edns: { ...edns, udpSize: 4096 } } : message
    const protocol: Protocol = entry.match.some(({ word }) => word === 'TCP') ? 'tcp' : 'udp'
    const address = /ADDRESS\s+(\S+)/.exec(step.words)?.[1] ?? ''
    this.#sentBefore = this.#network.sent.length
    const isRaw = raw !== undefined
    this.#waiting++
    if (isRaw) this.#waitingRaw++
    subject.answer(raw ?? encodeLoose(query), { address: parseAddress(address) ?? LOCALHOST, protocol }, (response) => {
      this.#waiting--
      if (isRaw) this.#waitingRaw--
      // Octets that are no query get no answer.
      if (isRaw && response === undefined) return
      this.#answers.push({ address, message: response === undefined ? undefined : decodeAnswer(response) })
    })
  }

  /** The answer that fits best among those that nobody looked at; Deckard looks at the last one alone. */
  #bestAnswer(step: Step, entry: Entry): { answer: ClientAnswer; comparison: Comparison } | undefined {
    const { dialect } = this.#scenario
    const address = /ADDRESS\s+(\S+)/.exec(step.words)?.[1] ?? ''
    const candidates = dialect === 'deckard' ? this.#answers.slice(-1) : this.#answers
    let best: { answer: ClientAnswer; comparison: Comparison } | undefined
    for (const answer of candidates) {
      if (answer.message === undefined || (address !== '' && answer.address !== address)) continue
      const comparison = compareAnswer(entry, answer.message, dialect)
      if (best === undefined || comparison.level > best.comparison.level) best = { answer, comparison }
    }
    return best
  }

  #checkAnswer(step: Step, entry: Entry, isEarly = true): void {
    if (isEarly) {
      this.#logStep(step)
      this.#at++
    }
    const best = this.#bestAnswer(step, entry)
    const expected = shown(entry.packets[0].message)
    if (best === undefined) {
      this.#find(step, { level: 0, text: 'the client got no answer', expected })
      return
    }
    const { answer, comparison } = best
    if (this.#scenario.dialect === 'unbound') this.#answers = this.#answers.filter((each) => each !== answer)
    const { level, differences, isWrongAd } = comparison
    const worst = differences.filter((each) => each.level === level + 1).map(({ text }) => text)
    const rest = differences.filter((each) => each.level > level + 1).map((each) => `(${each.level}) ${each.text}`)
    const got = shown(answer.message)
    this.#find(step, { level, text: worst.join('; '), isWrongAd, expected, got: [got, ...rest].join('\n') })
  }

  #fits({ entry, words }: Step, query: Pending): boolean {
    const address = /ADDRESS\s+(\S+)/.exec(words)?.[1]
    if (entry === undefined || query.isChecked || (address !== undefined && address !== query.address)) return false
    return matchesQuery(entry, query.query, query.protocol)
  }

  #checkOut(step: Step, query: Pending): void {
    this.#logStep(step)
    query.isChecked = true
    this.#at++
    this.#find(step, { level: 3, text: '' })
  }

  #checkOutLate(step: Step): void {
    const query = this.#network.sent.slice(this.#sentBefore).find((each) => this.#fits(step, each))
    if (query !== undefined) query.isChecked = true
    if (query !== undefined) this.#find(step, { level: 2, text: 'the query was sent before' })
    else this.#find(step, { level: 1, text: 'a query that was expected was not sent' })
  }

  /** The newest query that a REPLY speaks of; it need not match, but its question is to be the same. */
  #queryFor({ entry }: Step): Pending | undefined {
    const [question] = entry?.packets[0].message.questions ?? []
    if (question === undefined) return this.#network.pending.at(-1)
    return this.#network.pending.findLast(({ query }) =>
      query.questions.some(({ name, type }) => type === question.type && name.equals(question.name)),
    )
  }

  #answer(query: Pending, entry: Entry, from: string): void {
    this.#replies.used.add(entry)
    const octets = makeReply(entry, query.query, this.#scenario.dialect)
    if (octets !== undefined) this.#network.answer(query, octets, from)
  }

  #checkAnchors(step: Step, subject: Subject): void {
    const lines = (step.file ?? []).map((line) => this.#macros.expand(line))
    const got = subject.anchorState(step.words)
    const expected = lines.join('\n')
    const differences = got === undefined ? ['no trust point'] : compareAnchorStates(readAnchorState(lines), got)
    const text = differences.join('; ')
    this.#find(step, { level: text === '' ? 3 : 0, text, expected, got: JSON.stringify(got, undefined, 1) })
  }

  #checkZone(step: Step, subject: Subject): void {
    const expected = step.file ?? []
    const got = subject.zoneLines(step.words)
    const text = got === undefined ? 'no such zone' : compareZoneLines(expected, got).join('; ')
    this.#find(step, { level: text === '' ? 3 : 0, text, expected: expected.join('\n'), got: got?.join('\n') ?? '' })
  }

  #end(subject: Subject): void {
    this.#logTraffic()
    for (const { entries } of this.#scenario.ranges) {
      const unused = entries.find((entry) => entry.isMandatory && !this.#replies.used.has(entry))
      if (unused) this.#findAtEnd({ level: 1, text: `the entry at line ${unused.line} was to be used` })
    }
    for (const fault of subject.faults) {
      const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)
      this.#log.push(`fault: ${text}`)
      this.#findAtEnd({ level: 0, text: `fault: ${text.split('\n')[0]}` })
    }
  }

  #find(step: Step, finding: Partial<Finding> & Pick<Finding, 'level' | 'text'>): void {
    this.#logTraffic()
    this.#findings.push({ isWrongAd: false, ...finding, step })
    this.#log.push(`  level ${finding.level}${finding.text === '' ? '' : `: ${finding.text}`}`)
  }

  #findAtEnd(finding: Pick<Finding, 'level' | 'text'>): void {
    this.#findings.push({ isWrongAd: false, ...finding, step: undefined })
  }

  #logStep({ number, kind, words, line, entry }: Step): void {
    this.#logTraffic()
    const [question] = entry?.packets[0].message.questions ?? []
    const about = question === undefined ? words : `${words} ${question.name} type ${question.type}`
    this.#log.push(`STEP ${number} ${kind} ${about.trim()} (line ${line}, time ${this.#time.now()})`)
  }

  #logTraffic(): void {
    for (; this.#logged < this.#network.sent.length; this.#logged++) {
      const query = this.#network.sent[this.#logged]
      if (query !== undefined) this.#log.push(query)
    }
  }
}

/** Lets promises of the program under test come to their end. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** The resolver passes malformed RDATA on as it is (RFC 3597 §3). */
function decodeAnswer(octets: Uint8Array): Message {
  return decodeMessage(octets, octets.length, undefined, TOLERATE_ODD)
}
