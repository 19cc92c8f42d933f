/** Requests that are known and not supported: each has its own RCODE. */
import { OPCODE_QUERY, OPCODE_UPDATE, RCODE_NOTIMP, RCODE_REFUSED } from '../../dns/wire/index.ts'
import { authorize } from './authorize.ts'
import { bare } from './bare-answer.ts'
import type { RequestHandler } from './handler-table.ts'

const TYPE_TKEY = 249

/** Dynamic updates (RFC 2136): no principal may change a zone by them. */
export const UPDATE_HANDLER: RequestHandler = {
  opcode: OPCODE_UPDATE,
  handle: ({ view, client, signer }) =>
    signer.sign(bare(view, authorize(client, 'update').isAllowed ? RCODE_NOTIMP : RCODE_REFUSED)),
}

/** Key agreement (RFC 2930). */
export const TKEY_HANDLER: RequestHandler = {
  opcode: OPCODE_QUERY,
  types: [TYPE_TKEY],
  handle: ({ view, signer }) => signer.sign(bare(view, RCODE_NOTIMP)),
}
