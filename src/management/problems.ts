/**
 * Errors of the API as problem documents (RFC 9457): a stable code for programs, a sentence for people. One row an error;
 * what is not here is a fault of ours, and its text stays in the log.
 */
import type { FastifyReply } from 'fastify'

const PROBLEMS = {
  'request-invalid': { status: 400, title: 'Bad Request' },
  'name-invalid': { status: 400, title: 'Bad Request' },
  'not-found': { status: 404, title: 'Not Found' },
  'zone-unknown': { status: 404, title: 'Not Found' },
  'recorder-off': { status: 404, title: 'Not Found' },
  'failure-unknown': { status: 404, title: 'Not Found' },
  'resolver-absent': { status: 404, title: 'Not Found' },
  'zone-not-served': { status: 409, title: 'Conflict' },
  'method-not-allowed': { status: 405, title: 'Method Not Allowed' },
  refused: { status: 409, title: 'Conflict' },
  'too-large': { status: 413, title: 'Content Too Large' },
  'host-unknown': { status: 421, title: 'Misdirected Request' },
  failed: { status: 500, title: 'Internal Server Error' },
  internal: { status: 500, title: 'Internal Server Error' },
} as const

export type ProblemCode = keyof typeof PROBLEMS

/** What a handler throws to answer with a problem. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly details: readonly string[] | undefined

  constructor(code: ProblemCode, detail: string, details?: readonly string[]) {
    super(detail)
    this.code = code
    this.details = details
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, title } = PROBLEMS[problem.code]
  const { code, message, details } = problem
  const body = { type: 'about:blank', title, status, code, detail: message, ...(details && { details }) }
  return reply
    .code(status)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(body)))
}

/** The problem that an error of a handler or of fastify stands for; undefined for a fault of ours. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  if (error.statusCode === 413) return new Problem('too-large', 'the body of the request is too large')
  if (typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500)
    return new Problem('request-invalid', 'the request does not parse: bodies are JSON (application/json)')
  return undefined
}
