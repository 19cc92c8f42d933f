/** What the files hold that a configuration names for the resolver: read at once, so that it is taken whole or not at all. */
import type { TrustAnchor } from '../../dnssec/index.ts'
import type { ResolverSettings } from '../../resolver/index.ts'
import { readAnchorFile } from '../../store/index.ts'
import { ROOT_ANCHORS } from '../../validator/index.ts'
import type { Configuration } from '../configuration/index.ts'
import { resolverSettingsOf } from './resolver-settings.ts'

export type ResolverFiles = {
  /** With root hints, and the authorities of forwarders. */
  readonly settings: ResolverSettings
  /** Those that the configuration names, and those built in for the root unless it names others. */
  readonly anchors: readonly TrustAnchor[]
}

/** Throws DnsError when a file cannot be used. */
export function readResolverFiles(configuration: Configuration): ResolverFiles {
  return { settings: resolverSettingsOf(configuration), anchors: readAnchors(configuration.resolver) }
}

function readAnchors({ trustAnchors, rootTrustAnchors }: Configuration['resolver']): TrustAnchor[] {
  const anchors = trustAnchors.flatMap((path) => readAnchorFile(path))
  const hasRoot = anchors.some(({ zone }) => zone.isRoot)
  return hasRoot || !rootTrustAnchors ? anchors : [...anchors, ...ROOT_ANCHORS]
}
