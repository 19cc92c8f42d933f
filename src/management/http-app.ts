/**
 * The HTTP application: one instance for each address that it listens on. Handlers are in the route files; here is what all
 * share, limits and the form of errors.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Log } from '../ports/log.ts'
import type { ServerControl } from '../server/index.ts'
import { limitClients } from '../transport/index.ts'
import { addActionRoutes } from './action-routes.ts'
import type { Metrics } from './metrics.ts'
import { Problem, problemOf, sendProblem } from './problems.ts'
import { addReadRoutes } from './read-routes.ts'
import { refuseForeignHost, requestHost } from './request-host.ts'
import { authorizeRequests } from './request-principal.ts'
import { addResolverActionRoutes, addResolverReadRoutes } from './resolver-routes.ts'

/** No request of the API has a larger body, octets. */
const BODY_LIMIT = 16 * 1024
/** A zone's name has up to 1004 characters in presentation format, each up to three in a path. */
const MAX_NAME_IN_PATH = 3 * 1004
/** Clients at once, on each address; one more takes the place of one that is idle. */
const MAX_CONNECTIONS = 64
/** The head of a request must be complete after this, from the beginning of the connection or the request; all of it after that. */
const HEADERS_MILLISECONDS = 5000
const REQUEST_MILLISECONDS = 10_000
/** How often Node looks for requests that took longer. */
const CHECK_MILLISECONDS = 1000

export type AppParts = {
  readonly control: ServerControl
  readonly metrics: Metrics
  readonly log: Log
  /** For errors of handlers. */
  readonly failures: Log
  /** `network`: only what may be looked at. `control`: the socket that file permissions guard; all of it. */
  readonly access: 'network' | 'control'
  /** Host names that clients of the network may use, in lower case. */
  readonly allowedHosts: () => readonly string[]
}

export function buildApp({ control, metrics, log, failures, access, allowedHosts }: AppParts): FastifyInstance {
  const checkHost = (request: FastifyRequest): void => {
    if (access === 'control') return
    const host = requestHost(request.raw)
    // The route that matched, not the path as it is written: monitors ask for it under any name.
    if (request.routeOptions.url !== '/health') refuseForeignHost(host, allowedHosts())
  }
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    // A reload of large zones sends nothing for long: only strangers are held to a pace.
    connectionTimeout: access === 'network' ? 60_000 : 0,
    requestTimeout: REQUEST_MILLISECONDS,
    http: { headersTimeout: HEADERS_MILLISECONDS, connectionsCheckingInterval: CHECK_MILLISECONDS },
    keepAliveTimeout: 5_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_NAME_IN_PATH },
    frameworkErrors: (_, request, reply) => {
      // Hooks do not run for such a request.
      const problem = problemIn(() => checkHost(request))
      sendProblem(reply, problem ?? new Problem('request-invalid', 'the path of the request does not parse'))
    },
  })
  limitClients(app.server, MAX_CONNECTIONS)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    checkHost(request)
  })
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error)
    if (problem !== undefined) return sendProblem(reply, problem)
    failures.error({ error, method: request.method, path: request.routeOptions.url }, 'a request to the API failed')
    return sendProblem(reply, new Problem('internal', 'a fault of the server; its log says more'))
  })
  const refuse = ({ method }: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (access === 'control' || method === 'GET' || method === 'HEAD')
      return sendProblem(reply, new Problem('not-found', 'there is nothing at this path'))
    const why = 'only the control socket takes requests that change something'
    return sendProblem(reply.header('allow', 'GET, HEAD'), new Problem('method-not-allowed', why))
  }
  app.setNotFoundHandler(refuse)
  authorizeRequests(app, access, refuse)
  addReadRoutes(app, control, metrics)
  addResolverReadRoutes(app, control)
  addActionRoutes(app, control, log)
  addResolverActionRoutes(app, control, log)
  return app
}

/** The problem that this throws. */
function problemIn(check: () => void): Problem | undefined {
  try {
    check()
  } catch (error) {
    return problemOf(error)
  }
  return undefined
}
