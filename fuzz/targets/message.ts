/** Messages: view and objects agree, what is read can be written and read again, walks stay within the message. */
import { WireError } from '../../src/dns/errors.ts'
import { Name } from '../../src/dns/name/index.ts'
import { CLASS_IN, rdataJson } from '../../src/dns/rr/index.ts'
import {
  decodeMessage,
  encodeMessage,
  headerOf,
  type Message,
  MessageBuilder,
  type MessageRecord,
  MessageView,
  messageText,
  TOLERATE_ODD,
} from '../../src/dns/wire/index.ts'
import { type FuzzTarget, hold } from '../target.ts'

const TSIG = 250
const view = new MessageView()
const builder = new MessageBuilder()

function look(octets: Uint8Array): string {
  const fault = view.parse(octets) ?? view.scan()
  if (fault === undefined || fault === 'bad-record' || fault === 'bad-edns') {
    const cursor = view.records()
    let records = 0
    while (cursor.step()) {
      hold(cursor.rdataEnd <= octets.length && cursor.rdataAt <= cursor.rdataEnd, 'a record stands within the message')
      records++
    }
    hold(records * 11 <= octets.length, 'no more records than fit')
    for (const code of [3, 8, 10, 15]) {
      const at = view.optionAt(code)
      hold(at < 0 || at + view.optionLength(at) <= view.optionsEnd, 'an option stands within its record')
    }
    const name = new Uint8Array(255)
    hold(view.lowerQname(name, 0) <= 255, 'a question fits')
  }
  return fault ?? 'good'
}

/** Everything but the case of names, which compression may change. */
function summary(message: Message): string {
  const { header, questions, answer, authority, additional, edns } = message
  const sections = [answer, authority, additional].map((list) =>
    list.map((r) => [r.owner.key, r.type, r.class, r.ttl, r.rdata.length]),
  )
  return JSON.stringify([
    header,
    questions.map((q) => [q.name.key, q.type, q.class]),
    sections,
    edns?.options.length,
    edns?.flags,
  ])
}

/** A response with these records, be their RDATA well-formed or not. */
function rawMessage(name: Name, records: readonly MessageRecord[]): Uint8Array {
  builder.begin(1, 0x8400)
  builder.question(name.octets, 0, 1, CLASS_IN)
  for (const { owner, type, class: rrClass, ttl, rdata } of records) {
    builder.openGroup(1)
    builder.record(owner.octets, 0, type, rrClass, ttl, rdata, 0, rdata.length)
    builder.closeGroup(true)
  }
  return builder.copy()
}

function decodeTolerantly(octets: Uint8Array): Message | undefined {
  try {
    return decodeMessage(octets, octets.length, undefined, TOLERATE_ODD)
  } catch (error) {
    hold(error instanceof WireError, `${error} instead of a WireError`)
    return undefined
  }
}

/** Reads the message as a resolver does. What it carries has a text and JSON, and passes through another message unchanged. */
function carry(octets: Uint8Array): Message | undefined {
  const message = decodeTolerantly(octets)
  if (message === undefined) return undefined
  messageText(message)
  builder.begin(1, 0x8000)
  const records = [...message.answer, ...message.authority, ...message.additional].filter(({ type }) => type !== TSIG)
  let isWhole = true
  for (const { owner, type, class: rrClass, ttl, rdata } of records) {
    rdataJson(type, rdata)
    builder.openGroup(1)
    builder.record(owner.octets, 0, type, rrClass, ttl, rdata, 0, rdata.length)
    isWhole = builder.closeGroup(true) && isWhole
  }
  const again = decodeTolerantly(builder.copy())
  hold(again !== undefined, 'what was read in tolerance is read again')
  if (isWhole) {
    const lengths = (all: Message['answer']): string => all.map(({ type, rdata }) => `${type} ${rdata.length}`).join()
    hold(lengths(again.answer) === lengths(records), 'RDATA passes unchanged')
  }
  return message
}

export const target: FuzzTarget = {
  name: 'message',
  run(octets) {
    const seen = look(octets)
    const carried = carry(octets)
    let message: Message
    try {
      message = decodeMessage(octets)
    } catch (error) {
      hold(error instanceof WireError, `what cannot be read is a WireError, not ${error}`)
      hold(error.at <= octets.length, 'its place is within the message')
      throw error
    }
    hold(
      carried !== undefined && summary(carried) === summary(message),
      'tolerance changes nothing that is well-formed',
    )
    hold(seen === 'good' || seen === 'many-questions', `the view says ${seen}, the objects nothing`)
    messageText(message)
    const again = encodeMessage(message, 65535, builder)
    const back = decodeMessage(again)
    if (!back.header.tc || message.header.tc) hold(summary(back) === summary(message), 'a message survives')
    for (const limit of [512, 1232]) {
      const least = 12 + again.length
      if (least < limit) continue
      try {
        hold(encodeMessage(message, limit, builder).length <= limit, 'a limit is kept')
        decodeMessage(builder.copy())
      } catch (error) {
        hold(error instanceof Error && error.message.includes('do not fit'), String(error))
      }
    }
    return `${seen} ${message.header.opcode} ${message.answer.length > 0} ${message.edns?.options.map((o) => o.kind).join(' ')}`
  },
  seeds() {
    const name = Name.parse('www.example.org.')
    const record = (type: number, hex: string) => ({
      owner: name,
      type,
      class: CLASS_IN,
      ttl: 60,
      rdata: Uint8Array.fromHex(hex),
    })
    const message: Message = {
      header: headerOf(7, 0x8580),
      questions: [{ name, type: 1, class: CLASS_IN }],
      answer: [
        record(1, 'c0000201'),
        record(16, '0161'),
        record(15, '000a036d7478076578616d706c65036f726700'),
        record(2, '026e7300'),
      ],
      authority: [record(6, '00000000000100000002000000030000000400000005'), record(47, '000006400000000003')],
      additional: [],
      edns: {
        udpSize: 1232,
        version: 0,
        dnssecOk: true,
        flags: 0,
        options: [
          { kind: 'cookie', client: new Uint8Array(8), server: new Uint8Array(16) },
          { kind: 'client-subnet', family: 1, source: 24, scope: 0, address: Uint8Array.of(192, 0, 2) },
          { kind: 'ede', infoCode: 6, text: 'why' },
        ],
      },
    }
    const tsig = '07686d61632d6d643500000000000001012c000101000700000000'
    const { edns, ...plain } = message
    const signed = { ...record(250, tsig), class: 255, ttl: 0 }
    const odd = [
      record(65, '000100000400040a0000010001000302683200'),
      record(43, '0001'),
      record(52, '0301'),
      record(48, '0101'),
      record(47, '00000901'),
    ]
    const all = [message, plain, { ...plain, additional: [signed] }, { ...plain, answer: [] }]
    const update = { ...plain, header: headerOf(1, 5 << 11), answer: [{ ...record(1, ''), class: 255 }] }
    const wellFormed = [...all, update].map((each) => encodeMessage(each))
    return [...wellFormed, rawMessage(name, odd)]
  },
  dictionary: [
    'c00c',
    '000029',
    '00002904d0000080000000',
    '0000fa00ff00000000',
    '0001',
    '00010001',
    'ffff',
    '000a0008',
    '000f0002',
    '00080007',
  ].map((hex) => Uint8Array.fromHex(hex)),
}
