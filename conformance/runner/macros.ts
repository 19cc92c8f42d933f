/**
 * Macros of replay files: `${…}` stands for a value, innermost first. In it: `$name`, numbers with + - * / from left to right,
 * `time`, `timeout`, `ctime VALUE`, `range LEAST VALUE MOST`.
 */

export type MacroWorld = {
  /** The loop clock in seconds. */
  time(): number
  /** Seconds to the next timer, 0 when there is none. */
  timeout(): number
}

export class Macros {
  readonly #world: MacroWorld
  readonly #variables = new Map<string, string>()

  constructor(world: MacroWorld) {
    this.#world = world
  }

  /** Obeys `name = expression`. */
  assign(words: string): void {
    const [, name, expression] = /^([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(words) ?? []
    if (name === undefined || expression === undefined) throw new Error(`no assignment: ${words}`)
    this.#variables.set(name, this.expand(expression).trim())
  }

  /** The text with every macro replaced. Throws Error for a macro that has no value, and for a range that is left. */
  expand(text: string): string {
    for (;;) {
      const end = text.indexOf('}', text.indexOf('${'))
      const start = end < 0 ? -1 : text.lastIndexOf('${', end)
      if (start < 0) return text
      text = text.slice(0, start) + this.#evaluate(text.slice(start + 2, end).trim()) + text.slice(end + 1)
    }
  }

  /** The number that a text comes to. */
  number(text: string): number {
    const value = this.#calculate(this.expand(text).trim())
    if (!Number.isFinite(value) || value < 0) throw new Error(`no length of time: ${text}`)
    return value
  }

  #evaluate(text: string): string {
    if (text === 'time') return print(this.#world.time())
    if (text === 'timeout') return print(this.#world.timeout())
    const [, word, rest = ''] = /^(ctime|range)\s+(.*)$/.exec(text) ?? []
    if (word === 'ctime') return ctime(this.#calculate(rest))
    if (word === 'range') {
      const [least = 0, value = 0, most = 0] = rest.split(/\s+/).map((part) => this.#calculate(part))
      if (value < least || value > most) throw new Error(`${print(value)} is not from ${least} to ${most}`)
      return print(value)
    }
    if (/^\$\w+$/.test(text)) return this.#variable(text)
    return print(this.#calculate(text))
  }

  #variable(text: string): string {
    const value = this.#variables.get(text.slice(1))
    if (value === undefined) throw new Error(`no variable ${text}`)
    return value
  }

  #calculate(text: string): number {
    const tokens = text.match(/\$\w+|[0-9]+(?:\.[0-9]+)?|[-+*/]/g) ?? []
    let value = 0
    let operator = '+'
    for (const token of tokens) {
      if (/^[-+*/]$/.test(token)) {
        operator = token
        continue
      }
      const operand = Number(token.startsWith('$') ? this.#variable(token) : token)
      if (operator === '+') value += operand
      else if (operator === '-') value -= operand
      else if (operator === '*') value *= operand
      else value /= operand
    }
    if (tokens.length === 0 || Number.isNaN(value)) throw new Error(`no number: ${text}`)
    return value
  }
}

function print(value: number): string {
  return String(Number(value.toPrecision(12)))
}

/** `Sun Aug 23 07:46:40 2009`, in UTC. */
export function ctime(seconds: number): string {
  const [day = '', date = '', month = '', year = '', time = ''] = new Date(seconds * 1000)
    .toUTCString()
    .replace(',', '')
    .split(' ')
  return `${day} ${month} ${String(Number(date)).padStart(2)} ${time} ${year}`
}
