/**
 * Answers as tables in presentation format: the question, then what comes back. The same zone is served unsigned,
 * with NSEC, with NSEC3, and with opt-out. In what is expected, H(name) is the NSEC3 record of that name, and RRSIG names what it
 * covers; SOA, NSEC and NSEC3 records stand without their data.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { NSEC, NSEC3, NSEC3PARAM, RRSIG, rdataText, SOA, typeMnemonic } from '../dns/rr/index.ts'
import { type Message, type MessageRecord, rcodeMnemonic } from '../dns/wire/index.ts'
import { hashLabel, hashOf, type Signing } from './naive-zone.fixture.ts'
import { Served, zoneFrom } from './served.fixture.ts'

export const LABEL = 'l'.repeat(63)
const ZONE = `
@         NS    ns
ns        A     192.0.2.1
www       A     192.0.2.2
www       TXT   "text"
alias     CNAME www
chain     CNAME alias
loop      CNAME pool
pool      CNAME loop
dangling  CNAME none
outside   CNAME www.elsewhere.
tochild   CNAME www.child
tocut     CNAME www.sub
*.wild    TXT   "wild"
*.wa      CNAME www
*.wl      CNAME x.y.wl
a.*.we    A     192.0.2.7
a.ent     A     192.0.2.5
sub       NS    ns.sub
sub       NS    ns
ns.sub    A     192.0.2.3
secure    NS    ns.elsewhere.
secure    DS    1 13 99 00
child     NS    ns.child
child     DS    2 13 99 00
ns.child  A     192.0.2.8
x.insecure NS   ns.elsewhere.
old       DNAME new
old       TXT   "old"
below.old A     192.0.2.9
www.new   A     192.0.2.6
long      DNAME ${LABEL}.${LABEL}.${LABEL}
`
const CHILD = '@ NS ns\nns A 192.0.2.8\nwww A 192.0.2.10\n'

const HASHED =
  'example. ns www alias chain loop pool dangling outside tochild tocut wild *.wild wa *.wa wl *.wl we *.we a.*.we ent a.ent sub secure child insecure x.insecure old new www.new long'.split(
    ' ',
  )
/** Names by the first label of their NSEC3 record. */
const names = new Map(
  HASHED.map((name) => Name.parse(name, Name.parse('example.'))).map((name) => [
    hashLabel(hashOf(name)),
    name.toString(),
  ]),
)

const served = new Map<Signing, Served>()

function serverOf(how: Signing): Served {
  const known = served.get(how)
  if (known !== undefined) return known
  const fresh = new Served([zoneFrom('example.', ZONE, how), zoneFrom('child.example.', CHILD, how)])
  served.set(how, fresh)
  return fresh
}

function show(section: string, { owner, type, rdata }: MessageRecord): string {
  const name = names.get(owner.toCanonical().toString().slice(0, 32))
  const who = name === undefined ? owner.toString() : `H(${name})`
  if (type === RRSIG.number) return `${section} ${who} RRSIG ${typeMnemonic((rdata[0] ?? 0) * 256 + (rdata[1] ?? 0))}`
  const withoutData = [SOA, NSEC, NSEC3, NSEC3PARAM].some(({ number }) => number === type)
  return `${section} ${who} ${typeMnemonic(type)}${withoutData ? '' : ` ${rdataText(type, rdata)}`}`
}

function lines({ header, answer, authority, additional }: Message): string[] {
  return [
    `${rcodeMnemonic(header.rcode)}${header.aa ? ' AA' : ''}`,
    ...answer.map((record) => show('an', record)),
    ...authority.map((record) => show('au', record)),
    ...additional.map((record) => show('ad', record)),
  ]
}

/** Asks `name type [DO]` of the zone signed so, and compares line by line. */
export function expectAnswer(title: string, how: Signing, question: string, expected: string): void {
  test(`${title} (${how}: ${question})`, () => {
    const [name = '', type = '', wants] = question.split(' ')
    const answer = serverOf(how).ask(Name.parse(name, Name.parse('example.')), type, { dnssec: wants === 'DO' })
    const wanted = expected.split('\n').map((line) => line.trim().replaceAll(/ +/g, ' '))
    assert.deepEqual(
      lines(answer),
      wanted.filter((line) => line !== ''),
    )
  })
}
