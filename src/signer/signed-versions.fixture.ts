/**
 * A signed zone whose changes are signed one after the other, in a table and in the image at once, and the same zone signed as a
 * whole: both as lines without signature octets.
 */
import assert from 'node:assert/strict'
import { Name, skipName } from '../dns/name/index.ts'
import { NSEC as NSEC_TYPE, RRSIG, typeMnemonic } from '../dns/rr/index.ts'
import { soaSerial } from '../dns/serial.ts'
import { textSource } from '../dns/text/index.ts'
import { RRSIG_SIGNER } from '../dnssec/index.ts'
import {
  applyChange,
  checkStructure,
  combineChanges,
  concludeVerification,
  createVerifiers,
  ImageView,
  ImageWalk,
  ImageWriter,
  loadRecords,
  planVerification,
  type RecordTable,
  type RecordWalk,
  rdataKey,
  STATE_SERVING,
  TableView,
  verifyJobs,
  walkZone,
  Zone,
  type ZoneChange,
  type ZoneView,
} from '../zone/index.ts'
import { APEX_NAME, type Model } from './change-sequences.fixture.ts'
import {
  chooseSigners,
  concludeChange,
  fillSignatures,
  planChange,
  planSigning,
  readySigners,
  type SignerPair,
  type SignerSet,
  type SigningOptions,
} from './index.ts'

const SERVING = { slot: 0, state: STATE_SERVING, options: 0, expires: 0 }

export function tableOf(lines: readonly string[]): RecordTable {
  return loadRecords(textSource(lines.map((line) => `${line}\n`).join('')), APEX_NAME).table
}

/** All records of a signed zone as a plan lays them out, without signatures. Throws as `planSigning` does. */
export function signedWhole(model: Model, options: SigningOptions): string[] {
  const { table, order } = planSigningOf(model, options)
  return linesOf(table, order)
}

function planSigningOf(model: Model, options: SigningOptions) {
  const plan = planSigning(tableOf(model.lines), APEX_NAME, options)
  return { ...plan, table: plan.zone.table }
}

export class SignedVersions {
  zone: Zone
  readonly #writer = new ImageWriter()
  readonly #options: SigningOptions
  readonly #signers: SignerSet
  readonly #ready: SignerPair

  constructor(model: Model, options: SigningOptions) {
    this.#options = options
    this.#signers = chooseSigners(options.signWith, options.publish, options.denial?.kind === 'nsec3')
    this.#ready = readySigners(this.#signers)
    const { table, order, zone } = planSigningOf(model, options)
    fillSignatures(table, order, 0, order.length, this.#ready, zone.ownerOf(0))
    this.zone = Zone.arrange(APEX_NAME, table)
    this.#writer.putZone(this.zone, SERVING)
    this.#writer.publish()
  }

  get serial(): number {
    return soaSerial(this.zone.table.octets, this.zone.table.rdataEnd(this.zone.soa))
  }

  get tableView(): ZoneView {
    return new TableView(this.zone)
  }

  get imageView(): ZoneView {
    return new ImageView(this.#writer.memory, this.#unit)
  }

  get #unit(): number {
    const { memory } = this.#writer
    return this.#writer.findZone(memory, memory.root, APEX_NAME)
  }

  /** What the signing of a change removes and adds beside it. */
  sign(change: ZoneChange, view: ZoneView): ZoneChange {
    const plan = planChange(view, change, this.#signers, this.#options)
    fillSignatures(plan.table, plan.order, 0, plan.order.length, this.#ready, plan.apexAt)
    return concludeChange(plan)
  }

  /**
   * Makes a change and signs it, in the table and in the image; returns what came beside it. Throws as `planChange` does; then
   * nothing changed.
   */
  apply(change: ZoneChange): ChangeLines {
    const beside = this.sign(change, this.tableView)
    const besideInImage = this.sign(change, this.imageView)
    assert.deepEqual(changeLines(besideInImage), changeLines(beside), 'both views give the same')
    this.zone = applyChange(walkZone(this.zone), combineChanges([change, beside]))
    this.#writer.changeZone(APEX_NAME, change)
    this.#writer.changeZone(APEX_NAME, besideInImage)
    this.#writer.publish()
    return changeLines(beside)
  }

  /** The records of the zone as lines without signatures; the same in the table and in the image. */
  get lines(): string[] {
    const lines = walkLines(walkZone(this.zone))
    assert.deepEqual(
      walkLines(new ImageWalk(this.#writer.memory, this.#unit, () => undefined)),
      lines,
      'table and image',
    )
    return lines
  }

  /** Errors that our own verifier finds. */
  faults(at: number): string[] {
    const plan = planVerification(this.zone, { at })
    checkStructure(plan)
    const results = new Uint8Array(plan.jobs.count)
    const verifiers = createVerifiers(plan.verifierKeys)
    verifyJobs(this.zone.table, this.zone.records, plan.jobs, 0, plan.jobs.count, verifiers, results)
    const { faults } = concludeVerification(plan, results)
    return faults.filter(({ severity }) => severity === 'error').map(({ owner, message }) => `${owner} ${message}`)
  }
}

export function changeOf(removed: readonly string[], added: readonly string[], serial: number): ZoneChange {
  return { removed: tableOf(removed), added: tableOf(added), fromSerial: serial, toSerial: serial + 1 }
}

export type ChangeLines = { readonly removed: readonly string[]; readonly added: readonly string[] }

export function changeLines({ removed, added }: ZoneChange): ChangeLines {
  const all = (table: RecordTable): Uint32Array => Uint32Array.from({ length: table.count }, (_, i) => i)
  return { removed: linesOf(removed, all(removed)), added: linesOf(added, all(added)) }
}

function linesOf(table: RecordTable, order: Uint32Array): string[] {
  return Array.from(order, (index) => {
    const owner = table.owner[index] ?? 0
    return lineOf(table.octets, owner, table.type[index] ?? 0, table.ttl[index] ?? 0, table.rdataOf(index))
  }).sort()
}

function walkLines(walk: RecordWalk): string[] {
  const lines: string[] = []
  while (walk.step()) {
    lines.push(lineOf(walk.octets, walk.ownerAt, walk.type, walk.ttl, walk.octets.slice(walk.rdataAt, walk.rdataEnd)))
  }
  walk.close()
  return lines.sort()
}

/** Owner, TTL, type and RDATA of a record, whatever the case of names in it; of an RRSIG without the signature. */
function lineOf(octets: Uint8Array, owner: number, type: number, ttl: number, rdata: Uint8Array): string {
  const end = type === RRSIG.number ? skipName(rdata, RRSIG_SIGNER) : rdata.length
  const name = Name.fromOctets(octets, owner).toCanonical()
  return `${name} ${ttl} ${typeMnemonic(type)} ${rdataLine(type, rdata.slice(0, end))}`
}

function rdataLine(type: number, rdata: Uint8Array): string {
  if (type === RRSIG.number) {
    const covered = typeMnemonic(((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0))
    return `${covered} ${rdata.toHex()}`
  }
  if (type === NSEC_TYPE.number) {
    const next = Name.fromOctets(rdata).toCanonical()
    return `${next} ${rdata.subarray(next.octets.length).toHex()}`
  }
  return Buffer.from(rdataKey(type, rdata, 0, rdata.length), 'latin1').toString('hex')
}
