/**
 * RFC 8906 §8: what a server must answer to queries that failing servers leave unanswered. Each test is one of the RFC's own
 * queries with its list of expectations. `SIGNET_ANSWERS_SERVER=nsd|knot|bind` asks a peer instead.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Workplace } from '../../src/cli/signet.fixture.ts'
import { DNSKEY, SOA, typeMnemonic } from '../../src/dns/rr/index.ts'
import {
  EDNS_DO,
  FLAG_AD,
  FLAG_CD,
  FLAG_RD,
  FLAG_Z,
  HEADER_SIZE,
  type Message,
  OPTION_CLIENT_SUBNET,
  OPTION_COOKIE,
  OPTION_EXPIRE,
  OPTION_NSID,
  opcodeMnemonic,
  rcodeMnemonic,
} from '../../src/dns/wire/index.ts'
import { type QueryShape, query, readAnswer } from '../answers/query.fixture.ts'
import { Serving, serverLacking } from '../answers/serving.fixture.ts'

const ZONE = 'edns.test.'
const TEXT = `$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 192.0.2.1
`
const UNASSIGNED_OPTION = 100
const UNASSIGNED_FLAG = 0x40
const skip = serverLacking()
const place = new Workplace()
let serving: Serving

before(async () => {
  if (skip !== false) return
  place.write('zone', TEXT)
  // Two RSA keys: the DNSKEY answer is larger than 512 octets.
  for (const role of ['ksk', 'zsk']) {
    await place.run(`key generate --zone ${ZONE} --algorithm RSASHA256 --bits 2048 --role ${role} --keys keys`)
  }
  await place.run(`zone sign zone --zone ${ZONE} --keys keys --out signed`)
  serving = await Serving.start([{ name: ZONE, file: join(place.folder, 'signed') }])
})

after(async () => serving?.stop())

/** What every answer shows: the flags that are set, RCODE, how many SOA records the answer section has, EDNS in one word. */
type Seen = { status: string; flags: string; soa: number; opt: string }

function seen(message: Message): Seen {
  const { header, edns, answer } = message
  const flags = (['aa', 'tc', 'rd', 'z', 'ad', 'cd'] as const).filter((flag) => header[flag]).join(' ')
  const { version, dnssecOk, flags: others, options } = edns ?? { version: 0, dnssecOk: false, flags: 0, options: [] }
  const words = [`version ${version}`, ...(dnssecOk ? ['do'] : []), ...(others === 0 ? [] : [`flags ${others}`])]
  return {
    status: rcodeMnemonic(header.rcode),
    flags,
    soa: answer.filter(({ type }) => type === SOA.number).length,
    opt: edns === undefined ? 'none' : [...words, ...options.map(({ kind }) => kind)].join(', '),
  }
}

async function ask(shape: QueryShape, transport: 'udp' | 'tcp' = 'udp'): Promise<Message> {
  const asked = query(shape)
  const answer = await serving[transport](asked)
  const message = readAnswer(asked, answer)
  assert.equal(message.header.opcode, shape.opcode ?? 0)
  return message
}

async function expect(shape: QueryShape, expected: Partial<Seen>): Promise<void> {
  const { status = 'NOERROR', flags = 'aa', soa = 1, opt = 'none' } = expected
  assert.deepEqual(seen(await ask(shape)), { status, flags, soa, opt })
}

const apex = { name: ZONE, type: 'SOA' } as const
const BADVERS = { status: 'BADVERS', flags: '', soa: 0, opt: 'version 0' } as const

test('RFC8906 §8.1.1: the server is configured for the zone', { skip }, () => expect(apex, {}))

test('RFC8906 §8.1.2: an unknown type has no data, and A is answered before and after', { skip }, async () => {
  const address = { name: `ns.${ZONE}`, type: 'A' }
  const before = seen(await ask(address))
  assert.deepEqual(before, { status: 'NOERROR', flags: 'aa', soa: 0, opt: 'none' })
  const unknown = await ask({ name: ZONE, type: 'TYPE1000' })
  assert.deepEqual(seen(unknown), before)
  assert.equal(unknown.answer.length, 0)
  assert.deepEqual(seen(await ask(address)), before)
})

test('RFC8906 §8.1.3.1: CD=1; a server that does DNSSEC gives CD back (RFC 4035 §3.1.6)', { skip }, async () => {
  const answer = seen(await ask({ ...apex, flags: FLAG_CD }))
  assert.ok(answer.flags === 'aa cd' || answer.flags === 'aa', answer.flags)
  assert.deepEqual({ ...answer, flags: '' }, { status: 'NOERROR', flags: '', soa: 1, opt: 'none' })
})

test('RFC8906 §8.1.3.2: AD=1', { skip }, async () => {
  const answer = seen(await ask({ ...apex, flags: FLAG_AD }))
  assert.match(answer.flags, /^aa( ad)?$/)
  assert.deepEqual({ ...answer, flags: '' }, { status: 'NOERROR', flags: '', soa: 1, opt: 'none' })
})

test('RFC8906 §8.1.3.3: the reserved bit is not given back', { skip }, () => expect({ ...apex, flags: FLAG_Z }, {}))

test('RFC8906 §8.1.3.4: RD=1 is given back', { skip }, () => expect({ ...apex, flags: FLAG_RD }, { flags: 'aa rd' }))

