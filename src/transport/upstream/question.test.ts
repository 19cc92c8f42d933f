/** Which messages answer a query, by header and question. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerTo, queryFor } from '../talk.fixture.ts'
import { answersQuery, questionEnd } from './question.ts'

const QUERY = queryFor('example.', 0x1234)
const END = questionEnd(QUERY)

/** A header without a question: flags and RCODE as given, and the number of records in each section. */
function header(rcode: number, counts: readonly number[] = [0, 0, 0, 0], id = 0x1234): Uint8Array {
  const octets = new Uint8Array(12)
  octets.set([id >>> 8, id & 0xff, 0x80, rcode])
  counts.forEach((count, i) => {
    octets[5 + 2 * i] = count
  })
  return octets
}

function answers(reply: Uint8Array): boolean {
  return answersQuery(reply, reply.length, QUERY, 0x1234, END)
}

test('RFC1035 §4.1.1, RFC6891 §7: an error without a question is an answer', () => {
  for (const rcode of [1, 2, 4, 5]) assert.equal(answers(header(rcode)), true, `RCODE ${rcode}`)
  // An OPT may stand beside it.
  const withOpt = Uint8Array.of(...header(1, [0, 0, 0, 1]), 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0)
  assert.equal(answers(withOpt), true)
})

test('a header without a question carries no data: no success, no denial, no records', () => {
  for (const rcode of [0, 3, 6, 7, 8, 9, 10]) assert.equal(answers(header(rcode)), false, `RCODE ${rcode}`)
  for (const counts of [
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 2],
    [2, 0, 0, 0],
  ]) {
    assert.equal(answers(header(2, counts)), false, `counts ${counts}`)
  }
})

test('RFC5452 §9.1: an error without a question needs the ID, QR and the opcode all the same', () => {
  assert.equal(answers(header(1, [0, 0, 0, 0], 0x1235)), false)
  for (const flags of [0x00, 0x88]) {
    const octets = header(1)
    octets[2] = flags
    assert.equal(answers(octets), false)
  }
  assert.equal(answers(header(1).subarray(0, 11)), false)
})

test('an error with another question is none of this query', () => {
  const other = answerTo(queryFor('other.', 0x1234))
  other[3] = 2
  assert.equal(answers(other), false)
})

test('RFC4343 §4.1: a query in lower case is answered in any case; one that mixes it, in its own', () => {
  const upper = answerTo(QUERY)
  for (let i = 13; i < 20; i++) upper[i] = (upper[i] ?? 0) - 0x20
  assert.equal(answers(upper), true)
  const mixed = queryFor('exAmple.', 0x1234)
  const isAnswer = (reply: Uint8Array): boolean => answersQuery(reply, reply.length, mixed, 0x1234, questionEnd(mixed))
  assert.deepEqual([isAnswer(answerTo(mixed)), isAnswer(answerTo(QUERY)), isAnswer(upper)], [true, false, false])
})

test('letters in the type and class of a question are no letters', () => {
  // TYPE97 and TYPE65 differ as `a` and `A` do.
  const query = queryFor('example.', 0x1234, 97)
  const reply = answerTo(queryFor('example.', 0x1234, 65))
  assert.equal(answersQuery(reply, reply.length, query, 0x1234, questionEnd(query)), false)
})
