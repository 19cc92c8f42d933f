/** Mailboxes that are written as names (RFC 1035 §8): the first label is the user, and a dot stands for the @. */
import { nameText, skipName } from '../../dns/name/index.ts'

const AT = 0x40

/** What is wrong with the mailbox at `at`: an @ is part of it. Undefined when there is none. */
export function mailboxWithAt(octets: Uint8Array, at: number): string | undefined {
  if (!octets.subarray(at, skipName(octets, at)).includes(AT)) return undefined
  const text = nameText(octets, at)
  return `the mailbox ${text} has an @ in a label; in a name a dot stands for it (RFC 1035 §8): write ${text.replace('\\@', '.')}`
}
