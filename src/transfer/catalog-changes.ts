/**
 * What a consumer does when a catalog changes (RFC 9432 §5.2 to §5.6): which zones it adds, removes, begins anew, or takes over
 * from another catalog. A zone belongs to whoever brought it first; only a coo property of its owner lets it go elsewhere.
 */
import type { Name } from '../dns/name/index.ts'
import type { CatalogMember } from './catalog-reader.ts'

/** To whom a zone that the server has belongs. */
export type ZoneOwner =
  /** To the configuration. */
  | { readonly kind: 'configured' }
  /** To a catalog, as the member that its last good version lists. */
  | { readonly kind: 'catalog'; readonly catalog: Name; readonly member: CatalogMember }

export type CatalogPlan = {
  /** New zones. */
  readonly added: readonly CatalogMember[]
  /** Zones to take away with all their state: data and keys (§5.3). */
  readonly removed: readonly CatalogMember[]
  /** The same zone under another label: removed and added in one, its state is gone (§5.4). */
  readonly reset: readonly CatalogMember[]
  /** Group or coo changed; the zone goes on. */
  readonly changed: readonly CatalogMember[]
  /** Zones that come from another catalog, which agreed; their state stays when the label is the same (§4.3.1). */
  readonly migrated: readonly { readonly member: CatalogMember; readonly from: Name; readonly keepState: boolean }[]
  /** Zones that belong to someone else and stay so: to be logged (§5.2). */
  readonly clashes: readonly { readonly member: CatalogMember; readonly text: string }[]
}

/**
 * Plans the way from the members that this catalog has brought to those that its new version lists. `ownerOf` tells of the
 * zones that the server has, from the configuration and from all catalogs. A broken catalog changes nothing: do not call this.
 */
export function planCatalogChanges(
  catalog: Name,
  before: readonly CatalogMember[],
  after: readonly CatalogMember[],
  ownerOf: (zone: Name) => ZoneOwner | undefined,
): CatalogPlan {
  const wanted = new Set(after.map((member) => member.name.key))
  const old = new Map(before.map((member) => [member.name.key, member]))
  const plan = {
    added: [] as CatalogMember[],
    removed: [] as CatalogMember[],
    reset: [] as CatalogMember[],
    changed: [] as CatalogMember[],
    migrated: [] as CatalogPlan['migrated'][number][],
    clashes: [] as CatalogPlan['clashes'][number][],
  }
  for (const member of before) {
    // What went to another catalog meanwhile is no longer ours to remove.
    if (!wanted.has(member.name.key) && belongsTo(ownerOf(member.name), catalog)) plan.removed.push(member)
  }
  for (const member of after) {
    const owner = ownerOf(member.name)
    if (owner === undefined) plan.added.push(member)
    else if (owner.kind === 'configured') {
      plan.clashes.push({ member, text: `the configuration has a zone ${member.name} of its own` })
    } else if (!owner.catalog.equals(catalog)) {
      if (owner.member.coo?.equals(catalog) === true) {
        plan.migrated.push({ member, from: owner.catalog, keepState: owner.member.id === member.id })
      } else plan.clashes.push({ member, text: `the zone ${member.name} belongs to the catalog ${owner.catalog}` })
    } else {
      const known = old.get(member.name.key) ?? owner.member
      if (known.id !== member.id) plan.reset.push(member)
      else if (!sameProperties(known, member)) plan.changed.push(member)
    }
  }
  return plan
}

function belongsTo(owner: ZoneOwner | undefined, catalog: Name): boolean {
  return owner?.kind === 'catalog' && owner.catalog.equals(catalog)
}

function sameProperties(a: CatalogMember, b: CatalogMember): boolean {
  return a.groups.join('\0') === b.groups.join('\0') && a.coo?.key === b.coo?.key
}
