import assert from 'node:assert/strict'
import test from 'node:test'
import { Name } from '../dns/name/index.ts'
import { keyFileName, parseKeyName, zoneFileText } from './key-name.ts'

test('names are those of the tools, and lead out of no folder', () => {
  assert.equal(keyFileName(Name.parse('Example.COM'), 13, 7), 'Kexample.com.+013+00007')
  assert.equal(keyFileName(Name.root, 8, 20326), 'K.+008+20326')
  assert.equal(zoneFileText(Name.parse('../..'.replaceAll('.', '\\.'))), '%2E%2E%2F%2E%2E.')
  assert.equal(zoneFileText(Name.parse('a\\000b\\\\c%d_e-f')), 'a%00b%5Cc%25d_e-f.')
})

test('a name is taken apart again', () => {
  assert.deepEqual(parseKeyName('Kexample.com.+013+00007'), { zoneText: 'example.com.', algorithm: 13, tag: 7 })
  assert.deepEqual(parseKeyName('K.+008+20326'), { zoneText: '.', algorithm: 8, tag: 20326 })
  for (const text of [
    '',
    'K',
    'Kexample+013+00007',
    'K../x.+013+00007',
    'Ka.+999+00007',
    'Ka.+013+70000',
    'Ka.+13+1',
  ]) {
    assert.equal(parseKeyName(text), undefined, text)
  }
})
