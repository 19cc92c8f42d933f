/** The settings of a catalogue's members: of the template of their group, of the catalogue's template, or those of the catalogue. */
import type { CatalogMember } from '../transfer/index.ts'
import type { SecondaryZoneSettings, TemplateSettings } from './configuration/index.ts'

export function memberSettings(
  catalog: SecondaryZoneSettings,
  templates: readonly TemplateSettings[],
  member: CatalogMember,
): SecondaryZoneSettings {
  const none = { memberOf: undefined, group: undefined, catalog: undefined, memberTemplate: undefined }
  const base = { ...catalog, ...none, groupTemplates: [], name: member.name }
  const name = templateOf(catalog, member)
  const template = templates.find((each) => each.name === name)
  // Without a template only the primaries, their keys and the lists are the catalogue's; it may be verified, they need not be.
  if (template === undefined) return { ...base, verify: 'no', checks: 'warn' }
  const { name: _, primaries, ...rest } = template
  return { ...base, ...rest, primaries: primaries.length > 0 ? primaries : catalog.primaries }
}

function templateOf(catalog: SecondaryZoneSettings, member: CatalogMember): string | undefined {
  const ofGroup = catalog.groupTemplates.find(({ group }) => member.groups.includes(group))
  return ofGroup?.template ?? catalog.memberTemplate
}
