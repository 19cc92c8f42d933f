/** `signet resolve` and `signet explain` against real servers of our own. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { decodeMessage, encodeMessage } from '../dns/wire/index.ts'
import { buildSignedWorld } from './signed-world.fixture.ts'

const { place, address, anchor, server } = await buildSignedWorld()
const TRUST = `--root ${address} --anchor ${anchor}`

test('signet resolve asks one server, by UDP and by TCP', async () => {
  const text = await place.run(`resolve www.lab --server ${address} --dnssec-ok`)
  assert.match(text, /^www\.lab\. A\nstatus +NOERROR\nflags +AA RD\n/)
  assert.match(text, /^ {2}www\.lab\. +300 +A +192\.0\.2\.1$/m)
  assert.match(text, /^ {2}www\.lab\. +300 +RRSIG +A 13 2 300 /m)
  const json = JSON.parse(await place.run(`resolve www.lab A --server ${address} --tcp --json`))
  assert.equal(json.protocol, 'tcp')
  assert.deepEqual(json.answer, [{ owner: 'www.lab.', ttl: 300, type: 'A', data: '192.0.2.1' }])
})

test('RFC6891 §7: signet resolve asks a server from before EDNS without it, at once', async (t) => {
  const socket = createSocket('udp4')
  t.after(() => socket.close())
  socket.on('message', (octets, from) => {
    const { edns, ...query } = decodeMessage(octets)
    const bare = Uint8Array.of(octets[0] ?? 0, octets[1] ?? 0, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    const [question] = query.questions
    assert.ok(question)
    const answer = [{ owner: question.name, type: 1, class: 1, ttl: 300, rdata: Uint8Array.of(192, 0, 2, 1) }]
    const reply = encodeMessage({ ...query, header: { ...query.header, qr: true, aa: true }, answer })
    socket.send(edns === undefined ? reply : bare, from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const begun = performance.now()
  const text = await place.run(`resolve www.old --server 127.0.0.1:${socket.address().port}`)
  assert.match(text, /^EDNS +the server does not accept it: asked without it$/m)
  assert.match(text, /^ {2}www\.old\. +300 +A +192\.0\.2\.1$/m)
  assert.ok(performance.now() - begun < 5000)
})

test('RFC3597 §5: signet resolve shows malformed RDATA in the generic form', async (t) => {
  const socket = createSocket('udp4')
  t.after(() => socket.close())
  socket.on('message', (octets, from) => {
    // Header and question of the query, and an HTTPS record whose parameter is longer than the record.
    let end = 12
    while (octets[end] !== 0) end += (octets[end] ?? 0) + 1
    const head = octets.subarray(0, end + 5)
    head.set([0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0], 2)
    const record = [0xc0, 12, 0, 65, 0, 1, 0, 0, 1, 44, 0, 9, 0, 1, 0, 0, 1, 0, 9, 2, 104]
    socket.send(Uint8Array.of(...head, ...record), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const words = `resolve www.old HTTPS --server 127.0.0.1:${socket.address().port}`
  assert.match(await place.run(words), /^ {2}www\.old\. +300 +HTTPS +\\# 9 000100000100090268$/m)
  const { answer } = JSON.parse(await place.run(`${words} --json`))
  assert.deepEqual(answer, [{ owner: 'www.old.', ttl: 300, type: 'HTTPS', data: '\\# 9 000100000100090268' }])
})

test('signet resolve --validate: no server of ours needed', async () => {
  const found = async (words: string) =>
    JSON.parse((await place.signet(`resolve ${words} ${TRUST} --validate --json`)).stdout)
  const all = await Promise.all(
    ['www.lab', 'alias.lab', 'nothing.lab', 'x.wild.lab TXT', 'www.open.lab', 'www.late.lab', 'to-late.lab'].map(found),
  )
  assert.deepEqual(
    all.map(({ rcode, security, answer }) => [rcode, security, answer.length]),
    [
      ['NOERROR', 'secure', 1],
      ['NOERROR', 'secure', 2],
      ['NXDOMAIN', 'secure', 0],
      ['NOERROR', 'secure', 1],
      ['NOERROR', 'insecure', 1],
      ['SERVFAIL', 'bogus', 0],
      ['SERVFAIL', 'bogus', 0],
    ],
  )
  assert.equal(all[5]?.reason, 'signature-expired')
})

test('signet resolve --validate --server: the server is a forwarder', async () => {
  const text = await place.run(`resolve www.lab --server ${address} --anchor ${anchor} --validate`)
  assert.match(text, /^status +NOERROR, secure$/m)
})

test('signet explain --server: a server of the zone itself is told apart from a resolver', async () => {
  const bogus = await place.signet(`explain www.lab --server ${address} --anchor ${anchor}`)
  const note = new RegExp(
    `^${address} answers for the zone \\. itself as an authoritative server \\(AA, and no recursion\\)`,
    'm',
  )
  if (bogus.status === 0) assert.doesNotMatch(bogus.stdout, /authoritative server/)
  const open = await place.signet(`explain www.open.lab --server ${address}`)
  assert.match(open.stdout, note)
  const json = JSON.parse((await place.signet(`explain www.open.lab --server ${address} --json`)).stdout)
  assert.match(json.notes[0], note)
  const resolved = `resolve www.open.lab --server ${address} --validate`
  assert.match((await place.signet(resolved)).stdout, new RegExp(`^note +${note.source.slice(1)}`, 'm'))
  assert.deepEqual(JSON.parse((await place.signet(`${resolved} --json`)).stdout).notes, json.notes)
  const wrong = await place.signet(`explain www.lab --server ${address}`)
  assert.match(wrong.stdout, /answers for the zone lab\. itself as an authoritative server/)
  const own = await place.run(`explain www.lab --server ${address} --anchor dsset-lab.`)
  assert.match(own, /^www\.lab\. A: secure$/m)
  assert.doesNotMatch(own, /authoritative server/)
  assert.ok(json.replies.every((reply: { server: string }) => reply.server === address))
})

test('signet explain --save does not write over a file that another option reads', async () => {
  const before = readFileSync(anchor, 'utf8')
  place.write('trusted', before)
  const { status, stderr } = await place.signet(`explain www.lab --root ${address} --anchor trusted --save ./trusted`)
  assert.deepEqual([status, stderr], [2, 'signet: --save: ./trusted is read by another option: name another file\n'])
  assert.equal(place.read('trusted'), before)
})

test('signet explain: a line a link, and the exit status', async () => {
  const secure = await place.signet(`explain alias.lab ${TRUST}`)
  assert.equal(secure.status, 0)
  assert.match(secure.stdout, /^alias\.lab\. A: secure$/m)
  assert.match(secure.stdout, /^alias\.lab\. CNAME: secure$/m)
  assert.match(secure.stdout, /^ {2}\. +trust anchor +secure /m)
  assert.match(secure.stdout, /^ {2}└ lab\. +DS +secure /m)
  assert.match(secure.stdout, /^ {4}└ www\.lab\. +A +secure +signed by key \d+/m)
  assert.equal(secure.stdout.match(/trust anchor /g)?.length, 2, 'a chain for the alias and one for its target')
  const proof = await place.run(`explain nothing.lab ${TRUST}`)
  assert.match(proof, /^ {4}└ nothing\.lab\. +proof +secure +that nothing\.lab\. does not exist: proved by NSEC3 /m)
  assert.equal(proof.match(/does not exist/g)?.length, 1, 'a proof of several records is one line')
  const alias = await place.signet(`explain to-late.lab ${TRUST}`)
  assert.match(alias.stdout, /^to-late\.lab\. CNAME: secure$/m, 'the alias on the way to bogus data is shown')
  assert.match(alias.stdout, /^www\.late\.lab\. A: bogus$/m)
  const bogus = await place.signet(`explain www.late.lab ${TRUST}`)
  assert.equal(bogus.status, 1)
  assert.match(bogus.stdout, /^www\.late\.lab\. A: bogus, SERVFAIL$/m)
  assert.match(bogus.stdout, /^ {2}=> All signatures over the data have expired\. \(signature-expired\)$/m)
  assert.equal(bogus.stdout.match(/expired at \d{14}, (29|30) days ago/g)?.length, 1, 'the case is told once')
  assert.equal(
    (await place.signet(`explain www.late.lab ${TRUST} --at -45d`)).status,
    1,
    'then the parent was not signed yet',
  )
  const insecure = await place.signet(`explain www.open.lab ${TRUST}`)
  assert.equal(insecure.status, 0)
  assert.match(insecure.stdout, /open\.lab\. +no DS +insecure/)
})

test('signet explain --json and --dot', async () => {
  const json = JSON.parse(await place.run(`explain www.lab ${TRUST} --json`))
  assert.equal(json.status, 'secure')
  assert.deepEqual(
    json.parts[0].links.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`),
    ['anchor .', 'dnskey .', 'ds lab.', 'dnskey lab.', 'answer www.lab.'],
  )
  const dot = await place.run(`explain alias.lab ${TRUST} --dot`)
  assert.match(dot, /^digraph "alias\.lab\. A" \{$/m)
  assert.match(dot, /"ds lab\. DS" -> "dnskey lab\. DNSKEY"/)
  assert.match(dot, /style=dashed/)
})

test('signet explain --save, and the same once more without a network', async () => {
  const live = await Promise.all([
    place.signet(`explain alias.lab ${TRUST} --save secure.json --json`),
    place.signet(`explain www.late.lab ${TRUST} --save bogus.json --json`),
    place.signet(`explain none.lab ${TRUST} --save absent.json --json`),
  ])
  await server.stop()
  for (const [i, file] of ['secure.json', 'bogus.json', 'absent.json'].entries()) {
    const again = await place.signet(`explain ${file} --json`)
    const [then, now] = [JSON.parse(live[i]?.stdout ?? ''), JSON.parse(again.stdout)]
    assert.equal(again.status, live[i]?.status, file)
    assert.deepEqual([now.parts, now.status, now.rcode, now.missing], [then.parts, then.status, then.rcode, 0], file)
  }
  const later = await place.signet(['explain', 'secure.json', '--at', '+1y'])
  assert.equal(later.status, 1)
  assert.match(later.stdout, /expired/)
  const unreachable = await place.signet(`explain www.lab ${TRUST}`)
  assert.notEqual(unreachable.status, 0)
})

test('a file of evidence that is none is wrong use, and says where', async () => {
  const good = place.read('secure.json')
  place.write('broken.json', good.replace('"version":1', '"version":9'))
  place.write('cut.json', good.slice(0, 100))
  const [broken, cut, absent] = await Promise.all(
    ['broken.json', 'cut.json', 'absent-file.json'].map((file) => place.signet(`explain ${file}`)),
  )
  assert.deepEqual([broken?.status, cut?.status, absent?.status], [2, 2, 2])
  assert.match(broken?.stderr ?? '', /^signet: broken\.json: version is not 1/)
  assert.match(cut?.stderr ?? '', /^signet: cut\.json: this is no JSON/)
})

test('wrong use', async () => {
  const wrong = [
    'resolve www.lab NOTYPE',
    'resolve a..b',
    'resolve www.lab --tcp --tls',
    'resolve www.lab --anchor x',
    `explain www.lab --server 127.0.0.1 --root ${address}`,
    'explain www.lab --server nowhere',
    'explain www.lab --dot --json',
  ]
  const outcomes = await Promise.all(wrong.map((words) => place.signet(words)))
  for (const [i, { status }] of outcomes.entries()) assert.equal(status, 2, `${wrong[i]}`)
})
