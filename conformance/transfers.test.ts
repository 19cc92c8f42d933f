/**
 * IXFR as the scenarios of BUNDY describe it (tests/lettuce/features/ixfr_out_bundy.feature): which records an answer has, in
 * which order, for clients of several versions. Its zone has a record that each version deletes or adds; the file tells of it in
 * words, so the journal is made here.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { Name } from '../src/dns/name/index.ts'
import { textSource } from '../src/dns/text/index.ts'
import { decodeMessage, MessageView } from '../src/dns/wire/index.ts'
import {
  answerAxfr,
  answerIxfr,
  answerIxfrDatagram,
  answerWithSoa,
  bareSoa,
  makeSecondaryQuery,
  planIxfr,
  TransferReader,
} from '../src/transfer/index.ts'
import { loadRecords, RecordTable, walkZone, Zone, type ZoneChange } from '../src/zone/index.ts'
import { linesOf } from '../src/zone/zone.fixture.ts'
import { findMaterial } from './material.ts'

const apex = Name.parse('example.com.')
const file = findMaterial('bundy', 'tests', 'lettuce', 'features', 'ixfr_out_bundy.feature')

type Scenario = {
  readonly title: string
  readonly serial: number
  readonly protocol: string
  readonly expected: string
}

/** The steps of the file, those that are comments there too: BUNDY has no IXFR by UDP. */
function readScenarios(text: string): Scenario[] {
  const lines = text.split('\n').map((line) => line.replace(/^\s*#?\s*/, ''))
  const scenarios: Scenario[] = []
  lines.forEach((line, i) => {
    const found = /^When I do an IXFR transfer of example\.com (\d+) over (udp|tcp)$/.exec(line)
    if (found === null) return
    const open = lines.indexOf('"""', i)
    const expected = lines.slice(open + 1, lines.indexOf('"""', open + 1)).join('\n')
    const title = `client of serial ${found[1]} by ${found[2]} (line ${i + 1})`
    scenarios.push({ title, serial: Number(found[1]), protocol: found[2] ?? '', expected })
  })
  return scenarios
}

function tableOf(text: string): RecordTable {
  return loadRecords(textSource(`${text}\n`), apex).table
}

const soa = (serial: number): string =>
  `@ 3600 SOA ns.example.com. admin.example.com. ${serial} 28800 7200 604800 18000`
const WWW = 'www 3600 A 192.0.2.1'
const CURRENT = 22
const zone = Zone.arrange(apex, tableOf([soa(CURRENT), '@ 3600 NS ns', 'ns 3600 A 192.0.2.1', WWW].join('\n')))

/** Version 2 has the record, 4 deletes it, 6 adds it, and so on up to 22. */
const journal: ZoneChange[] = Array.from({ length: 10 }, (_, i) => {
  const fromSerial = 2 + 2 * i
  const deletes = i % 2 === 0
  return {
    fromSerial,
    toSerial: fromSerial + 2,
    removed: tableOf([soa(fromSerial), ...(deletes ? [WWW] : [])].join('\n')),
    added: tableOf([soa(fromSerial + 2), ...(deletes ? [] : [WWW])].join('\n')),
  }
})

function answer({ serial, protocol }: Scenario): Uint8Array[] {
  const view = new MessageView()
  view.parse(makeSecondaryQuery(1, apex, { form: 'ixfr', soa: bareSoa(serial) }, { edns: false }))
  view.scan()
  const current = tableOf(soa(CURRENT))
  const plan = planIxfr(serial, CURRENT, journal)
  if (plan.form === 'up-to-date') return [answerWithSoa(view, current)]
  if (plan.form === 'incremental') {
    if (protocol === 'tcp') return [...answerIxfr(view, current, plan.changes)]
    return [answerIxfrDatagram(view, current, plan.changes, 512)]
  }
  return protocol === 'tcp' ? [...answerAxfr(view, walkZone(zone))] : [answerWithSoa(view, current)]
}

function answerLines(messages: readonly Uint8Array[]): string[] {
  const table = new RecordTable()
  for (const message of messages) {
    for (const { owner, type, ttl, rdata } of decodeMessage(message).answer) table.add(owner.octets, type, ttl, rdata)
  }
  return linesInOrder(table)
}

function linesInOrder(table: RecordTable): string[] {
  return linesOf(
    table,
    Uint32Array.from({ length: table.count }, (_, index) => index),
  )
}

if (file === undefined) test('RFC1995 §4: scenarios of BUNDY', (t) => t.skip('no material/bundy'))
else {
  for (const scenario of readScenarios(readFileSync(file, 'utf8'))) {
    test(`RFC1995 §4: BUNDY, ${scenario.title}`, (t) => {
      const expected = linesInOrder(tableOf(scenario.expected))
      if (scenario.protocol === 'udp' && expected[1]?.includes(' NS ')) {
        t.skip('the whole zone by UDP: BIND, Knot and we send it by TCP only')
        return
      }
      const messages = answer(scenario)
      assert.deepEqual(answerLines(messages), expected)
      if (scenario.protocol === 'udp') return
      const reader = new TransferReader({ id: 1, zone: apex, form: 'ixfr', serial: scenario.serial })
      const steps = messages.map((message) => reader.read(message).kind)
      assert.equal(steps.at(-1), 'done')
    })
  }
}
