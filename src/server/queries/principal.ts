/**
 * Who makes a request: made once per request, from what the transport and the authentication know. `authorize.ts` decides
 * what a principal may do. No principal holds a secret: a key is known by its name.
 */
import type { Name } from '../../dns/name/index.ts'
import type { Peer } from '../../ports/index.ts'
import { formatAddress } from '../../transport/index.ts'

/** How a client of the DNS proved who it is, beside its address and its certificate. */
export type Identity = { readonly kind: 'none' } | { readonly kind: 'tsig'; readonly key: Name }

export const NO_IDENTITY: Identity = { kind: 'none' }

/** A client of the DNS. `peer` has its address, the transport, and the names of the certificate that it showed over TLS. */
export type Client = { readonly kind: 'client'; readonly peer: Peer; readonly identity: Identity }

/** A client of the API on an address of the network, which proved nothing. */
export type ApiClient = { readonly kind: 'api-client'; readonly address: string }

/** The owner of the control socket, which file permissions guard. */
export type Operator = { readonly kind: 'operator' }

export type Principal = Client | ApiClient | Operator

export const OPERATOR: Operator = { kind: 'operator' }

export function clientOf(peer: Peer, identity: Identity = NO_IDENTITY): Client {
  return { kind: 'client', peer, identity }
}

/** The TSIG key whose signature on the request is good. */
export function keyOf({ identity }: Client): Name | undefined {
  return identity.kind === 'tsig' ? identity.key : undefined
}

/** The principal in a few words, for logs and journals: by the strongest proof, `key transfer.`, `192.0.2.1`, `operator`. */
export function actorOf(principal: Principal): string {
  switch (principal.kind) {
    case 'operator':
      return 'operator'
    case 'api-client':
      return principal.address
    case 'client': {
      const { identity, peer } = principal
      if (identity.kind === 'tsig') return `key ${identity.key}`
      const [name] = peer.certificateNames ?? []
      return name === undefined ? formatAddress(peer.address) : `certificate ${name}`
    }
  }
}
