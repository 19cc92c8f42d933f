/** Servers that fail for a part of the chain of trust: the verdict names the server and what it did, and so does the graph. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DNSKEY, DS } from '../dns/rr/index.ts'
import { decodeMessage, encodeMessage, optionOf } from '../dns/wire/index.ts'
import { askUdp, makeFolder, question, RunningServer } from './running-server.fixture.ts'
import { buildSignedWorld } from './signed-world.fixture.ts'

const { place, server, anchor } = await buildSignedWorld()

type Said = number | 'silent' | undefined

/** A server that answers as those of the world, but for names and types of which `reply` gives an RCODE or silence. */
async function proxy(reply: (name: string, type: number) => Said): Promise<string> {
  const socket = createSocket('udp4')
  after(() => socket.close())
  socket.on('message', async (octets, from) => {
    const query = decodeMessage(octets)
    const [question] = query.questions
    assert.ok(question)
    const said = reply(question.name.toString().toLowerCase(), question.type)
    if (said === 'silent') return
    const { message } = said === undefined ? await askUdp(octets, server.port('udp')) : { message: query }
    const header = { ...message.header, qr: true, ...(said !== undefined && { rcode: said }) }
    socket.send(encodeMessage({ ...message, header }), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return `127.0.0.1:${socket.address().port}`
}

function sentenceOf(type: string, address: string, what: string): string {
  return `lab. ${type} could not be fetched: no server of . gives a usable answer: ${address.replace(':', '@')} ${what}`
}

test('keys that cannot be fetched: the verdict says which server returned REFUSED', async () => {
  const address = await proxy((name, type) => (name === 'lab.' && type === DNSKEY.number ? 5 : undefined))
  const words = `www.lab --root ${address} --anchor ${anchor}`
  const { stdout, status } = await place.signet(`explain ${words}`)
  assert.equal(status, 1)
  const sentence = sentenceOf('DNSKEY', address, 'returned REFUSED')
  assert.ok(stdout.includes(sentence), stdout)
  assert.match(stdout, /^ {2}\. +trust anchor +secure/m)
  assert.match(stdout, /^ {2}127\.0\.0\.1:\d+ +lab\. DNSKEY +REFUSED, /m)
  const resolved = await place.signet(`resolve ${words} --validate`)
  assert.ok(resolved.stdout.includes(sentence), resolved.stdout)
})

test('a DS that cannot be fetched: the verdict says which server did not reply', async () => {
  const address = await proxy((name, type) => (name === 'lab.' && type === DS.number ? 'silent' : undefined))
  const { stdout } = await place.signet(`explain www.lab --root ${address} --anchor ${anchor}`)
  assert.ok(stdout.includes(sentenceOf('DS', address, 'did not reply')), stdout)
  assert.match(stdout, /^ {2}127\.0\.0\.1:\d+ +lab\. DS +no reply/m)
})

test('a name that fails without a verdict: the graph has the links that hold, the failure and the replies', async () => {
  const address = await proxy((name) => (name === 'www.lab.' ? 2 : undefined))
  const dot = (await place.signet(`explain www.lab --root ${address} --anchor ${anchor} --dot`)).stdout
  assert.match(dot, /^ {2}"anchor \. [^"]*" \[/m)
  assert.match(dot, /-> "failure"/)
  assert.match(dot, /"replies" \[label="[^"]*www\.lab\. A: SERVFAIL/)
  const nothing = await proxy(() => 'silent')
  const empty = (await place.signet(`explain www.lab --root ${nothing} --anchor ${anchor} --dot`)).stdout
  assert.match(empty, /"failure" \[label="www\.lab\. A/)
  assert.match(empty, /"replies" \[label="127\.0\.0\.1:\d+ [^"]*: no reply/)
})

test('zones whose servers need each other: the circle is named to the client, in the log, the status and by explain', async () => {
  const [root, resolver] = [makeFolder(), makeFolder()]
  const head = '@ 300 SOA ns h 1 2 3 4 5\n@ 300 NS ns\nns 300 A 127.0.0.1\n'
  writeFileSync(join(root, 'root.zone'), `${head}one 300 NS ns.two.\ntwo 300 NS ns.one.\n`)
  const basic = { data: 'state', server: { listen: ['127.0.0.1:0'], threads: 1 }, management: { listen: [] } }
  const zones = [{ name: '.', type: 'primary', file: 'root.zone' }]
  const authority = await RunningServer.start(root, { ...basic, zones })
  const address = `127.0.0.1:${authority.port('udp')}`
  const stub = { name: '.', type: 'stub', addresses: [address] }
  const settings = { enabled: true, rootTrustAnchors: false }
  const running = await RunningServer.start(resolver, { ...basic, zones: [stub], resolver: settings })
  const circle = /ns\.(one|two)\. is needed to resolve its own address: the delegations form a circle, without glue/
  const query = decodeMessage(question('www.one.'))
  const edns = { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options: [] }
  const asked = encodeMessage({ ...query, header: { ...query.header, rd: true }, edns })
  const { message } = await askUdp(asked, running.port('udp'))
  const error = optionOf(message.edns, 'ede')
  assert.deepEqual([message.header.rcode, error?.infoCode], [2, 22])
  assert.match(error?.text ?? '', circle)
  await running.until(
    () => running.log.split('\n').some((line) => circle.test(line) && /"level":"info"/.test(line)),
    'logged',
  )
  const status = JSON.parse(await place.run(`resolver status --json --config ${join(resolver, 'signet.yaml')}`))
  assert.match(status.failing[0]?.cause ?? '', circle)
  const { stdout } = await place.signet(`explain www.one --root ${address} --save circle.json`)
  assert.match(stdout, circle)
  assert.match(stdout, /^ {2}127\.0\.0\.1:\d+ +(one|www\.one)\. \S+ +NOERROR, /m)
  assert.match((await place.signet('explain ./circle.json')).stdout, circle)
})
