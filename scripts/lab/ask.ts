/** Asks resolvers, and keeps of an answer what is compared. */
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { Name } from '../../src/dns/name/index.ts'
import { CLASS_IN, RRSIG, typeMnemonic, typeNumber } from '../../src/dns/rr/index.ts'
import {
  decodeMessage,
  encodeMessage,
  headerOf,
  type Message,
  optionOf,
  TOLERATE_ODD,
} from '../../src/dns/wire/index.ts'

/** `do`: with DO; `plain`: EDNS and no more; `ad`, `cd`: with that bit and no DO; `do-cd`: both. */
export type Form = 'do' | 'plain' | 'ad' | 'cd' | 'do-cd'

export type Question = { readonly name: string; readonly type: string; readonly form: Form }

export type Outcome = {
  readonly rcode: number
  readonly ad: boolean
  /** The answer section without signatures, one record a line, in order of text. */
  readonly answer: readonly string[]
  /** What RFC 8914 says of it, if anything. */
  readonly error: string
}

const TRY_MILLISECONDS = 5000
const TRIES = 3

/** Undefined: no answer. A truncated one is asked for again by TCP. */
export async function ask(address: string, question: Question): Promise<Outcome | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const message = await askOnce(address, question, TRY_MILLISECONDS)
    if (message === undefined) continue
    return outcomeOf(message.header.tc ? ((await askTcp(address, question)) ?? message) : message)
  }
  return undefined
}

/** All questions to one resolver, so many at a time. The outcomes stand as the questions do. */
export async function askAll(
  address: string,
  questions: readonly Question[],
  atOnce: number,
): Promise<(Outcome | undefined)[]> {
  const outcomes: (Outcome | undefined)[] = new Array(questions.length)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < questions.length) {
      const index = next++
      const question = questions[index]
      if (question !== undefined) outcomes[index] = await ask(address, question)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return outcomes
}

function messageOf({ name, type, form }: Question): Uint8Array {
  const id = Math.floor(Math.random() * 65536)
  const cd = form === 'cd' || form === 'do-cd'
  return encodeMessage({
    header: { ...headerOf(id, 0), rd: true, ad: form === 'ad', cd },
    questions: [{ name: Name.parse(name), type: typeNumber(type) ?? 1, class: CLASS_IN }],
    answer: [],
    authority: [],
    additional: [],
    edns: { udpSize: 1232, version: 0, dnssecOk: form.startsWith('do'), flags: 0, options: [] },
  })
}

/** One datagram there and one back. */
export function askOnce(address: string, question: Question, milliseconds: number): Promise<Message | undefined> {
  const { promise, resolve } = Promise.withResolvers<Message | undefined>()
  const socket = createSocket('udp4')
  const late = setTimeout(() => resolve(undefined), milliseconds)
  socket.on('error', () => resolve(undefined))
  socket.on('message', (octets) => resolve(decoded(octets)))
  socket.connect(53, address, () => socket.send(messageOf(question)))
  return promise.finally(() => {
    clearTimeout(late)
    socket.close()
  })
}

function askTcp(address: string, question: Question): Promise<Message | undefined> {
  const { promise, resolve } = Promise.withResolvers<Message | undefined>()
  let got = Buffer.alloc(0)
  const octets = messageOf(question)
  const socket = connect(53, address)
  socket.setTimeout(TRY_MILLISECONDS, () => resolve(undefined))
  socket.on('error', () => resolve(undefined))
  socket.on('close', () => resolve(undefined))
  socket.on('data', (data: Buffer) => {
    got = Buffer.concat([got, data])
    if (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) resolve(decoded(got.subarray(2)))
  })
  socket.write(Buffer.concat([Buffer.of(octets.length >>> 8, octets.length & 0xff), octets]))
  return promise.finally(() => socket.destroy())
}

function decoded(octets: Uint8Array): Message | undefined {
  try {
    return decodeMessage(octets, octets.length, undefined, TOLERATE_ODD)
  } catch {
    return undefined
  }
}

function outcomeOf({ header, answer, edns }: Message): Outcome {
  const data = answer.filter(({ type }) => type !== RRSIG.number)
  const error = optionOf(edns, 'ede')
  return {
    rcode: header.rcode,
    ad: header.ad,
    answer: data
      .map(({ owner, type, rdata }) => `${owner.toString().toLowerCase()} ${typeMnemonic(type)} ${rdata.toHex()}`)
      .sort(),
    error: error === undefined ? '' : `${error.infoCode} ${error.text}`,
  }
}