test('RFC8906 §8.1.4: an unknown OPCODE, a header alone: NOTIMP, and nothing but a header', { skip }, async () => {
  const message = await ask({ opcode: 15 })
  assert.equal(opcodeMnemonic(message.header.opcode), 'OPCODE15')
  assert.deepEqual(seen(message), { status: 'NOTIMP', flags: '', soa: 0, opt: 'none' })
  const { questions, answer, authority, additional } = message
  assert.deepEqual([questions, answer, authority, additional], [[], [], [], []])
})

test('RFC8906 §8.1.4: every OPCODE that is not assigned, with a question too', { skip }, async () => {
  for (const opcode of [3, 7, 8, 9, 10, 11, 12, 13, 14, 15]) {
    const { status, flags, opt } = seen(await ask({ ...apex, opcode }))
    assert.deepEqual({ status, flags, opt }, { status: 'NOTIMP', flags: '', opt: 'none' }, `OPCODE ${opcode}`)
  }
})

test('RFC8906 §8.1.5: TCP', { skip }, async () => {
  assert.deepEqual(seen(await ask(apex, 'tcp')), { status: 'NOERROR', flags: 'aa', soa: 1, opt: 'none' })
})

test('RFC8906 §8.2.1: minimal EDNS', { skip }, () => expect({ ...apex, edns: {} }, { opt: 'version 0' }))

test('RFC8906 §8.2.2: EDNS version 1 is answered BADVERS with version 0', { skip }, () =>
  expect({ ...apex, edns: { version: 1 } }, BADVERS),
)

test('RFC8906 §8.2.3: an unknown EDNS option is ignored', { skip }, async () => {
  for (const data of [new Uint8Array(0), Uint8Array.of(1, 2, 3)]) {
    await expect({ ...apex, edns: { options: [{ code: UNASSIGNED_OPTION, data }] } }, { opt: 'version 0' })
  }
})

test('RFC8906 §8.2.4: an unknown EDNS flag is not given back', { skip }, () =>
  expect({ ...apex, edns: { flags: UNASSIGNED_FLAG } }, { opt: 'version 0' }),
)

test('RFC8906 §8.2.5: EDNS version 1 with an unknown flag', { skip }, () =>
  expect({ ...apex, edns: { version: 1, flags: UNASSIGNED_FLAG } }, BADVERS),
)

test('RFC8906 §8.2.6: EDNS version 1 with an unknown option', { skip }, () => {
  const options = [{ code: UNASSIGNED_OPTION, data: Uint8Array.of(1) }]
  return expect({ ...apex, edns: { version: 1, options } }, BADVERS)
})

test('RFC8906 §8.2.7: a truncated answer keeps its OPT record', { skip }, async () => {
  const asked = query({ name: ZONE, type: 'DNSKEY', edns: { flags: EDNS_DO, udpSize: 512 } })
  const answer = await serving.udp(asked)
  const message = readAnswer(asked, answer)
  assert.deepEqual(seen(message), { status: 'NOERROR', flags: 'aa tc', soa: 0, opt: 'version 0, do' })
  assert.ok((answer?.length ?? 0) <= 512)
  const whole = await ask({ name: ZONE, type: 'DNSKEY', edns: { flags: EDNS_DO, udpSize: 512 } }, 'tcp')
  assert.equal(whole.answer.filter(({ type }) => type === DNSKEY.number).length, 2)
})

test('RFC8906 §8.2.8: DO=1 is given back', { skip }, async () => {
  const message = await ask({ ...apex, edns: { flags: EDNS_DO } })
  assert.deepEqual(seen(message), { status: 'NOERROR', flags: 'aa', soa: 1, opt: 'version 0, do' })
  assert.deepEqual(message.answer.map(({ type }) => typeMnemonic(type)).sort(), ['RRSIG', 'SOA'])
})

test('RFC8906 §8.2.9: EDNS version 1 with DO=1', { skip }, async () => {
  const { opt, ...rest } = seen(await ask({ ...apex, edns: { version: 1, flags: EDNS_DO } }))
  assert.deepEqual(rest, { status: 'BADVERS', flags: '', soa: 0 })
  assert.equal(opt, 'version 0, do')
})

test('RFC8906 §8.2.10: several defined EDNS options in one query', { skip }, async () => {
  const subnet = Uint8Array.of(0, 1, 0, 0)
  const options = [
    { code: OPTION_COOKIE, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    { code: OPTION_NSID, data: new Uint8Array(0) },
    { code: OPTION_EXPIRE, data: new Uint8Array(0) },
    { code: OPTION_CLIENT_SUBNET, data: subnet },
  ]
  const { opt, ...rest } = seen(await ask({ ...apex, edns: { options } }))
  assert.deepEqual(rest, { status: 'NOERROR', flags: 'aa', soa: 1 })
  assert.match(opt, /^version 0(, (cookie|nsid|expire|client-subnet))*$/)
})

test('RFC8906 §3: what is no query gets FORMERR, or silence when it cannot be answered', { skip }, async () => {
  const whole = query(apex)
  const answered = readAnswer(whole, await serving.udp(whole.subarray(0, whole.length - 3)))
  assert.equal(rcodeMnemonic(answered.header.rcode), 'FORMERR')
  assert.equal(await serving.udp(whole.subarray(0, HEADER_SIZE - 1), 500), undefined)
  const response = query({ ...apex, flags: 0x8000 })
  assert.equal(await serving.udp(response, 500), undefined, 'a response is not answered')
})
