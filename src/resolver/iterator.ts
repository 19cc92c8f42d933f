/**
 * Fetches links from the network: from the best delegation that is known down to a server that answers. What comes back is scrubbed
 * to what its zone may say; it is not validated.
 *
 *     start      deepest known delegation, a zone of the configuration, or the root
 *     ask        a server of it, for one label more than it has or for the whole name
 *     referral   its servers are the next delegation
 *     answer     aliases and data go to the caches; the first link is the outcome
 *     else       another server, the address of another server, the parent's word for the servers, failure
 *
 * `link-fetch.ts` does it for one link.
 */
import type { Name } from '../dns/name/index.ts'
import type { FetchOptions } from './fetch-options.ts'
import type { FetchOutcome } from './fetch-outcome.ts'
import { LinkFetch, type LinkFetchParts } from './link-fetch.ts'
import type { Work } from './tasks.ts'

export class Iterator {
  readonly #parts: LinkFetchParts

  constructor(parts: LinkFetchParts) {
    this.#parts = parts
  }

  fetch<D = never>(name: Name, type: number, options: FetchOptions<D>): Work<FetchOutcome | D> {
    return new LinkFetch(this.#parts, name, type, options).run()
  }
}
