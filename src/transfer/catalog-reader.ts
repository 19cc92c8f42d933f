/**
 * Reads a catalog zone (RFC 9432): a zone whose records list other zones, the members, for a server to serve.
 *
 *   version.$CATZ               TXT "2"
 *   <id>.zones.$CATZ            PTR member.example.
 *   group.<id>.zones.$CATZ      TXT "a word that the consumer knows"
 *   coo.<id>.zones.$CATZ        PTR other-catalog.example.
 *
 * A catalog with a fault is broken as a whole: it gives no members, and what was made of its last good version stays (§5.1).
 * Records that mean nothing here are ignored (§4.1, §4.4). The zone is read in one walk, in canonical order or not.
 */
import { countLabels, dropLabels, isAtOrBelow, LOWER, Name, nameText } from '../dns/name/index.ts'
import { PTR, TXT } from '../dns/rr/index.ts'
import type { RecordWalk } from '../zone/index.ts'
import type { WalkedRecord } from './transfer-writer.ts'

/** §4.2.1: the version of the schema that is read and written here. */
export const CATALOG_VERSION = '2'

export type CatalogMember = {
  /** The label of the member node, in lower case and presentation format: another label is another life of the zone (§5.4). */
  readonly id: string
  readonly name: Name
  /** Values of the group property (§4.3.2), in ascending order. */
  readonly groups: readonly string[]
  /** The catalog that the member may go to (§4.3.1). */
  readonly coo?: Name
}

export type CatalogFaultCode =
  /** No version property, or more than one, or one that is not known. */
  | 'catalog-version'
  /** More than one PTR record at a member node. */
  | 'catalog-member-records'
  /** One zone at several member nodes. */
  | 'catalog-member-twice'
  /** More than one PTR record at a coo property. */
  | 'catalog-coo-records'

export type CatalogFault = { readonly code: CatalogFaultCode; readonly owner: Name; readonly text: string }

export type Catalog =
  | { readonly kind: 'catalog'; readonly version: string; readonly members: readonly CatalogMember[] }
  | { readonly kind: 'broken'; readonly faults: readonly CatalogFault[] }

/** Reads a catalog out of a walk over its zone, and closes the walk. Members come in the order of their names. */
export function readCatalog(apex: Name, walk: RecordWalk): Catalog {
  const reading = new CatalogReading(apex)
  try {
    while (walk.step()) reading.take(walk)
  } finally {
    walk.close()
  }
  return reading.finish()
}

/** What stands at a member node and below, as it was found. */
type MemberNode = { readonly owner: Name; readonly names: Name[]; readonly groups: string[]; readonly coos: Name[] }

class CatalogReading {
  readonly #apex: Name
  readonly #labels: number
  readonly #versions: string[] = []
  readonly #nodes = new Map<string, MemberNode>()
  readonly #faults: CatalogFault[] = []

  constructor(apex: Name) {
    this.#apex = apex
    this.#labels = apex.labelCount
  }

  take(record: WalkedRecord): void {
    const { octets, ownerAt, type } = record
    if (type !== PTR.number && type !== TXT.number) return
    if (!isAtOrBelow(octets, ownerAt, this.#apex.octets, 0)) return
    const depth = countLabels(octets, ownerAt) - this.#labels
    if (depth === 1 && type === TXT.number && isLabel(octets, ownerAt, 'version'))
      this.#versions.push(onlyString(record))
    if (depth < 2 || depth > 3) return
    const nodeAt = dropLabels(octets, ownerAt, depth - 2)
    if (!isLabel(octets, dropLabels(octets, nodeAt, 1), 'zones')) return
    if (depth === 2 && type === PTR.number)
      this.#nodeAt(octets, nodeAt).names.push(Name.fromOctets(octets, record.rdataAt))
    if (depth === 3 && type === PTR.number && isLabel(octets, ownerAt, 'coo')) {
      this.#nodeAt(octets, nodeAt).coos.push(Name.fromOctets(octets, record.rdataAt))
    }
    if (depth === 3 && type === TXT.number && isLabel(octets, ownerAt, 'group')) {
      this.#nodeAt(octets, nodeAt).groups.push(onlyString(record))
    }
  }

  #nodeAt(octets: Uint8Array, nodeAt: number): MemberNode {
    const owner = Name.fromOctets(octets, nodeAt)
    const known = this.#nodes.get(owner.key)
    if (known !== undefined) return known
    const node: MemberNode = { owner, names: [], groups: [], coos: [] }
    this.#nodes.set(owner.key, node)
    return node
  }

  finish(): Catalog {
    this.#checkVersion()
    const members = [...this.#nodes.values()].flatMap((node) => this.#memberOf(node))
    this.#checkTwice(members)
    if (this.#faults.length > 0) return { kind: 'broken', faults: this.#faults }
    members.sort((a, b) => a.name.compareTo(b.name))
    return { kind: 'catalog', version: CATALOG_VERSION, members }
  }

  #checkVersion(): void {
    const owner = this.#apex.octets.length + 8 <= 255 ? this.#apex.child('version') : this.#apex
    const [version, second] = this.#versions
    const wrong =
      version === undefined
        ? 'there is no TXT record that tells the version'
        : second !== undefined
          ? 'more than one TXT record tells the version'
          : version === CATALOG_VERSION
            ? undefined
            : `the version is '${version}', not '${CATALOG_VERSION}'`
    if (wrong !== undefined) this.#faults.push({ code: 'catalog-version', owner, text: wrong })
  }

  /** Properties without a member have no meaning. */
  #memberOf(node: MemberNode): CatalogMember[] {
    const { owner, names, groups, coos } = node
    const [name, secondName] = names
    const [coo, secondCoo] = coos
    if (name === undefined) return []
    if (secondName !== undefined) {
      this.#faults.push({
        code: 'catalog-member-records',
        owner,
        text: `${names.length} PTR records at one member node`,
      })
    }
    if (secondCoo !== undefined) {
      const text = `${coos.length} PTR records at one coo property`
      this.#faults.push({ code: 'catalog-coo-records', owner: owner.child('coo'), text })
    }
    const id = nameText(Uint8Array.of(...owner.octets.subarray(0, 1 + (owner.octets[0] ?? 0)), 0), 0)
      .slice(0, -1)
      .toLowerCase()
    // §4.3.2: a value that is not understood is ignored; one that is no single string cannot be.
    const understood = [...new Set(groups.filter((group) => group !== ''))].sort()
    return [{ id, name, groups: understood, ...(coo === undefined ? {} : { coo }) }]
  }

  #checkTwice(members: readonly CatalogMember[]): void {
    const seen = new Set<string>()
    for (const { id, name } of members) {
      if (seen.has(name.key)) {
        const text = `${name} is a member more than once, here as '${id}'`
        this.#faults.push({ code: 'catalog-member-twice', owner: this.#apex, text })
      }
      seen.add(name.key)
    }
  }
}

/** Whether the first label of the name is this word, in any case. */
function isLabel(octets: Uint8Array, at: number, word: string): boolean {
  if (octets[at] !== word.length) return false
  for (let i = 0; i < word.length; i++) if (LOWER[octets[at + 1 + i]!] !== word.charCodeAt(i)) return false
  return true
}

/** The string of a TXT record that has just one; otherwise nothing. */
function onlyString({ octets, rdataAt, rdataEnd }: WalkedRecord): string {
  const [text = '', second] = TXT.decode(octets, rdataAt, rdataEnd).text
  return second === undefined ? text : ''
}
