import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { DnsError } from '../dns/errors.ts'
import { anchorTag } from '../dnssec/index.ts'
import { fetchRootAnchors, ROOT_ANCHORS_URL, verifyRootAnchors } from './fetch-root-anchors.ts'
import { type SignedAnchors, signAnchors } from './signed-anchors.fixture.ts'

const AT = 1_800_000_000
const DIGEST = 'E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D'
const keyDigest = (tag: number, until = ''): string =>
  `<KeyDigest validFrom="2017-02-02T00:00:00+00:00"${until}><KeyTag>${tag}</KeyTag><Algorithm>8</Algorithm><DigestType>2</DigestType><Digest>${DIGEST}</Digest></KeyDigest>`
const XML = new TextEncoder().encode(
  `<TrustAnchor><Zone>.</Zone>${keyDigest(1, ' validUntil="2019-01-11T00:00:00+00:00"')}${keyDigest(2)}</TrustAnchor>`,
)

describe('RFC9718 §2.2: the signature of root-anchors.xml', () => {
  let good: SignedAnchors

  before(async () => {
    good = await signAnchors(XML, AT)
  })

  const fails = (words: RegExp, xml: Uint8Array, signature: Uint8Array, roots?: string[], at = AT + 5): Promise<void> =>
    assert.rejects(
      verifyRootAnchors(xml, signature, at, roots ?? [good.root]),
      (error) => error instanceof DnsError && error.code === 'key-invalid' && words.test(error.message),
    )

  it('holds from a root that is trusted, in its time', async () => {
    const anchors = await verifyRootAnchors(XML, good.signature, AT + 5, [good.root])
    assert.deepEqual(anchors.map(anchorTag), [1, 2])
    await fails(/certificate expired/, XML, good.signature, undefined, AT + 40_000_000)
    await fails(/certificate not yet valid/, XML, good.signature, undefined, AT - 5)
    await fails(/does not lead to the ICANN root/, XML, good.signature, [])
    await assert.rejects(verifyRootAnchors(XML, good.signature, AT + 5), /does not lead to the ICANN root/)
  })

  it('does not hold for another file, another signer, or anything else', async () => {
    await fails(
      /does not fit/,
      XML.map((octet, i) => (i === 99 ? octet ^ 1 : octet)),
      good.signature,
    )
    const other = await signAnchors(XML, AT, 'CN=somebody')
    await fails(/signed by CN=somebody, not by IANA/, XML, other.signature, [other.root])
    await fails(/no CMS/, XML, new Uint8Array(0))
    await fails(/no CMS/, XML, new Uint8Array(200).fill(0x30))
    await fails(/no CMS|form/, XML, Uint8Array.of(...good.signature, 0))
    await fails(/more than/, XML, new Uint8Array(100_000))
    await fails(/more than/, new Uint8Array(300_000), good.signature)
  })

  it('is refused whichever octet of it is another', async () => {
    for (let i = 0; i < good.signature.length; i += 11) {
      await fails(
        /./,
        XML,
        good.signature.map((octet, k) => (k === i ? octet ^ 4 : octet)),
      )
    }
  })

  it('is fetched beside the file; digests whose time is over are left out', async () => {
    const asked: string[] = []
    const fetch = async (url: string): Promise<Uint8Array> => {
      asked.push(url)
      return url.endsWith('.xml') ? XML : good.signature
    }
    const anchors = await fetchRootAnchors(fetch, AT + 5, ROOT_ANCHORS_URL, [good.root])
    assert.deepEqual(anchors.map(anchorTag), [2])
    assert.deepEqual(asked, [ROOT_ANCHORS_URL, ROOT_ANCHORS_URL.replace('.xml', '.p7s')])
  })
})
