/** Where the control socket of a server is: in its data directory; on Windows a named pipe that is told by the directory. */
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { DnsError } from '../dns/errors.ts'

/** The shortest limit on the path of a socket among the systems we know (macOS), octets. */
const MAX_SOCKET_PATH = 103

/** Throws DnsError `configuration-invalid` when the system could not bind so long a path. */
export function controlPath(dataFolder: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') {
    const place = createHash('sha256').update(resolve(dataFolder).toLowerCase()).digest('hex').slice(0, 16)
    return `\\\\.\\pipe\\signet-${place}`
  }
  const path = join(resolve(dataFolder), 'control.sock')
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path
  throw new DnsError(
    'configuration-invalid',
    `${path}: too long for a socket, ${MAX_SOCKET_PATH} octets at most: choose a shorter data directory`,
  )
}
