import assert from 'node:assert/strict'
import test from 'node:test'
import { DnsError } from '../../dns/errors.ts'
import { parseQuestion } from './question.ts'

const asked = (name: string, type?: string): string => {
  const question = parseQuestion(name, type)
  return `${question.name} ${question.type}`
}

test('a name asks for its address, an address for its name', () => {
  assert.equal(asked('www.example'), 'www.example. 1')
  assert.equal(asked('www.example', 'aaaa'), 'www.example. 28')
  assert.equal(asked('192.0.2.1'), '1.2.0.192.in-addr.arpa. 12')
  assert.equal(asked('2001:db8::1').endsWith('8.b.d.0.1.0.0.2.ip6.arpa. 12'), true)
})

test('RFC5890 §2.3.2.1: a name beyond ASCII is asked by its A-label, and only such a name is converted', () => {
  assert.equal(asked('_sip._tcp.bücher.example', 'SRV'), '_sip._tcp.xn--bcher-kva.example. 33')
  assert.equal(asked('1.2.3.４'), '1.2.3.4. 1')
  for (const text of ['a%2eb', 'a\\046b', '0x7f.1', '*', 'xn--a'])
    assert.equal(asked(text, 'A'), `${text.replace('\\046', '\\.')}. 1`)
  assert.throws(() => parseQuestion('bü cher', undefined), DnsError)
})
