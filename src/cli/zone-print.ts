/** Not there yet. */
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'

export function command(program: Command): Command {
  return program.action(() => {
    throw new DnsError('usage', 'this command is not there yet')
  })
}
