import assert from 'node:assert/strict'
import test from 'node:test'
import { printable } from './printable.ts'

test('what is safe comes back as it is: letters of all scripts, tabs, escapes of presentation format', () => {
  for (const text of ['', 'www.example. A', 'ä Ж 漢 🔑 é', 'a\tb', '\\027 \\x1b']) assert.equal(printable(text), text)
})

test('controls are written out: C0, DEL, C1', () => {
  assert.equal(printable('\x1b[31mred\x1b[0m'), '\\x1b[31mred\\x1b[0m')
  for (let code = 0; code < 0x20; code++) {
    const shown = `\\x${code.toString(16).padStart(2, '0')}`
    assert.equal(printable(String.fromCharCode(code)), code === 9 ? '\t' : shown)
  }
  for (let code = 0x7f; code < 0xa0; code++)
    assert.equal(printable(String.fromCharCode(code)), `\\x${code.toString(16)}`)
})

test('nothing begins a line of its own', () => {
  assert.equal(printable('a\nsignet: good\r\u0085\u2028\u2029'), 'a\\x0asignet: good\\x0d\\x85\\u{2028}\\u{2029}')
})

test('nothing reverses or hides what stands beside it: bidi controls, zero-width and format characters', () => {
  for (const mark of '\u061c\u200b\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u{e0041}') {
    assert.equal(printable(`a${mark}b`), `a\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}b`)
  }
  assert.equal(printable('\u00ad'), '\\xad')
})

test('half of a surrogate pair is written out', () => {
  assert.equal(printable('a\ud83d'), 'a\\u{d83d}')
  assert.equal(printable('\udd11b'), '\\u{dd11}b')
})

test('what is printable stays so', () => {
  const once = printable('\x1b\n\u202e\ud800')
  assert.equal(printable(once), once)
})
