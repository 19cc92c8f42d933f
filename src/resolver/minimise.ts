/**
 * QNAME minimisation (RFC 9156): a server is asked for one label more than its zone has, until the whole name is its own business.
 * The number of questions is bounded: the first labels are tried one by one, the rest in a few steps (§2.3).
 */
import { dropLabels, Name } from '../dns/name/index.ts'
import { A, NS } from '../dns/rr/index.ts'

const MOST_STEPS = 10
const SINGLE_STEPS = 4

export class Minimiser {
  readonly #name: Name
  readonly #labels: number
  #known: number
  #steps = 0
  #isOver: boolean
  /** What is asked for names that are not the whole one. */
  type: number

  /** `isOn`: otherwise the whole name is asked at once. */
  constructor(name: Name, zone: Name, isOn: boolean, type: number = A.number) {
    this.type = type
    this.#name = name
    this.#labels = name.labelCount
    this.#known = zone.labelCount
    this.#isOver = !isOn
  }

  /** The name that is asked now: the whole one when nothing is left to hide. */
  get asked(): Name {
    const labels = this.#askedLabels()
    return labels >= this.#labels ? this.#name : ancestor(this.#name, this.#labels - labels)
  }

  get isWhole(): boolean {
    return this.#askedLabels() >= this.#labels
  }

  #askedLabels(): number {
    if (this.#isOver) return this.#labels
    const left = this.#labels - this.#known
    if (left <= 1) return this.#labels
    if (this.#steps < SINGLE_STEPS) return this.#known + 1
    if (this.#steps >= MOST_STEPS - 1) return this.#labels
    return this.#known + Math.ceil(left / (MOST_STEPS - this.#steps))
  }

  /** The name asked is there, or its ancestors are: on with the next. */
  goOn(): void {
    this.#known = this.#askedLabels()
    this.#steps++
  }

  /** A zone further down is found. */
  enter(zone: Name): void {
    this.#known = Math.max(this.#known, zone.labelCount)
  }

  /** No server knew what to say: the other type that RFC 9156 §2.1 thinks of, then no more hiding. */
  failed(): void {
    if (this.type === NS.number) this.giveUp()
    else this.type = NS.number
  }

  /** The whole name from now on. */
  giveUp(): void {
    this.#isOver = true
  }
}

/** The name without its `labels` leftmost labels. */
function ancestor(name: Name, labels: number): Name {
  return Name.fromOctets(name.octets, dropLabels(name.octets, 0, labels))
}
