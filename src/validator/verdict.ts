/**
 * What validation comes to: a value. `evidence` is the chain link by link, for whoever asks why (`signet explain`, the API).
 * Most verdicts are never asked: words are made when they are read.
 */
import type { Name } from '../dns/name/index.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import type { Security } from '../dnssec/index.ts'
import type { Reason } from './reasons.ts'

export type Status = Exclude<Security, 'unchecked'>

export type LinkKind = 'anchor' | 'dnskey' | 'ds' | 'no-ds' | 'negative-anchor' | 'answer' | 'denial'

/** One step from an anchor towards the answer. */
export type Link = {
  readonly kind: LinkKind
  /** The zone that it speaks of; of an answer, the owner. */
  readonly name: Name
  readonly type: number
  readonly status: Status
  readonly reason?: Reason
  /** What was found, in words: the signature, its key and times, the proof that was used. */
  readonly detail: string
}

export type Verdict = {
  readonly status: Status
  /** Why it is not secure. */
  readonly reason?: Reason
  /** The reason as a sentence with the names, keys and times of this case. */
  readonly detail?: string
  /** The zone that is to blame, or at which security ends. */
  readonly zone?: Name
  readonly evidence: readonly Link[]
  /** The verdict holds no longer than this. */
  readonly expires?: SteadySeconds
  /**
   * What a secure denial proves: that there is no such name, or that the name has no such type. The RCODE may say otherwise: a
   * compact denial of a name comes with NOERROR (RFC 9824), and some servers say NXDOMAIN where a name has no data.
   */
  readonly denies?: 'name' | 'type'
  /** A compact denial: the NSEC record at the name says NXNAME (RFC 9824 §3.4). */
  readonly isNxname?: boolean
}

/** Makes words when they are read. */
export type Words = () => string

/** A link whose words are made when they are read. */
export class Step implements Link {
  readonly kind: LinkKind
  readonly name: Name
  readonly type: number
  readonly status: Status
  declare readonly reason?: Reason
  readonly #words: Words

  constructor(kind: LinkKind, name: Name, type: number, status: Status, words: Words, reason?: Reason) {
    this.kind = kind
    this.name = name
    this.type = type
    this.status = status
    this.#words = words
    if (reason !== undefined) this.reason = reason
  }

  get detail(): string {
    return this.#words()
  }

  toJSON(): Link {
    const { kind, name, type, status, reason, detail } = this
    return { kind, name, type, status, ...(reason !== undefined && { reason }), detail }
  }
}

/** What a verdict is made of. `chain` is read only when somebody asks for evidence. */
export type Finding = {
  readonly status: Status
  readonly reason?: Reason | undefined
  readonly words?: Words | undefined
  readonly zone?: Name | undefined
  readonly expires?: SteadySeconds | undefined
  readonly denies?: 'name' | 'type' | undefined
  readonly isNxname?: boolean | undefined
  /** The links before the last ones. */
  readonly chain?: (() => readonly Link[]) | undefined
  readonly links?: readonly Link[] | undefined
}

/** The verdict of a finding. */
export class LazyVerdict implements Verdict {
  readonly status: Status
  declare readonly reason?: Reason
  declare readonly zone?: Name
  declare readonly expires?: SteadySeconds
  declare readonly denies?: 'name' | 'type'
  declare readonly isNxname?: boolean
  readonly #finding: Finding

  constructor(finding: Finding) {
    this.status = finding.status
    if (finding.reason !== undefined) this.reason = finding.reason
    if (finding.zone !== undefined) this.zone = finding.zone
    if (finding.expires !== undefined) this.expires = finding.expires
    if (finding.denies !== undefined) this.denies = finding.denies
    if (finding.isNxname !== undefined) this.isNxname = finding.isNxname
    this.#finding = finding
  }

  get detail(): string {
    return this.#finding.words?.() ?? ''
  }

  get evidence(): readonly Link[] {
    const { chain, links = [] } = this.#finding
    return chain === undefined ? links : [...chain(), ...links]
  }

  toJSON(): Verdict {
    const { status, reason, detail, zone, evidence, expires, denies, isNxname } = this
    return {
      status,
      ...(reason !== undefined && { reason }),
      ...(detail !== '' && { detail }),
      ...(zone !== undefined && { zone }),
      evidence,
      ...(expires !== undefined && { expires }),
      ...(denies !== undefined && { denies }),
      ...(isNxname !== undefined && { isNxname }),
    }
  }
}
