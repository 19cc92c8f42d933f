/** What a configuration allows and a person may not have meant. Nothing here stops a server. */
import { formatSocketAddress, isLoopbackAddress } from '../ip-address.ts'
import type { Configuration, TsigKeySettings } from './schema.ts'

const DIGEST_OCTETS: Readonly<Record<TsigKeySettings['algorithm'], number>> = {
  'hmac-md5': 16,
  'hmac-sha1': 20,
  'hmac-sha224': 28,
  'hmac-sha256': 32,
  'hmac-sha384': 48,
  'hmac-sha512': 64,
}

/** One sentence each, beginning with the setting. */
export function listConfigurationWarnings({ tsigKeys, zones, management, resolver, server }: Configuration): string[] {
  const warnings: string[] = []
  for (const [i, { name, algorithm, secret }] of tsigKeys.entries()) {
    if (algorithm === 'hmac-md5' || algorithm === 'hmac-sha1') {
      warnings.push(`tsigKeys[${i}].algorithm: ${algorithm} of ${name} is outdated; hmac-sha256 is not`)
    }
    if (secret !== undefined && secret.length < DIGEST_OCTETS[algorithm]) {
      const wanted = `RFC 8945 §8 wants ${DIGEST_OCTETS[algorithm]} for ${algorithm}`
      warnings.push(`tsigKeys[${i}].secret: ${name} has ${secret.length} octets, and ${wanted}`)
    }
  }
  const owners = new Map<string, number>()
  for (const [i, zone] of zones.entries()) {
    if (zone.type === 'forward' || zone.type === 'stub') continue
    if (zone.allowTransfer.isOpen) warnings.push(`zones[${i}].allowTransfer: anybody may transfer ${zone.name}`)
    if (zone.type !== 'primary') continue
    if (zone.allowUpdate.isOpen) warnings.push(`zones[${i}].allowUpdate: anybody may change ${zone.name}`)
    if (zone.file === undefined) continue
    const other = owners.get(zone.file)
    if (other !== undefined) warnings.push(`zones[${i}].file: zones[${other}] has the same file`)
    owners.set(zone.file, i)
  }
  if (resolver.enabled && resolver.allow.isOpen)
    warnings.push('resolver.allow: an open resolver; attackers use such against others')
  for (const [i, listener] of management.listen.entries()) {
    if (isLoopbackAddress(listener.address)) continue
    warnings.push(`management.listen[${i}]: ${formatSocketAddress(listener)} can be reached from other machines`)
  }
  if (server.group !== undefined && server.user === undefined)
    warnings.push('server.group: without user, the rights of root stay')
  return warnings
}
