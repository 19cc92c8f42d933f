/** The rules over a view, held equal to what `Zone` and the plan of a whole zone say. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { AUTHORITATIVE, DELEGATION, OCCLUDED, TableView, type Zone } from '../zone/index.ts'
import { zoneOf } from '../zone/zone.fixture.ts'
import { recordLines } from '../zone/zone-changes.fixture.ts'
import { soaLine } from '../zone/zone-versions.fixture.ts'
import { lastInChainBefore, nextInChain } from './denial/nsec.ts'
import { chainNodes } from './denial/nsec-chain.ts'
import { ancestorsOf, kindOf, occluderOf } from './view-rules.ts'

const EXAMPLE = Name.parse('example.')
const name = (text: string): Name => Name.parse(text, EXAMPLE)

const VIEW = new TableView(
  zoneOf(`${soaLine(1)}
example. NS ns.example.
cut NS ns.other.
cut DNAME other.
x.cut A 192.0.2.1
deep.cut NS ns.other.
y.deep.cut A 192.0.2.1
d DNAME other.
*.d NS ns.other.
a.b.ent TXT "t"
`),
)

describe('of a view', () => {
  const kinds: readonly [owner: string, kind: number, occluder: string | undefined][] = [
    ['@', AUTHORITATIVE, undefined],
    ['cut', DELEGATION, undefined],
    ['x.cut', OCCLUDED, 'cut'],
    ['deep.cut', OCCLUDED, 'cut'],
    ['y.deep.cut', OCCLUDED, 'cut'],
    ['absent.cut', OCCLUDED, 'cut'],
    ['d', AUTHORITATIVE, undefined],
    ['*.d', OCCLUDED, 'd'],
    ['ent', AUTHORITATIVE, undefined],
    ['absent', AUTHORITATIVE, undefined],
  ]
  for (const [owner, kind, occluder] of kinds) {
    it(`RFC9499 §7: the kind of ${owner}, and what occludes it`, () => {
      assert.equal(kindOf(VIEW, name(owner)), kind)
      assert.equal(`${occluderOf(VIEW, name(owner))}`, `${occluder && name(occluder)}`)
    })
  }

  it('RFC6672 §2.4: a DNAME at the apex occludes all below', () => {
    const view = new TableView(zoneOf(`${soaLine(1)}\nexample. DNAME other.\na A 192.0.2.1\n`))
    assert.equal(kindOf(view, EXAMPLE), AUTHORITATIVE)
    assert.equal(kindOf(view, name('a')), OCCLUDED)
    assert.equal(nextInChain(view, EXAMPLE), undefined)
  })

  it('the names above, up to the apex', () => {
    assert.deepEqual(ancestorsOf(name('a.b'), EXAMPLE).map(String), ['b.example.', 'example.'])
    assert.deepEqual(ancestorsOf(EXAMPLE, EXAMPLE), [])
  })
})

function ownerOf(zone: Zone, node: number): Name {
  return Name.fromOctets(zone.table.octets, zone.ownerOf(node))
}

describe('any zone', () => {
  const zones = recordLines.map((lines) => [soaLine(1), ...lines].filter((line) => !/ (RRSIG|NSEC) /.test(line)))

  it('has names of the same kinds, and in the same chain', () => {
    fc.assert(
      fc.property(zones, (lines) => {
        const zone = zoneOf(lines.map((line) => `${line}\n`).join(''))
        const view = new TableView(zone)
        for (let node = 0; node < zone.nodeCount; node++) {
          assert.equal(kindOf(view, ownerOf(zone, node)), zone.kinds[node], `${ownerOf(zone, node)}`)
        }
        const chain = Array.from(chainNodes(zone), (node) => ownerOf(zone, node))
        for (const [i, at] of chain.entries()) {
          assert.equal(`${nextInChain(view, at)}`, `${chain[i + 1]}`)
          assert.equal(lastInChainBefore(view, at)?.key, chain[i - 1]?.key)
        }
      }),
      { numRuns: 300 },
    )
  })
})
