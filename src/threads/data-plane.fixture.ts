/** A data plane with a resolver behind it, and a client that asks it. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AnswerCacheWriter,
  type AnsweringSettings,
  Asker,
  allocateCounters,
  makeResponder,
  type ReadyAnswer,
} from '../authority/index.ts'
import { SystemClock } from '../clock/index.ts'
import { Name } from '../dns/name/index.ts'
import {
  decodeMessage,
  encodeMessage,
  FLAG_QR,
  FLAG_RD,
  HEADER_SIZE,
  headerOf,
  type Message,
  MessageBuilder,
  SECTION_ANSWER,
} from '../dns/wire/index.ts'
import type { Answer, Peer } from '../ports/index.ts'
import { ImageReader, ImageWriter } from '../zone/index.ts'
import { DataPlane, type DataPlaneSockets } from './index.ts'

const CLOCK = new SystemClock()
export const LOCALHOST = { address: Uint8Array.of(127, 0, 0, 1), port: 0 }
const TYPE_A = 1
const AT_ONCE = 50

/** A resolver that knows an address for each name, after a moment; later ones first. */
export class Rig {
  readonly image = new ImageWriter()
  readonly cache = AnswerCacheWriter.create(1 << 20, { bytes: (length) => new Uint8Array(length).fill(1) })
  readonly settings: AnsweringSettings = {
    maxUdpPayload: 1232,
    isMinimal: true,
    nsid: undefined,
    version: undefined,
    hostname: undefined,
    cookieSecrets: [],
    rateLimit: undefined,
    rateLimitExempt: [],
    keepaliveDeciseconds: 300,
    resolving: { cache: this.cache.buffer, clients: [{ includes: true, prefix: undefined, bits: 0 }] },
  }
  readonly #faults: unknown[] = []
  /** What `failed` was called with: workers that ended, and after how many seconds each is started again. */
  readonly failures: { error: unknown; seconds: number }[] = []
  /** What `socketState` was called with. */
  readonly socketStates: { socket: number; reason: string | undefined }[] = []
  readonly takenSlots = new Set<number>()
  /** The most that were taken at a time. */
  mostSlots = 0
  readonly #responder = makeResponder(
    new ImageReader(this.image.memory.buffer, 0),
    this.settings,
    allocateCounters(),
    (error) => this.#faults.push(error),
  )
  resolved = 0
  refreshed = 0
  #slot = 1

  constructor() {
    this.image.publish()
  }

  plane(sockets: DataPlaneSockets): DataPlane {
    const fail = (error: unknown): void => {
      this.#faults.push(error)
    }
    return new DataPlane(
      {
        image: this.image.memory.buffer,
        takeSlot: () => {
          const slot = this.#slot++
          this.takenSlots.add(slot)
          this.mostSlots = Math.max(this.mostSlots, this.takenSlots.size)
          return slot
        },
        leaveSlot: (slot) => {
          this.takenSlots.delete(slot)
          this.image.memory.leave(slot)
        },
        sockets,
        clock: CLOCK.shared,
        answer: (packet, peer) => this.#answer(packet.slice(), peer),
        refresh: () => {
          this.refreshed++
        },
        copied: () => {},
        remark: () => {},
        unsent: fail,
        socketState: (socket, _thread, reason) => {
          this.socketStates.push({ socket, reason })
        },
        faulted: fail,
        failed: (error, seconds) => {
          this.failures.push({ error, seconds })
        },
      },
      this.settings,
    )
  }

  async #answer(packet: Uint8Array, peer: Peer): Promise<Answer> {
    this.resolved++
    await sleep(Math.random() * 30)
    const [asked] = decodeMessage(packet).questions
    if (asked === undefined) return undefined
    const now = CLOCK.steady()
    const ready = readyAnswer(asked.name, now)
    this.cache.put(ready, now)
    const asker = new Asker()
    asker.octets = peer.address
    asker.length = peer.address.length
    const length = this.#responder.respondWith(packet, packet.length, asker, { wall: 0, steady: now }, ready)
    return this.#responder.builder.octets.slice(0, length)
  }

  check(): void {
    assert.deepEqual(this.#faults, [])
  }
}

/** Names that begin with `old` are near the end of their time. */
function readyAnswer(name: Name, now: number): ReadyAnswer {
  const builder = new MessageBuilder()
  builder.begin(0, FLAG_QR)
  builder.question(name.octets, 0, TYPE_A, 1)
  builder.openGroup(SECTION_ANSWER)
  const number = Number(/\d+/.exec(name.toString())?.[0] ?? 0)
  builder.recordAt(HEADER_SIZE, TYPE_A, 1, 300, Uint8Array.of(10, 0, number >> 8, number), 0, 4)
  builder.closeGroup(true)
  const refresh = name.toString().startsWith('old') ? { refreshFrom: now - 10 } : {}
  return { octets: builder.copy(), dnssecOk: false, checkingDisabled: false, expires: now + 300, ...refresh }
}

/** Asks for all names, so many at once as a socket has room for their answers, and waits for these. */
export async function askAll(port: number, names: readonly string[]): Promise<Message[]> {
  const socket = createSocket('udp4')
  const answers: Message[] = []
  const end = Date.now() + 10_000
  socket.on('message', (octets) => answers.push(decodeMessage(octets)))
  for (const [id, name] of names.entries()) {
    const questions = [{ name: Name.parse(name), type: TYPE_A, class: 1 }]
    const none = { answer: [], authority: [], additional: [] }
    socket.send(encodeMessage({ header: headerOf(id, FLAG_RD), questions, ...none }), port, '127.0.0.1')
    while (id - answers.length > AT_ONCE && Date.now() < end) await sleep(2)
  }
  while (answers.length < names.length && Date.now() < end) await sleep(5)
  socket.close()
  return answers
}

export function checkAnswers(answers: readonly Message[], names: readonly string[]): void {
  assert.equal(new Set(answers.map(({ header }) => header.id)).size, names.length)
  for (const { header, questions, answer } of answers) {
    assert.equal(questions[0]?.name.toString(), names[header.id])
    const number = Number(/\d+/.exec(names[header.id] ?? '')?.[0])
    assert.deepEqual(answer[0]?.rdata, Uint8Array.of(10, 0, number >> 8, number))
  }
}
