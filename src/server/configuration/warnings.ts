/** What a configuration allows and a person may not have meant. Nothing here stops a server. */
import { formatSocketAddress } from '../../transport/index.ts'
import { readTsigAlgorithm } from '../../tsig/index.ts'
import { isWithin } from '../access-list.ts'
import type { Configuration } from './schema.ts'

const LOOPBACK_V4 = Uint8Array.of(127, 0, 0, 0)
const LOOPBACK_V6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)

/** One sentence each, beginning with the setting. */
export function listConfigurationWarnings({ tsigKeys, zones, management, resolver, server }: Configuration): string[] {
  const warnings: string[] = []
  for (const [i, { name, algorithm, secret }] of tsigKeys.entries()) {
    const { algorithm: found } = readTsigAlgorithm(algorithm)
    if (found.weak || found.mnemonic === 'hmac-sha1') {
      warnings.push(`tsigKeys[${i}].algorithm: ${algorithm} of ${name} is outdated; hmac-sha256 is not`)
    }
    if (secret !== undefined && secret.length < found.macLength) {
      const wanted = `RFC 8945 §8 wants ${found.macLength} for ${algorithm}`
      warnings.push(`tsigKeys[${i}].secret: ${name} has ${secret.length} octets, and ${wanted}`)
    }
  }
  const owners = new Map<string, number>()
  for (const [i, zone] of zones.entries()) {
    if (zone.type === 'forward' || zone.type === 'stub') {
      if (!resolver.enabled) warnings.push(`zones[${i}]: ${zone.name} is answered only with resolver.enabled`)
      continue
    }
    if (zone.allowTransfer.isOpen) warnings.push(`zones[${i}].allowTransfer: anybody may transfer ${zone.name}`)
    if (zone.type !== 'primary') continue
    if (zone.file === undefined) continue
    const other = owners.get(zone.file)
    if (other !== undefined) warnings.push(`zones[${i}].file: zones[${other}] has the same file`)
    owners.set(zone.file, i)
  }
  if (resolver.enabled && resolver.allow.isOpen)
    warnings.push('resolver.allow: an open resolver; attackers use such against others')
  if (resolver.enabled && !resolver.validation.enabled)
    warnings.push('resolver.validation: off; forged answers are passed on to clients')
  for (const [i, listener] of management.listen.entries()) {
    if (isWithin(listener.address, LOOPBACK_V4, 8) || isWithin(listener.address, LOOPBACK_V6, 128)) continue
    warnings.push(`management.listen[${i}]: ${formatSocketAddress(listener)} can be reached from other machines`)
  }
  if (server.group !== undefined && server.user === undefined)
    warnings.push('server.group: without user, the rights of root stay')
  return warnings
}
