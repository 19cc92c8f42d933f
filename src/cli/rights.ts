/** Gives up the rights of root once everything is bound. */
import { DnsError } from '../dns/errors.ts'

/**
 * Goes on as another user, for all threads and for good. Throws DnsError `configuration-invalid` when the user or group is not
 * there or the process may not change; without a user nothing happens.
 */
export function dropRights({
  user,
  group,
}: {
  readonly user?: string | undefined
  readonly group?: string | undefined
}): void {
  if (user === undefined && group === undefined) return
  const { setgroups, setgid, setuid } = process
  if (setuid === undefined || setgid === undefined || setgroups === undefined) {
    throw new DnsError('configuration-invalid', 'server.user: this system has no users to change to')
  }
  // A user's own group has his name, as systems make them; another one is named in the configuration.
  const groupName = group ?? user
  try {
    if (groupName !== undefined) {
      setgroups([groupName])
      setgid(groupName)
    }
    if (user !== undefined) setuid(user)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DnsError('configuration-invalid', `server.user: cannot go on as ${user ?? group}: ${reason}`)
  }
}
