/** The NSEC chain after a change: the records of names that changed, and of those before names that appear in the chain or vanish. */
import type { Name } from '../../dns/name/index.ts'
import { OctetWriter } from '../../dns/octets.ts'
import { NSEC } from '../../dns/rr/index.ts'
import type { Steps, ViewNode, ViewRrset, ZoneContent, ZoneView } from '../../zone/index.ts'
import type { ChangeRecords } from '../change-records.ts'
import { eachInSteps, Pace } from '../in-steps.ts'
import { isChained } from '../node-rules.ts'
import { kindOf, typesOf } from '../view-rules.ts'
import { isSameNsec, lastInChainBefore, nextInChain, writeNsec } from './nsec.ts'

/**
 * Puts the chain in order. `names`: all those whose records or kinds differ in the two versions. `isWhole`: all of the chain is
 * looked at, since its TTL is another one.
 *
 * A name that stays in the chain points elsewhere only when one behind it appears or vanishes before any other of the version
 * before: then it is the last in the chain of that version before the one that does.
 */
export function* relinkNsec(
  before: ZoneView,
  after: ZoneContent,
  names: readonly Name[],
  ttl: number,
  isWhole: boolean,
  records: ChangeRecords,
): Steps {
  const linked = new Map<string, Name>()
  yield* eachInSteps(names, (name) => {
    const previous = lastInChainBefore(before, name)
    if (previous !== undefined && isInChain(after, previous)) linked.set(previous.key, previous)
    if (isInChain(after, name)) linked.set(name.key, name)
    else records.remove(name, findNsec(before.node(name)))
  })
  if (isWhole) {
    const pace = new Pace()
    for (let name: Name | undefined = after.apex; name !== undefined; name = nextInChain(after, name)) {
      linked.set(name.key, name)
      if (pace.isDue()) yield
    }
  }
  yield* eachInSteps(linked.values(), (name) => link(before, after, name, ttl, records))
}

function link(before: ZoneView, after: ZoneContent, name: Name, ttl: number, records: ChangeRecords): void {
  const node = after.node(name)
  if (node === undefined) return
  const next = nextInChain(after, name) ?? after.node(after.apex)?.owner ?? after.apex
  const rdata = new OctetWriter(512)
  writeNsec(next.octets, 0, kindOf(after, name), typesOf(node), rdata)
  records.replaceDenial(node.owner, NSEC.number, findNsec(before.node(name)), ttl, rdata.copy(), isSameNsec)
}

function isInChain(zone: ZoneContent, name: Name): boolean {
  return zone.exists(name) && isChained(kindOf(zone, name))
}

function findNsec(node: ViewNode | undefined): ViewRrset | undefined {
  return node?.rrsets.find(({ type }) => type === NSEC.number)
}
