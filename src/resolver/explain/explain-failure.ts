/** A recorded failure as an explanation, with what to do about it. */
import { typeMnemonic } from '../../dns/rr/index.ts'
import { FLAG_RD, RCODE_SERVFAIL, rcodeMnemonic } from '../../dns/wire/index.ts'
import type { Explanation, Step } from './explanation.ts'
import type { RecordedFailure, Repeats } from './recorded-failure.ts'
import type { RecordedExchange } from './recording.ts'
import { remedyOf } from './remedies.ts'
import { serverReplies, socketText } from './server-replies.ts'
import { shellWord } from './shell-word.ts'

export function explainFailure(failure: RecordedFailure & Repeats): Explanation {
  const { name, type, at, zone, cause, status, remarks, parts, above, exchanges } = failure
  const { questions, first, last, isCut, milliseconds } = failure
  return {
    name: name.toString(),
    type: typeMnemonic(type),
    status,
    rcode: rcodeMnemonic(RCODE_SERVFAIL),
    remarks,
    at,
    takenAt: at,
    parts,
    ...(above !== undefined && { above }),
    replies: serverReplies(exchanges),
    notes: notesOf(exchanges, isCut),
    messages: exchanges.length,
    milliseconds,
    missing: 0,
    recorded: {
      zone: zone.toString(),
      cause,
      questions,
      first,
      last,
      advice: remedyOf(cause).advice.replaceAll('ZONE', zone.toString()),
      steps: stepsOf(failure),
    },
  }
}

function notesOf(exchanges: readonly RecordedExchange[], isCut: boolean): string[] {
  if (isCut) return ['The first messages of this attempt were no longer held when it failed.']
  if (exchanges.length > 0) return []
  return [
    'No server was asked for this question: the server decided by what it had cached, and by what it knew of servers.',
  ]
}

function stepsOf({ name, type, zone, cause, exchanges }: RecordedFailure): Step[] {
  const question = `${shellWord(name.toString())} ${typeMnemonic(type)}`
  const where = shellWord(zone.toString())
  // Options come first: a name that begins with a hyphen ends them.
  const skip = `signet negative-anchor add --until +1d ${where}`
  return [
    { command: `signet explain ${forwarderFlags(exchanges)}${question}`, purpose: 'shows whether it still fails' },
    { command: `signet resolver flush --subtree ${where}`, purpose: 'after a repair: forgets what is cached' },
    ...(remedyOf(cause).mayBeSkipped === true
      ? [{ command: skip, purpose: 'meanwhile: answers without validation' }]
      : []),
    { command: 'signet resolver failures', purpose: 'shows whether other zones fail too' },
  ]
}

/** The options that ask the same resolver, where one was asked. */
function forwarderFlags(exchanges: readonly RecordedExchange[]): string {
  const last = exchanges.at(-1)
  if (last === undefined || last.address.length === 0 || ((last.query[2] ?? 0) & (FLAG_RD >>> 8)) === 0) return ''
  const protocol = last.protocol === 'udp' ? '' : ` --${last.protocol}`
  return `--server ${shellWord(socketText(last))}${protocol} `
}
