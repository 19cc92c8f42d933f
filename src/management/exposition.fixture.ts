/**
 * A strict reader of the text that Prometheus scrapes (exposition format 0.0.4): each family is announced once, before its
 * samples, which stand together; labels are well formed; no sample comes twice; histograms are cumulative and complete.
 */
import assert from 'node:assert/strict'

export type ScrapedFamily = { name: string; type: string; help: string; samples: Map<string, number> }

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,(?=.)|$)/

export function parseExposition(text: string): Map<string, ScrapedFamily> {
  assert.ok(text.endsWith('\n'), 'the last line ends')
  const families = new Map<string, ScrapedFamily>()
  let current: ScrapedFamily | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue
    if (line.startsWith('# HELP ')) {
      const [, name = '', help = ''] = /^# HELP (\S+) (.+)$/.exec(line) ?? []
      assert.match(name, NAME, line)
      assert.ok(!families.has(name), `${name} is announced once`)
      current = { name, help, type: '', samples: new Map() }
      families.set(name, current)
    } else if (line.startsWith('# TYPE ')) {
      const [, name, type = ''] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? []
      assert.ok(current !== undefined && current.name === name && current.type === '', line)
      current.type = type
    } else {
      assert.ok(!line.startsWith('#'), line)
      const [, name = '', labels = '', number = ''] = SAMPLE.exec(line) ?? []
      assert.ok(current !== undefined && current.type !== '', line)
      const suffixes = current.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
      assert.ok(
        suffixes.some((suffix) => name === `${current?.name}${suffix}`),
        `${line}: belongs to ${current.name}`,
      )
      const key = `${name.slice(current.name.length)}{${readLabels(labels, line).join(',')}}`
      assert.ok(!current.samples.has(key), `${line}: comes once`)
      const value = Number(number.replace('Inf', 'Infinity'))
      assert.ok(!Number.isNaN(value) || number === 'Nan', line)
      current.samples.set(key, value)
    }
  }
  for (const family of families.values()) if (family.type === 'histogram') checkHistogram(family)
  return families
}

function readLabels(text: string, line: string): string[] {
  const labels: string[] = []
  for (let rest = text; rest !== ''; ) {
    const found = LABEL.exec(rest)
    assert.ok(found, `${line}: labels are well formed`)
    const [whole, name = '', value = ''] = found
    labels.push(`${name}=${value.replaceAll('\\"', '"').replaceAll('\\\\', '\\')}`)
    rest = rest.slice(whole.length)
  }
  return labels.sort()
}

/** Buckets of each set of other labels rise to `+Inf`, which is the count. */
function checkHistogram({ name, samples }: ScrapedFamily): void {
  if (samples.size === 0) return
  const buckets = [...samples].filter(([key]) => key.startsWith('_bucket'))
  const of = (key: string): string => key.replace(/le=[^,}]*,?/, '')
  for (const group of new Set(buckets.map(([key]) => of(key)))) {
    const own = buckets.filter(([key]) => of(key) === group)
    let bound = -1
    let last = 0
    for (const [key, count] of own) {
      const le = Number((/le=([^,}]*)/.exec(key)?.[1] ?? '').replace('+Inf', 'Infinity'))
      assert.ok(le > bound && count >= last, `${name}: buckets rise`)
      bound = le
      last = count
    }
    assert.equal(bound, Number.POSITIVE_INFINITY, `${name} has the bucket +Inf`)
    assert.equal(samples.get(group.replace('_bucket', '_count').replace(/,}/, '}')), last, `${name}: the count is all`)
  }
}
