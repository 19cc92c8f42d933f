/** Zones that only some may ask (`allowQuery`), beside one that everybody may: no alias of that one shows what is in them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rdataText } from '../dns/rr/index.ts'
import { decodeMessage } from '../dns/wire/index.ts'
import { OPTION_RESTRICTED } from '../zone/index.ts'
import { TRANSPORT } from './index.ts'
import { arrange } from './naive-zone.fixture.ts'
import { NOW, question, SERVING, Served, zoneFrom } from './served.fixture.ts'

const OPEN = `
alias CNAME secret.hidden.
none CNAME none.hidden.
tree DNAME hidden.
*.wild CNAME secret.hidden.
through CNAME alias2.half.
mail MX 10 secret.hidden.
below.in NS secret.in.example.
`

/** `example.` is open; `hidden.`, and `in.example.` below the open zone, are restricted; `half.` is open and leads on. */
function serve(): Served {
  const server = new Served([zoneFrom('example.', OPEN), zoneFrom('half.', 'alias2 CNAME secret.hidden.\n')])
  for (const apex of ['hidden.', 'in.example.']) {
    const zone = zoneFrom(apex, 'secret A 192.0.2.66\nsecret TXT "hidden"\n')
    server.writer.putZone(arrange(zone), { ...SERVING, options: OPTION_RESTRICTED })
  }
  server.writer.publish()
  return server
}

describe('a zone that allowQuery hides from the client', () => {
  const lines = (name: string, type: string): string[] => {
    const { header, answer, authority, additional } = serve().ask(name, type)
    assert.equal(header.rcode, 0)
    assert.deepEqual([...authority, ...additional], [])
    return answer.map(({ owner, type, rdata }) => `${owner} ${rdataText(type, rdata)}`)
  }

  it('is left to the control thread when it is asked for itself', () => {
    for (const name of ['secret.hidden.', 'none.hidden.', 'hidden.', 'secret.in.example.'])
      assert.equal(serve().send(question(name, 'A')), 'control', name)
  })

  it('is not shown by an alias of another zone: neither its data nor what it lacks', () => {
    assert.deepEqual(lines('alias.example.', 'A'), ['alias.example. secret.hidden.'])
    assert.deepEqual(lines('none.example.', 'A'), ['none.example. none.hidden.'])
    assert.deepEqual(lines('x.wild.example.', 'TXT'), ['x.wild.example. secret.hidden.'])
    assert.deepEqual(lines('secret.tree.example.', 'A'), [
      'tree.example. hidden.',
      'secret.tree.example. secret.hidden.',
    ])
    assert.deepEqual(lines('through.example.', 'A'), ['through.example. alias2.half.', 'alias2.half. secret.hidden.'])
  })

  it('is not shown as additional data', () => {
    assert.deepEqual(lines('mail.example.', 'MX'), ['mail.example. 10 secret.hidden.'])
  })

  it('is not shown either to a client who may ask the zone of the alias, which is restricted too', () => {
    const server = new Served([])
    const zones = [zoneFrom('example.', OPEN), zoneFrom('hidden.', 'secret A 192.0.2.66\n')]
    for (const zone of zones) server.writer.putZone(arrange(zone), { ...SERVING, options: OPTION_RESTRICTED })
    server.writer.publish()
    const packet = question('alias.example.', 'A')
    server.asker.transport = TRANSPORT.udp4
    server.reader.enter()
    const length = server.responder.respond(packet, packet.length, server.asker, { wall: NOW, steady: NOW }, true)
    server.reader.leave()
    const { answer } = decodeMessage(server.responder.builder.octets.slice(0, length))
    assert.deepEqual(
      answer.map(({ rdata, type }) => rdataText(type, rdata)),
      ['secret.hidden.'],
    )
  })
})
