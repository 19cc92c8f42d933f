/**
 * `signet serve` as a process whose wall clock libfaketime sets while it runs (Debian: faketime): the data plane, the control thread
 * and the resolver behind them.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { askUdp } from '../../src/cli/running-server.fixture.ts'
import { buildSignedWorld } from '../../src/cli/signed-world.fixture.ts'
import { Name } from '../../src/dns/name/index.ts'
import { CLASS_IN, typeNumber } from '../../src/dns/rr/index.ts'
import { encodeMessage, headerOf, optionOf } from '../../src/dns/wire/index.ts'
import { FakedServer, fakedClock } from './faked-clock.fixture.ts'

/** The world's signatures have expired by then. */
const FAR = '+90d'

/** Made here, not in a hook: its files go with the hook's own end. */
const world = fakedClock === undefined ? undefined : await buildSignedWorld()

/** A resolver that is asked whether what it finds is secure. */
class FakedResolver extends FakedServer {
  static async begin(setBy: string): Promise<FakedResolver> {
    const { address, anchor } = world ?? assert.fail('there is no world')
    const resolver = new FakedResolver({
      zones: [{ name: '.', type: 'stub', addresses: [address] }],
      resolver: { enabled: true, trustAnchors: [anchor] },
    })
    await resolver.start(setBy)
    return resolver
  }

  async outcome(name: string): Promise<string> {
    const query = encodeMessage({
      header: { ...headerOf(1, 0), rd: true },
      questions: [{ name: Name.parse(name), type: typeNumber('A'), class: CLASS_IN }],
      answer: [],
      authority: [],
      additional: [],
      edns: { udpSize: 1232, version: 0, dnssecOk: true, flags: 0, options: [] },
    })
    const { header, edns, answer } = (await askUdp(query, this.server.port('udp'))).message
    if (header.rcode !== 0) return `${header.rcode} ${optionOf(edns, 'ede')?.infoCode}`
    return header.ad ? 'secure' : `${answer.length} records without AD`
  }
}

describe('a wall clock that is set', { skip: fakedClock === undefined ? 'libfaketime not installed' : false }, () => {
  test('answers that were secure are judged again within two seconds, forward and back', async () => {
    const faked = await FakedResolver.begin('+0')
    for (let round = 0; round < 3; round++) assert.equal(await faked.outcome('www.lab.'), 'secure')
    await faked.set(FAR)
    assert.equal(await faked.outcome('www.lab.'), '2 7')
    assert.match(faked.server.log, /the wall clock moved by \+77\d{5} s: cached verdicts are judged again/)
    await faked.set('+0')
    assert.equal(await faked.outcome('www.lab.'), 'secure')
    assert.match(faked.server.log, /the wall clock moved by -77\d{5} s: /)
    assert.equal(await faked.outcome('www.open.lab.'), '1 records without AD')
  })

  test('what a wrong clock refused from the start is secure within two seconds after its correction', async () => {
    const faked = await FakedResolver.begin(FAR)
    assert.equal(await faked.outcome('www.lab.'), '2 7')
    await faked.set('+0')
    assert.equal(await faked.outcome('www.lab.'), 'secure')
  })

  test('a machine that wakes up in 1970 is insecure until its clock is set, and then secure', async () => {
    const faked = await FakedResolver.begin('@1970-01-01 00:10:00')
    assert.equal(await faked.outcome('www.lab.'), '2 records without AD')
    await faked.set('+0')
    assert.equal(await faked.outcome('www.lab.'), 'secure')
    assert.match(faked.server.log, /the clock is right again/)
  })
})
