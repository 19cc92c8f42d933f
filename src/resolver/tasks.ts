/**
 * What lets a resolution stop in the middle and go on later: tasks are generators that yield what they wait for. One queue runs
 * them; nothing here knows of sockets or clocks.
 *
 * Work that several tasks want is done once: the second waits for the first. A task that would wait for itself, over however
 * many others, is told so at once (a loop of names that need each other).
 */

/** Something that a task waits for. `begin` starts it, and calls `resume` once when it is there, at once or later. */
export type Effect = { begin(task: Task, resume: () => void): void }

/** A piece of work: it yields what it waits for and finds the outcome in what it yielded. */
export type Work<T> = Generator<Effect, T, void>

class Task {
  readonly work: Work<void>
  readonly whenDone: (() => void)[] = []
  /** The task that this one waits for. */
  waitsFor: Task | undefined
  isDone = false

  constructor(work: Work<void>) {
    this.work = work
  }
}

export type { Task }

/** What a task will come to. */
export class Future<T> implements Effect {
  readonly #task: Task
  #outcome: T | undefined

  constructor(tasks: Tasks, work: Work<T>) {
    const run = function* (this: Future<T>): Work<void> {
      this.#outcome = yield* work
    }
    this.#task = new Task(run.call(this))
    tasks.wake(this.#task)
  }

  get isDone(): boolean {
    return this.#task.isDone
  }

  /** Undefined before it is done, when waiting for it would never end, and after an error of this program. */
  get outcome(): T | undefined {
    return this.#outcome
  }

  whenDone(call: () => void): void {
    if (this.#task.isDone) call()
    else this.#task.whenDone.push(call)
  }

  begin(task: Task, resume: () => void): void {
    for (let next: Task | undefined = this.#task; next !== undefined; next = next.waitsFor) {
      if (next !== task) continue
      resume()
      return
    }
    if (this.#task.isDone) {
      resume()
      return
    }
    task.waitsFor = this.#task
    this.#task.whenDone.push(() => {
      task.waitsFor = undefined
      resume()
    })
  }
}

/** Whether data that is waited for comes or not, a task goes on after this time. */
export class Pause implements Effect {
  readonly #start: (call: () => void) => void

  constructor(start: (call: () => void) => void) {
    this.#start = start
  }

  begin(_task: Task, resume: () => void): void {
    this.#start(resume)
  }
}

/**
 * Tasks share the event loop with others. When many wait for one thing, each with its work to do, they do it in several turns
 * (milliseconds; the last task of a turn may take longer).
 */
const MOST_TURN_MILLISECONDS = 5

export type Pace = {
  /** A clock that goes on while programs compute. */
  milliseconds(): number
  /** Calls back after others had their turn. */
  later(call: () => void): void
}

export class Tasks {
  /** Tasks that can go on, in order. */
  #ready: Task[] = []
  /** Those for which the turn was too short. Tasks that are woken meanwhile do not wait for them. */
  #backlog: Task[] = []
  readonly #onFault: (error: unknown) => void
  readonly #pace: Pace | undefined
  #draining = false
  #count = 0

  /** `onFault` hears of errors of this program, each of which ends a task without an outcome. Without a pace turns have no end. */
  constructor(onFault: (error: unknown) => void, pace?: Pace) {
    this.#onFault = onFault
    this.#pace = pace
  }

  /** Tasks under way. */
  get count(): number {
    return this.#count
  }

  start<T>(work: Work<T>): Future<T> {
    this.#count++
    return new Future(this, work)
  }

  /** Lets a task go on. */
  wake(task: Task): void {
    this.#ready.push(task)
    if (!this.#draining) this.#drain()
  }

  /** Runs what can go on, one after the other; what is left when the turn is over goes on in a later one. */
  #drain(): void {
    this.#draining = true
    const ready = this.#ready
    const pace = this.#pace
    let next = 0
    let began = 0
    for (let task = ready[0]; task !== undefined; task = ready[next]) {
      if (next === 1) began = pace?.milliseconds() ?? 0
      else if (next > 1 && pace !== undefined && pace.milliseconds() - began > MOST_TURN_MILLISECONDS) break
      next++
      this.#run(task)
    }
    this.#draining = false
    this.#ready = []
    if (next === ready.length || pace === undefined) return
    const isFirst = this.#backlog.length === 0
    this.#backlog = this.#backlog.concat(ready.slice(next))
    if (isFirst) pace.later(() => this.#goOn())
  }

  #goOn(): void {
    this.#ready = this.#backlog
    this.#backlog = []
    this.#drain()
  }

  #run(task: Task): void {
    for (;;) {
      let step: IteratorResult<Effect, void> | undefined
      try {
        step = task.work.next()
      } catch (error) {
        // It ends without an outcome, which those who wait take for a failure.
        this.#onFault(error)
      }
      if (step === undefined || step.done === true) {
        this.#count--
        task.isDone = true
        for (const call of task.whenDone) call()
        return
      }
      let isBeginning = true
      let isThere = false
      step.value.begin(task, () => {
        if (isBeginning) isThere = true
        else this.wake(task)
      })
      isBeginning = false
      if (!isThere) return
    }
  }
}
