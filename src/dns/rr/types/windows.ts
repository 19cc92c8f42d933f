/** Types of private use that Windows writes into its zones: lookups that go on in WINS when the zone has no answer. */
import { declare } from '../declare.ts'
import { plainName } from '../fields/names.ts'
import { hasUnknownWinsFlags, letteredSeconds, winsFlags, winsServers } from '../fields/windows.ts'

/** Two seconds and a quarter of an hour are what Windows takes when a zone file says nothing. */
const lookup = letteredSeconds('a lookup timeout', 'L', 2)
const cache = letteredSeconds('a cache timeout', 'C', 900)

export const WINS = declare({
  number: 65281,
  mnemonic: 'WINS',
  meaning: 'WINS servers that are asked for hosts the zone does not hold',
  reference: 'MS-DNSP §2.2.2.2.4 (DNS_RPC_RECORD_WINS)',
  fields: { flags: winsFlags, lookupTimeout: lookup, cacheTimeout: cache, servers: winsServers },
  privateUse: true,
  beyondText: hasUnknownWinsFlags,
})

export const WINS_R = declare({
  number: 65282,
  mnemonic: 'WINSR',
  aliases: ['WINS-R'],
  meaning: 'hosts are asked for their NetBIOS name, which gets this domain',
  reference: 'MS-DNSP §2.2.2.2.4 (DNS_RPC_RECORD_WINSR)',
  fields: { flags: winsFlags, lookupTimeout: lookup, cacheTimeout: cache, domain: plainName('a domain') },
  privateUse: true,
  beyondText: hasUnknownWinsFlags,
})
