/**
 * The image as the control thread uses it: versions of zones are put, changed and taken out, each shown to all readers at once.
 * Every zone has a slot, the number by which its queries are counted and by which it is found again from the image.
 */
import { AnswerClass } from '../authority/index.ts'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import {
  type BuiltZone,
  type Extent,
  ImageReader,
  type ImageWalk,
  ImageWalks,
  ImageWriter,
  OPTION_RESTRICTED,
  OPTION_ROTATES,
  READER_SLOTS,
  type RecordWalk,
  STATE_HANDED_OVER,
  STATE_RESOLVED,
  STATE_SERVING,
  STATE_UNAVAILABLE,
  type StagedZone,
  WHITELIST_SHIFT,
  ZONE_SLOT,
  type Zone,
} from '../zone/index.ts'
import type { PrimaryZoneSettings } from './configuration/index.ts'

/** Reader slots: one for the control thread, then the workers', then those of walks. */
const CONTROL_SLOT = 0
const FIRST_WORKER_SLOT = 1
/** Two for each of the most threads that there may be: a reload starts workers before it ends others. */
const WORKER_SLOTS = 520
const FIRST_WALK_SLOT = FIRST_WORKER_SLOT + WORKER_SLOTS
/** Of the slots of walks, those that are left for the server's own: the others wait for clients. */
const OWN_WALK_SLOTS = 64
/**
 * Octets of old versions that slow readings may hold, whatever is served. Above it they may be as many as those that are served:
 * each zone may be replaced once while it is read.
 */
const RETIRED_OCTETS = 64 << 20

/** What of a zone's settings its answers depend on. */
export type ServingOptions = {
  /** Not everybody may ask: the control thread answers. */
  readonly restricted: boolean
  readonly rotates: boolean
  /** When a secondary's copy expires, by the steady clock; 0: never. */
  readonly expires: number
  /** Classes of answers (`AnswerClass`) to which the higher rate limit applies. */
  readonly rateLimitWhitelist?: number
}

const STATES = {
  serving: STATE_SERVING,
  unavailable: STATE_UNAVAILABLE,
  'handed-over': STATE_HANDED_OVER,
  resolved: STATE_RESOLVED,
} as const
export type ImageState = keyof typeof STATES

/** A staged version and how it is served. */
export type Publication = {
  readonly staged: StagedZone
  readonly options: ServingOptions
  readonly state?: ImageState
}

/** The classes of answers that a zone has whitelisted, as bits. */
export function whitelistOf({ rateLimitWhitelist }: Pick<PrimaryZoneSettings, 'rateLimitWhitelist'>): number {
  return rateLimitWhitelist.reduce((set, name) => set | AnswerClass[name], 0)
}

export class ServedImage {
  readonly #writer = new ImageWriter()
  readonly #walks: ImageWalks
  readonly #workerSlots = Array.from({ length: WORKER_SLOTS }, (_, i) => FIRST_WORKER_SLOT + i)
  readonly #slots = new Map<string, number>()
  readonly #zonesBySlot: (Name | undefined)[] = []
  readonly #freeSlots: number[] = []
  /** For the control thread's own answers. */
  readonly reader: ImageReader
  /** Called with the number of readings that were broken off because memory was needed. */
  brokeOff: (walks: number) => void = () => {}
  /** Called with a slot that may be another zone's from now on. */
  slotFreed: (slot: number) => void = () => {}

  constructor() {
    const { buffer } = this.#writer.memory
    this.reader = new ImageReader(buffer, CONTROL_SLOT)
    const slots = Array.from({ length: READER_SLOTS - FIRST_WALK_SLOT }, (_, i) => FIRST_WALK_SLOT + i)
    this.#walks = new ImageWalks(buffer, slots, OWN_WALK_SLOTS)
  }

  get buffer(): SharedArrayBuffer {
    return this.#writer.memory.buffer
  }

  /** A reader slot for a worker, to be given back. Throws DnsError `limit-exceeded` when all are taken. */
  takeWorkerSlot(): number {
    const slot = this.#workerSlots.pop()
    // Two readers of one slot would take each other's version away.
    if (slot === undefined) throw new DnsError('limit-exceeded', `more than ${WORKER_SLOTS} workers read the zones`)
    return slot
  }

  /** The worker with this slot has ended, in whatever way. */
  leaveWorkerSlot(slot: number): void {
    this.#writer.memory.leave(slot)
    this.#workerSlots.push(slot)
  }

  /** A copy of what is published under an apex, to be changed. It is published, or abandoned. */
  stage(apex: Name): StagedZone {
    return this.#writer.stage(apex)
  }

  /** A version without records, to be filled. It is published, or abandoned. */
  stageAfresh(apex: Name): StagedZone {
    return this.#writer.stageAfresh(apex)
  }

  /** A version that another thread wrote into this image. It is published, or abandoned. */
  adopt(apex: Name, built: BuiltZone): StagedZone {
    return this.#writer.adopt(apex, built)
  }

