/** The root-anchors.xml that IANA signed over the years, with the signatures of then. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { DnsError } from '../src/dns/errors.ts'
import { anchorTag } from '../src/dnssec/index.ts'
import { parseRootAnchors, verifyRootAnchors } from '../src/store/index.ts'
import { ROOT_ANCHORS } from '../src/validator/index.ts'
import { findMaterial } from './material.ts'

const folder = findMaterial('root-zone', 'anchors')

const PAIRS = [
  { name: '2014', at: '2013-12-31', tags: [19036] },
  { name: 'dnssec_ta_tool', at: '2018-01-01', tags: [19036, 20326] },
]

const TODAY = Date.UTC(2026, 10, 22) / 1000

describe('RFC9718 §2.2: root-anchors.xml and its signature', {
  skip: folder === undefined && 'root-zone/anchors',
}, () => {
  const read = (name: string): Uint8Array => Uint8Array.from(readFileSync(join(folder ?? '', name)))
  const fails = (xml: Uint8Array, signature: Uint8Array, at: number, words?: RegExp): Promise<void> =>
    assert.rejects(
      verifyRootAnchors(xml, signature, at),
      (error) => error instanceof DnsError && error.code === 'key-invalid' && (words?.test(error.message) ?? true),
    )

  for (const { name, at, tags } of PAIRS) {
    const then = Date.parse(at) / 1000

    it(`the pair of ${name} holds at ${at}, and has expired since`, async () => {
      const [xml, signature] = [read(`${name}-root-anchors.xml`), read(`${name}-root-anchors.p7s`)]
      assert.deepEqual((await verifyRootAnchors(xml, signature, then)).map(anchorTag), tags)
      await fails(xml, signature, TODAY, /certificate expired/)
      await fails(xml, signature, 0, /certificate not yet valid/)
    })

    it(`one octet of the pair of ${name} is another`, async () => {
      const [xml, signature] = [read(`${name}-root-anchors.xml`), read(`${name}-root-anchors.p7s`)]
      const flip = (octets: Uint8Array, i: number): Uint8Array =>
        octets.map((octet, k) => (k === i ? octet ^ (1 << (i % 8)) : octet))
      for (let i = 0; i < xml.length; i += 31) await fails(flip(xml, i), signature, then)
      for (let i = 0; i < signature.length; i += 101) await fails(xml, flip(signature, i), then)
      // What no signature covers: the head, and who signed with what.
      for (let i = 0; i < 70; i += 3) await fails(xml, flip(signature, i), then)
      for (let i = signature.length - 590; i < signature.length - 250; i += 7)
        await fails(xml, flip(signature, i), then)
      for (const part of [signature.subarray(1), signature.subarray(0, -1), Uint8Array.of(...signature, 0)]) {
        await fails(xml, part, then)
      }
    })
  }

  it('signatures of one file do not go with another, and other authorities do not count', async () => {
    const [first, second] = PAIRS.map(({ name }) => read(`${name}-root-anchors.xml`))
    const signature = read('2014-root-anchors.p7s')
    const then = Date.parse('2013-12-31') / 1000
    assert.ok(first && second)
    await fails(second, signature, then, /does not fit/)
    await assert.rejects(verifyRootAnchors(first, signature, then, []), /does not lead to/)
  })

  it('the anchors that come with the program are those of today', () => {
    const today = parseRootAnchors(new TextDecoder().decode(read('2026-root-anchors.xml')), '2026')
    const valid = today.filter(({ validUntil }) => validUntil === undefined)
    assert.deepEqual(
      valid.map(({ rdata }) => rdata.toHex()),
      ROOT_ANCHORS.map(({ rdata }) => rdata.toHex()),
    )
  })
})
