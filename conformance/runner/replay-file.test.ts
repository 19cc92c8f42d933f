/** Small scenarios of our own, played with the product's resolver; and files that cannot be replayed. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Outcome } from './findings.ts'
import { replayFile, replayText } from './replay-file.ts'

function play(head: string, body: string): Promise<Outcome> {
  return replayText(`${head}\nCONFIG_END\nSCENARIO_BEGIN own\n${body}\nSCENARIO_END\n`, 'own.rpl')
}

/** An answer to `question`, with the sections in `rest`. */
function entry(question: string, rest = '', words = 'MATCH opcode qtype qname\nADJUST copy_id\nREPLY QR AA'): string {
  return `ENTRY_BEGIN\n${words}\nSECTION QUESTION\n${question}\n${rest}\nENTRY_END\n`
}

function server(address: string, ...entries: string[]): string {
  const line = address === '' ? '' : `ADDRESS ${address}\n`
  return `RANGE_BEGIN 0 1000\n${line}${entries.join('')}RANGE_END\n`
}

const answered = (record: string): string => `SECTION ANSWER\n${record}`
const ask = (number: number, question: string): string => `STEP ${number} QUERY\n${entry(question, '', 'REPLY RD')}`
const check = (number: number, question: string, rest: string, words = 'MATCH all\nREPLY QR RD RA'): string =>
  `STEP ${number} CHECK_ANSWER\n${entry(question, rest, words)}`

const FLAT = 'server:\nqname-minimisation: no\nmodule-config: "iterator"'
const ROOT = 'stub-zone:\nname: "."\nstub-addr: 192.0.2.53'
const WWW = answered('www.example. A 192.0.2.80')
const SERVERS = 'SECTION AUTHORITY\n. NS a.root-servers.net.\nSECTION ADDITIONAL\na.root-servers.net. A 198.41.0.4'

test('a scenario without root servers is played with those that the product knows', async () => {
  const priming = entry('. NS', SERVERS.replace('AUTHORITY', 'ANSWER'))
  const world = server('', priming, entry('www.example. A', WWW))
  const { reason, log } = await play(FLAT, `${world}${ask(1, 'www.example. A')}${check(2, 'www.example. A', WWW)}`)
  assert.equal(reason, '', log.join('\n'))
})

/** A root with a zone whose own NS record names another server than the root does. */
const TWO_SERVERS = [
  server(
    '192.0.2.53',
    entry('. NS', answered('. NS k.root-servers.net.\nSECTION ADDITIONAL\nk.root-servers.net. A 192.0.2.53')),
    entry('ns2.test. A', answered('ns2.test. A 192.0.2.2')),
    entry(
      'example. A',
      'SECTION AUTHORITY\nexample. NS ns1.example.\nSECTION ADDITIONAL\nns1.example. A 192.0.2.1',
      'MATCH opcode subdomain\nADJUST copy_id copy_query\nREPLY QR',
    ),
  ),
  server('192.0.2.1', entry('www.example. A', `${WWW}\nSECTION AUTHORITY\nexample. NS ns2.test.`)),
  server('192.0.2.2', entry('mail.example. A', answered('mail.example. A 192.0.2.25'))),
].join('')

for (const [option, level] of [
  ['harden-referral-path: yes', 3],
  ['harden-referral-path: no', 0],
] as const) {
  test(`${option}: the NS records of a zone itself ${level === 3 ? 'count' : 'do not count'}`, async () => {
    const first = `${ask(1, 'www.example. A')}${check(2, 'www.example. A', WWW)}`
    const mail = answered('mail.example. A 192.0.2.25')
    const second = `${ask(3, 'mail.example. A')}${check(4, 'mail.example. A', mail)}`
    const outcome = await play(`${FLAT}\n${option}\n${ROOT}`, TWO_SERVERS + first + second)
    assert.equal(outcome.level, level, outcome.log.join('\n'))
  })
}

const KEY = 'AwEAAc3Z5DQDJpH4oPdNtC4BUQHk50XMD+dHr4r8psHmivIa83hxR5CRgCtd9sENCW9Ae8OIO19xw9t/RPaEAqQa+OE='
const saved = (nextProbe: number): string => `;;id: held. 1
;;last_queried: 100 ;;x
;;last_success: 100 ;;x
;;next_probe_time: ${nextProbe} ;;x
;;query_failed: 0
;;query_interval: 5400
;;retry_time: 3600
held. 10800 IN DNSKEY 257 3 5 ${KEY} ;{id = 55582} ;;state=2 [  VALID  ] ;;count=0 ;;lastchange=100 ;;x`
const anchored = (nextProbe: number): string =>
  `server:\nqname-minimisation: no\n${ROOT}\nAUTOTRUST_FILE held\n${saved(nextProbe)}\nAUTOTRUST_END`