  /** A version that another thread wrote is not wanted. */
  discard({ built }: { readonly built?: BuiltZone }): void {
    if (built !== undefined) this.#writer.adopt(Name.root, built).abandon()
  }

  /** Extents for a thread that writes a version; what it does not use is given back with `giveExtents`. */
  takeExtents(): Extent[] {
    return this.#writer.takeExtents()
  }

  giveExtents(extents: readonly Extent[]): void {
    this.#writer.giveExtents(extents)
  }

  /** Shows staged versions to all readers at once. */
  publish(versions: readonly Publication[]): void {
    this.#attempt(() => {
      for (const { staged, options, state = 'serving' } of versions)
        this.#writer.put(staged, this.#settings(staged.apex, state, options))
    })
  }

  /** Serves a zone, in place of what was there. Throws DnsError `zone-invalid` when it has no SOA, and nothing has changed. */
  put(zone: Zone, options: ServingOptions, state?: ImageState): void {
    const staged = this.stageAfresh(zone.apex)
    try {
      staged.fill(zone)
    } catch (error) {
      staged.abandon()
      throw error
    }
    this.publish([{ staged, options, ...(state !== undefined && { state }) }])
  }

  /** Sets how a name is answered without touching its records. */
  mark(apex: Name, state: ImageState, options: ServingOptions): void {
    this.#attempt(() => this.#writer.setZone(apex, this.#settings(apex, state, options)))
  }

  remove(apex: Name): void {
    this.#attempt(() => this.#writer.removeZone(apex))
    const slot = this.#slots.get(apex.key)
    if (slot !== undefined) {
      this.#zonesBySlot[slot] = undefined
      this.#freeSlots.push(slot)
      this.slotFreed(slot)
    }
    this.#slots.delete(apex.key)
  }

  /**
   * A walk over the version that is served now; undefined when there is none. Whoever takes it closes it. Throws DnsError
   * `limit-exceeded` when too many walks go on; so does reading on when the version was held for too long.
   */
  walk(apex: Name): ImageWalk | undefined {
    return this.#walks.open((memory, root) => this.#writer.findZone(memory, root, apex), false)
  }

  /** The same for a walk that lasts as long as a client takes. */
  walkForClient(apex: Name): RecordWalk | undefined {
    return this.#walks.open((memory, root) => this.#writer.findZone(memory, root, apex), true)
  }

  /** Walks that are not closed. */
  get openWalks(): number {
    return this.#walks.openWalks
  }

  /** What is served under an apex. */
  zone(apex: Name): ReturnType<ImageWriter['zone']> {
    return this.#writer.zone(apex)
  }

  /** The slot of the zone that is nearest above the uncompressed name at `octets[at]`; undefined when there is none. */
  slotAbove(octets: Uint8Array, at: number): number | undefined {
    const { reader } = this
    reader.enter()
    reader.setName(octets, at)
    const unit = reader.findZone(octets, at)
    const slot = unit === 0 ? undefined : reader.memory.words[unit * 2 + ZONE_SLOT]
    reader.leave()
    return slot
  }

  /** The zone with this slot. */
  zoneOfSlot(slot: number): Name | undefined {
    return this.#zonesBySlot[slot]
  }

  slotOf(apex: Name): number | undefined {
    return this.#slots.get(apex.key)
  }

  reclaim(): void {
    this.#writer.reclaim()
    this.#boundReadings()
  }

  /** Breaks off the oldest walks as long as old versions take too much memory. */
  #boundReadings(): void {
    for (;;) {
      const { usedOctets, retiredOctets } = this.#writer.usage
      if (retiredOctets <= Math.max(RETIRED_OCTETS, usedOctets - retiredOctets)) return
      const walks = this.#walks.breakOffOldest()
      if (walks === 0) return
      this.brokeOff(walks)
      this.#writer.reclaim()
    }
  }

  get usage(): { reservedOctets: number; usedOctets: number; retiredOctets: number; reachedOctets: number } {
    return { reservedOctets: this.buffer.byteLength, ...this.#writer.usage }
  }

  #attempt(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#writer.abandon()
      throw error
    }
    this.#writer.publish()
    this.#boundReadings()
  }

  #settings(apex: Name, state: ImageState, options: ServingOptions) {
    const { restricted, rotates, expires, rateLimitWhitelist = 0 } = options
    const flags =
      (restricted ? OPTION_RESTRICTED : 0) | (rotates ? OPTION_ROTATES : 0) | (rateLimitWhitelist << WHITELIST_SHIFT)
    return { slot: this.#slot(apex), state: STATES[state], options: flags, expires }
  }

  #slot(apex: Name): number {
    const known = this.#slots.get(apex.key)
    if (known !== undefined) return known
    const slot = this.#freeSlots.pop() ?? this.#zonesBySlot.length
    this.#zonesBySlot[slot] = apex
    this.#slots.set(apex.key, slot)
    return slot
  }
}
