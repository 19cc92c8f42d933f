/**
 * `minimalResponses: off` beside BIND with `minimal-responses no`: the same sections. Left out, because they differ: hosts that
 * only a wildcard stands for, which BIND looks up too; and aliases into another zone, which BIND does not follow without
 * recursion.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Workplace } from '../../src/cli/signet.fixture.ts'
import { RRSIG, rdataText, typeMnemonic } from '../../src/dns/rr/index.ts'
import type { Message, MessageRecord } from '../../src/dns/wire/index.ts'
import { dnssecQuery, readAnswer } from '../answers/query.fixture.ts'
import { Serving, serverLacking } from '../answers/serving.fixture.ts'

const ZONE = `$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
@ NS ns.other.test.
@ MX 10 mail
ns A 192.0.2.1
ns AAAA 2001:db8::1
www A 192.0.2.2
www A 192.0.2.3
mail A 192.0.2.4
alias CNAME www
out CNAME www.elsewhere.
mx MX 10 mail
mx MX 20 www.other.test.
mx MX 30 alias
_s._tcp SRV 1 1 80 www
svc HTTPS 1 . alpn=h2
svc A 192.0.2.5
svcb SVCB 1 www alpn=h2
naptr NAPTR 1 1 "a" "x" "" www
*.wild MX 10 www
*.wild A 192.0.2.9
sub NS ns.sub
sub NS ns.other.test.
ns.sub A 192.0.2.6
`
const OTHER = `$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 198.51.100.1
www A 198.51.100.2
`

const QUESTIONS = [
  'www A',
  'www MX',
  'none A',
  'alias A',
  'out A',
  'mx MX',
  '@ MX',
  '@ NS',
  '@ SOA',
  'ns A',
  '_s._tcp SRV',
  'svc HTTPS',
  'svcb SVCB',
  'naptr NAPTR',
  'a.wild MX',
  'x.sub A',
]

function lines(records: readonly MessageRecord[]): string[] {
  return records
    .map(
      ({ owner, type, rdata }) =>
        `${owner.toCanonical()} ${typeMnemonic(type)} ${type === RRSIG.number ? '' : rdataText(type, rdata)}`,
    )
    .sort()
}

const skip = serverLacking('bind') || serverLacking('signet')

describe('answers that are not minimal, beside BIND', { skip }, () => {
  const place = new Workplace()
  let bind: Serving
  let signet: Serving

  before(async () => {
    const zones = [
      { name: 'full.test.', file: join(place.folder, 'full') },
      { name: 'other.test.', file: join(place.folder, 'other') },
    ]
    writeFileSync(join(place.folder, 'full'), ZONE)
    writeFileSync(join(place.folder, 'other'), OTHER)
    bind = await Serving.start(zones, 'bind', { bind: ['minimal-responses no', 'minimal-any yes'] })
    signet = await Serving.start(zones, 'signet', { signet: { minimalResponses: false, threads: 1 } })
  })
  after(async () => {
    await bind?.stop()
    await signet?.stop()
  })

  async function ask(server: Serving, name: string, type: string): Promise<Message> {
    const asked = dnssecQuery(name, type)
    return readAnswer(asked, await server.udp(asked))
  }

  for (const question of QUESTIONS) {
    test(question, async () => {
      const [first = '', type = ''] = question.split(' ')
      const name = first === '@' ? 'full.test.' : `${first}.full.test.`
      const [theirs, ours] = [await ask(bind, name, type), await ask(signet, name, type)]
      assert.deepEqual(lines(ours.answer), lines(theirs.answer), 'answer')
      assert.deepEqual(lines(ours.authority), lines(theirs.authority), 'authority')
      assert.deepEqual(lines(ours.additional), lines(theirs.additional), 'additional')
    })
  }
})