test('the first probe of a trust point begins when time passes, not while a client waits', async () => {
  const root = server('', entry('. NS', SERVERS.replace('AUTHORITY', 'ANSWER')))
  const silent = `${root}${ask(1, 'www.example. A')}STEP 2 CHECK_ANSWER\n${entry('www.example. A', '', 'MATCH rcode\nREPLY SERVFAIL')}`
  const { log } = await play(anchored(0), `${silent}STEP 3 TIME_PASSES ELAPSE 1000\nSTEP 4 TRAFFIC`)
  const passes = log.findIndex((line) => line.startsWith('STEP 3 '))
  const probe = log.findIndex((line) => line.includes('held. DNSKEY'))
  assert.ok(log.some((line) => line.includes('timeout')))
  assert.ok(passes > 0 && probe > passes, log.join('\n'))
})

test('a trust point is compared as it was saved: a probe without an answer leaves the file as it is', async () => {
  const root = server('', entry('. NS', SERVERS.replace('AUTHORITY', 'ANSWER')))
  const steps = `STEP 1 TIME_PASSES ELAPSE 1000\nSTEP 2 TRAFFIC\nSTEP 3 CHECK_AUTOTRUST held\nFILE_BEGIN\n${saved(200)}\nFILE_END`
  const { reason, log } = await play(anchored(200), root + steps)
  assert.equal(reason, '', log.join('\n'))
  assert.ok(
    log.some((line) => line.includes('held. DNSKEY')),
    log.join('\n'),
  )
})

test('RFC8914 §3: a bogus answer has its own extended error and the general one', async () => {
  const anchor = 'trust-anchor: "example. DS 1 8 2 00000000000000000000000000000000000000000000000000000000000000ff"'
  const world = server(
    '',
    entry('. NS', SERVERS.replace('AUTHORITY', 'ANSWER')),
    entry('www.example. A', WWW),
    entry('example. DNSKEY', '', 'MATCH opcode qtype qname\nADJUST copy_id\nREPLY QR SERVFAIL'),
  )
  const bogus = check(2, 'www.example. A', '', 'MATCH all ede=9 ede=6\nREPLY QR RD RA DO SERVFAIL')
  const query = `STEP 1 QUERY\n${entry('www.example. A', '', 'REPLY RD DO')}`
  const { reason, log } = await play(
    `server:\nede: yes\nqname-minimisation: no\n${anchor}\n${ROOT}`,
    world + query + bogus,
  )
  assert.equal(reason, '', log.join('\n'))
})

const GOOD = `${FLAT}\n${ROOT}\nCONFIG_END\nSCENARIO_BEGIN own\n${server('', entry('. NS', SERVERS.replace('AUTHORITY', 'ANSWER')), entry('www.example. A', WWW))}${ask(1, 'www.example. A')}${check(2, 'www.example. A', WWW)}SCENARIO_END\n`

for (const [what, text] of [
  ['CRLF', GOOD.replaceAll('\n', '\r\n')],
  ['a byte order mark', `\uFEFF${GOOD}`],
  ['tabs', GOOD.replaceAll(/^(\w+) /gm, '\t$1\t\t')],
  [
    'comments behind words',
    GOOD.replaceAll(/^(ENTRY|RANGE|STEP|SECTION|MATCH|REPLY|ADJUST|CONFIG)(.*)$/gm, '$1$2 ; a comment'),
  ],
  ['comments and blank lines between all lines', GOOD.replaceAll('\n', '\n\n; a comment\n  # another\n')],
  ['stray lines between ranges and steps', GOOD.replaceAll(/^(RANGE_BEGIN|STEP)/gm, 'some words of a person\n$1')],
  [
    'several sections of the same kind',
    GOOD.replaceAll('SECTION ANSWER\nwww', 'SECTION ADDITIONAL\nSECTION ANSWER\nSECTION ANSWER\nwww'),
  ],
  ['no line end at the end', GOOD.trimEnd()],
  ['an option right behind its colon', GOOD.replace('qname-minimisation: no', 'qname-minimisation:no')],
  [
    'steps that speak of the inside of another program',
    GOOD.replace(
      'STEP 2',
      'STEP 1.1 INFRA_RTT 192.0.2.53 . 400\nSTEP 1.2 FLUSH_MESSAGE a. A IN\nSTEP 1.3 EXPIRE_MESSAGE a. A IN\nSTEP 2',
    ),
  ],
] as const) {
  test(`${what}: replayed like the same without`, async () => {
    const { level, reason, log } = await replayText(text, 'odd.rpl')
    assert.deepEqual([level, reason], [3, ''], log.join('\n'))
  })
}

