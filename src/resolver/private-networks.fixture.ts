/** Networks for tests, from text. */
import { recordsOf } from './rrsets.fixture.ts'
import type { PrivateNetwork } from './settings.ts'

export function networks(...texts: readonly string[]): PrivateNetwork[] {
  return texts.map((text) => {
    const [address = '', length = ''] = text.split('/')
    const [record] = recordsOf(`x. 300 IN ${address.includes(':') ? 'AAAA' : 'A'} ${address}`)
    if (record === undefined) throw new Error(`${text} is no network`)
    return { text, prefix: record.rdata, bits: Number(length) }
  })
}
