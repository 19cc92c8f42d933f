/**
 * Which answers of the answer cache begin in zones of this server: aliases and delegations that lead out of them. Such an answer
 * must not outlive the version of the zone that it was made from. Where an alias of others leads into a zone of ours, its answer
 * stays for its TTL, as with everybody who resolves.
 */
import type { AnswerCacheWriter } from '../../authority/index.ts'
import type { Name } from '../../dns/name/index.ts'

/** Of one zone with more, all answers of its names go. */
const MOST_NOTED = 1000

type Question = { readonly name: Name; readonly type: number }

export class OwnAnswers {
  readonly #answers: Pick<AnswerCacheWriter, 'remove' | 'removeSubtree'>
  readonly #noted = new Map<string, Map<string, Question>>()

  constructor(answers: Pick<AnswerCacheWriter, 'remove' | 'removeSubtree'>) {
    this.#answers = answers
  }

  /** The answer to a question at a name of this zone was put into the cache. */
  note(zone: Name, { name, type }: Question): void {
    const questions = this.#noted.get(zone.key) ?? new Map<string, Question>()
    this.#noted.set(zone.key, questions)
    if (questions.size <= MOST_NOTED) questions.set(`${type} ${name.key}`, { name, type })
  }

  /** The zone has a new version. */
  changed(zone: Name): void {
    const questions = this.#noted.get(zone.key)
    if (questions === undefined) return
    this.#noted.delete(zone.key)
    if (questions.size > MOST_NOTED) this.#answers.removeSubtree(zone)
    else for (const { name, type } of questions.values()) this.#answers.remove(name, type)
  }
}