for (const [what, text, reason] of [
  ['an empty file', '', /odd\.rpl, line 1: the file ends/],
  ['no text', '\0\uFFFD\x01', /odd\.rpl, line 1: the file ends/],
  ['no CONFIG_END', GOOD.replace('CONFIG_END', ''), /odd\.rpl, line 8: CONFIG_END expected/],
  ['no RANGE_END', GOOD.replace('RANGE_END\n', ''), /line 30: no RANGE_END for the range at line 9/],
  ['no ENTRY_END', GOOD.replace('ENTRY_END\n', ''), /line 20: no ENTRY_END for the entry at line 10/],
  ['no SCENARIO_END', GOOD.replace('SCENARIO_END\n', ''), /the file ends where SCENARIO_END was expected/],
  ['a step without its entry', GOOD.replace('STEP 2', 'STEP 1.5 QUERY\nSTEP 2'), /ENTRY_BEGIN expected/],
  ['an unknown word of MATCH', GOOD.replace('MATCH all', 'MATCH all moon'), /unknown word 'moon' of MATCH/],
  ['an unknown word of ADJUST', GOOD.replace('copy_id', 'copy_cat'), /line 12: unknown word 'copy_cat' of ADJUST/],
  ['an unknown word of REPLY', GOOD.replace('REPLY QR AA', 'REPLY QR AAA'), /line 13: unknown word 'AAA'/],
  ['an unknown section', GOOD.replace('SECTION ANSWER', 'SECTION ANSWERS'), /unknown section/],
  ['an open block of octets', GOOD.replace('SECTION', 'HEX_ANSWER_BEGIN\n00\nSECTION'), /no HEX_ANSWER_END follows/],
  [
    'no octets in a block',
    GOOD.replace('SECTION', 'HEX_ANSWER_BEGIN\n0g\nHEX_ANSWER_END\nSECTION'),
    /no hexadecimal octets/,
  ],
  [
    'options that are none',
    GOOD.replace('SECTION', 'HEX_EDNSDATA_BEGIN\n0003\nHEX_EDNSDATA_END\nSECTION'),
    /line 23: options that cannot be read/,
  ],
  ['no file to compare with', GOOD.replace('STEP 2', 'STEP 1.5 CHECK_AUTOTRUST a\nSTEP 2'), /FILE_BEGIN expected/],
  [
    'no trust anchor',
    GOOD.replace('qname', 'trust-anchor: "example. TXT one"\nqname'),
    /odd\.rpl, line 2: trust-anchor: /,
  ],
  ['an address that is none', GOOD.replace('192.0.2.53', '192.0.2.530'), /odd\.rpl, line 6: stub-addr: /],
  [
    'a number that is none',
    GOOD.replace('qname', 'cache-max-ttl: much\nqname'),
    /line 2: cache-max-ttl: 'much' is no number/,
  ],
  ['a name that is too long', GOOD.replaceAll('www.', `${'w'.repeat(64)}.`), /odd\.rpl, line \d+: /],
] as const) {
  test(`${what}: level 0, with file and line`, async () => {
    const { level, reason: got, wrongAd } = await replayText(text, 'odd.rpl')
    assert.deepEqual([level, wrongAd], [0, false])
    assert.match(got, /^cannot be replayed: odd\.rpl, line \d+: /)
    assert.match(got, reason)
  })
}

for (const [what, step, reason] of [
  ['an assignment without a name', 'ASSIGN = 1', /no assignment/],
  ['a variable that was never assigned', `TIME_PASSES EVAL \${$never}`, /no variable/],
  ['a length of time that is none', 'TIME_PASSES EVAL 1 / 0', /no length of time/],
  ['time that goes back', 'TIME_PASSES EVAL 1 - 2', /no length of time/],
  ['a trust point that there is not', 'CHECK_AUTOTRUST a\nFILE_BEGIN\nFILE_END', /no trust point/],
  ['records of a state file that are none', 'CHECK_AUTOTRUST a\nFILE_BEGIN\na. DNSKEY x\nFILE_END', /./],
] as const) {
  test(`${what}: level 0 at the step, and the steps after it are taken`, async () => {
    const outcome = await replayText(GOOD.replace('STEP 2', `STEP 1.5 ${step}\nSTEP 2`), 'odd.rpl')
    assert.equal(outcome.level, 0)
    assert.match(outcome.reason, /^step 1\.5 \(line \d+\): /)
    assert.match(outcome.reason, reason)
    assert.equal(outcome.findings.at(-1)?.level, 3)
  })
}

test('a file that cannot be read is level 0 with its name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-replay-'))
  try {
    writeFileSync(join(folder, 'good.rpl'), GOOD)
    assert.equal((await replayFile(join(folder, 'good.rpl'))).level, 3)
    const { level, reason } = await replayFile(join(folder, 'none.rpl'))
    assert.equal(level, 0)
    assert.match(reason, /^cannot be replayed: none\.rpl: ENOENT/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
