/** Who makes a request to the API, and whether they may: each route names its action, and one hook asks `authorize`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { authorize, type ManagementAction, OPERATOR, type Principal } from '../server/index.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a request to the route does. */
    readonly action?: ManagementAction
  }
}

/** The options of routes, by what they do. */
export const READS = { config: { action: 'management-read' } } as const
export const EXPORTS = { config: { action: 'management-export' } } as const
export const WRITES = { config: { action: 'management-write' } } as const

/** `control`: the request came over the control socket. */
export function principalOf(request: FastifyRequest, access: 'network' | 'control'): Principal {
  return access === 'control' ? OPERATOR : { kind: 'api-client', address: request.ip }
}

/**
 * Has each request to a route authorized before its handler; `refuse` answers those that are not. Routes are added afterwards: one
 * without an action is an error of this program, and throws.
 */
export function authorizeRequests(
  app: FastifyInstance,
  access: 'network' | 'control',
  refuse: (request: FastifyRequest, reply: FastifyReply) => FastifyReply,
): void {
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.action === undefined) throw new Error(`${method} ${url}: the route has no action`)
  })
  app.addHook('preHandler', async (request, reply) => {
    const { action } = request.routeOptions.config
    if (action === undefined || authorize(principalOf(request, access), action).isAllowed) return
    return refuse(request, reply)
  })
}
