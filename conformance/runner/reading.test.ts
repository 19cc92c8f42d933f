// biome-ignore-all lint/suspicious/noTemplateCurlyInString: macros of scenarios look like this
/** Replay files: what is read of them, and what is refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordText } from '../../src/dns/wire/index.ts'
import { configure } from './configure.ts'
import { Macros } from './macros.ts'
import { readScenario } from './read-scenario.ts'

const CLAUSES = `; options
server:
  trust-anchor: "example.com. 3600 IN DS 2854 3 1 46e4ffc6e9a4793b488954bd3f0cc6af0dfb201b" # why
  val-override-date: "20070916134226"
  domain-insecure: "sub.example.com"
stub-zone:
  name: "."
  stub-addr: 193.0.14.129  # K
forward-zone: name: "example.net" forward-addr: 192.0.2.1@5353
auth-zone:
  name: "held.example."
  zonefile:
TEMPFILE_NAME held
TEMPFILE_CONTENTS held
held.example. IN SOA a. b. 1 2 3 4 5
TEMPFILE_END
AUTOTRUST_FILE id
example.org. DS 1 8 2 00
AUTOTRUST_END
CONFIG_END
SCENARIO_BEGIN a title
SCENARIO_END
`

test('options in clauses become settings', () => {
  const scenario = readScenario(CLAUSES)
  assert.equal(scenario.dialect, 'unbound')
  const settings = configure(scenario)
  assert.deepEqual(
    settings.hints.flatMap(({ addresses }) => addresses.map((octets) => octets.join('.'))),
    ['193.0.14.129'],
  )
  assert.equal(settings.validationTime, 1189950146)
  assert.deepEqual(
    settings.anchors.map(({ kind, zone }) => `${kind} ${zone}`),
    ['ds example.com.'],
  )
  assert.deepEqual(settings.negativeAnchors.map(String), ['sub.example.com.'])
  assert.deepEqual(
    settings.routed.map(({ zone, kind, servers }) => `${kind} ${zone} ${servers[0]?.endpoint.port}`),
    ['forward example.net. 5353'],
  )
  assert.deepEqual(
    settings.zones.map(({ zone, lines }) => `${zone} ${lines.length}`),
    ['held.example. 1'],
  )
  assert.deepEqual([...settings.anchorFiles.keys()], ['id'])
})

test('flat options are of the other dialect, with its defaults', () => {
  const text = 'do-ip6: no\nquery-minimization: off ; a reason\nstub-addr: 2001:dc3::35\nCONFIG_END\nSCENARIO_END\n'
  const scenario = readScenario(text)
  assert.equal(scenario.dialect, 'deckard')
  const { ipv6, qnameMinimisation, hints } = configure(scenario)
  assert.deepEqual([ipv6, qnameMinimisation, hints[0]?.addresses[0]?.length], [false, false, 16])
})

const ENTRY = `CONFIG_END
SCENARIO_BEGIN t
RANGE_BEGIN 0 100 ; some
  ADDRESS 192.0.2.1
$ORIGIN example.
ENTRY_BEGIN
# a comment
MATCH opcode qname
MATCH ede=6
ADJUST copy_id
REPLY QR AA DO NXDOMAIN
SECTION QUESTION
www IN A
SECTION ANSWER
www A 192.0.2.7 ; {id = 1}
www 60 IN DS 1 250 2 0000
www CH TXT "a;b" c
ENTRY_END
RANGE_END
STEP 5 TIME_PASSES EVAL \${1 + 2}
STEP 9 QUERY ADDRESS 192.0.2.9
ENTRY_BEGIN
RAW
0001
ENTRY_END
SCENARIO_END
`

test('entries are packets with rules', () => {
  const { ranges, steps } = readScenario(ENTRY)
  const [range] = ranges
  assert.deepEqual([range?.from, range?.to, range?.addresses], [0, 100, ['192.0.2.1']])
  const [entry] = range?.entries ?? []
  const message = entry?.packets[0].message
  assert.deepEqual(entry?.match, [{ word: 'opcode' }, { word: 'qname' }, { word: 'ede', value: '6' }])
  assert.deepEqual([message?.header.rcode, message?.header.aa, message?.edns?.dnssecOk], [3, true, true])
  assert.deepEqual(
    message?.answer.map((record) => recordText(record).replaceAll('\t', ' ')),
    [
      'www.example. 3600 IN A 192.0.2.7',
      'www.example. 60 IN DS \\# 6 0001FA020000',
      'www.example. 3600 CH TXT "a;b" "c"',
    ],
  )
  assert.deepEqual(
    steps.map(({ number, kind, words }) => `${number} ${kind} ${words}`),
    [`5 TIME_PASSES EVAL \${1 + 2}`, '9 QUERY ADDRESS 192.0.2.9'],
  )
  assert.deepEqual(steps[1]?.entry?.packets[0].raw, Uint8Array.of(0, 1))
})

for (const [what, text] of [
  ['no CONFIG_END', 'server:\n'],
  ['no SCENARIO_END', 'CONFIG_END\n'],
  ['steps that go back', 'CONFIG_END\nSTEP 2 NOTHING\nSTEP 1 NOTHING\nSCENARIO_END\n'],
  ['an unknown step', 'CONFIG_END\nSTEP 1 DANCE\nSCENARIO_END\n'],
  ['an unknown record type', ENTRY.replace('www A ', 'www NONSENSE ')],
  ['an open entry', ENTRY.replaceAll('ENTRY_END', '')],
  ['no address', ENTRY.replace('ADDRESS 192.0.2.1', 'ADDRESS here')],
] as const) {
  test(`${what} is told with its line`, () => {
    assert.throws(() => readScenario(text), { name: 'ScenarioError', message: /^line \d+: / })
  })
}

test('macros: values, arithmetic from left to right, ranges, dates', () => {
  const macros = new Macros({ time: () => 1251013600, timeout: () => 5000 })
  macros.assign('t0 = ${time}')
  macros.assign('probe = ${range 4800 ${timeout} 5400}')
  assert.equal(macros.expand('a ${$t0 + $probe} b ${ctime $t0}'), 'a 1251018600 b Sun Aug 23 07:46:40 2009')
  assert.equal(macros.number('${2 + 3 * 4}'), 20)
  assert.equal(macros.number('${30*24*3600}'), 2592000)
  assert.throws(() => macros.expand('${range 1 ${timeout} 2}'), /5000 is not from 1 to 2/)
  assert.throws(() => macros.expand('${$unknown}'), /no variable/)
})
