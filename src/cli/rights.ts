/** Gives up the rights of root once everything is bound. */
import { DnsError } from '../dns/errors.ts'
import type { Configuration } from '../server/index.ts'
import { giveFile, makeOwnFolder } from '../store/index.ts'

/**
 * Goes on as another user, for all threads and for good. The data folder is made his before, or must be his; a log file is given to him. Throws DnsError
 * `configuration-invalid` when the user or group is not there, the process may not change, or the folder is somebody else's;
 * without a user nothing happens.
 */
export function dropRights({ server: { user, group }, data, logging }: Configuration): void {
  if (user === undefined && group === undefined) return
  const { setgroups, setgid, setuid, seteuid, geteuid } = process
  if (!setuid || !setgid || !setgroups || !seteuid || !geteuid) {
    throw new DnsError('configuration-invalid', 'server.user: this system has no users to change to')
  }
  // A user's own group has his name, as systems make them; another one is named in the configuration.
  const groupName = group ?? user
  try {
    if (groupName !== undefined) {
      setgroups([groupName])
      setgid(groupName)
    }
    if (user !== undefined) {
      const before = geteuid()
      seteuid(user)
      const uid = geteuid()
      seteuid(before)
      const owner = { uid, gid: process.getgid?.() ?? 0, name: user }
      makeOwnFolder(data, owner)
      // So that it can be begun anew when logs are rotated.
      if (logging.file !== undefined) giveFile(logging.file, owner)
      setuid(user)
    }
  } catch (error) {
    if (error instanceof DnsError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new DnsError('configuration-invalid', `server.user: cannot go on as ${user ?? group}: ${reason}`)
  }
}
