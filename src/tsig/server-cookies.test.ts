import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { addressOctets } from '../dns/rr/index.ts'
import { ServerCookies } from './index.ts'

const hex = (text: string): Uint8Array => Uint8Array.fromHex(text)
const address = (text: string): Uint8Array => {
  const octets = addressOctets(text)
  assert.ok(octets)
  return octets
}

const SECRET = hex('e5e973e5a6b2a43f48e7dc849e37bfcf')
const OLD = hex('dd3bdf9344b678b185a6f5cb60fca715')
const NEW = hex('445536bcd2513298075a5d379663c962')

/** The whole option that a client gets. */
function make(cookies: ServerCookies, client: string, from: Uint8Array, now: number): string {
  const out = new Uint8Array(24)
  out.set(hex(client))
  cookies.make(out, 0, from, 0, from.length, now, out, 8)
  return out.toHex()
}

function check(cookies: ServerCookies, option: string, from: Uint8Array, now: number): string {
  const octets = hex(option)
  return cookies.check(octets, 0, octets.length, from, 0, from.length, now)
}

const client = '2464c4abcf10c957'
const from = address('198.51.100.100')
const cookies = new ServerCookies([SECRET])
const first = '2464c4abcf10c957010000005cf79f111f8130c3eee29480'

test('RFC9018 §A.1: a new server cookie', () => {
  assert.equal(make(cookies, client, from, 1559731985), first)
})

test('RFC9018 §A.2: a cookie of 40 minutes is good and renewed', () => {
  assert.equal(check(cookies, first, from, 1559734385), 'renew')
  assert.equal(make(cookies, client, from, 1559734385), '2464c4abcf10c957010000005cf7a871d4a564a1442aca77')
})

test('RFC9018 §A.3: reserved octets are hashed as they came, and written as zero', () => {
  const other = address('203.0.113.203')
  const option = 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5'
  assert.equal(check(cookies, option, other, 1559728000), 'good')
  assert.equal(check(cookies, option.replace('abcdef', '000000'), other, 1559728000), 'bad')
  assert.equal(make(cookies, 'fc93fc62807ddb86', other, 1559734700), 'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e')
})

test('RFC9018 §A.4: an IPv6 client and a secret that was rolled over', () => {
  const six = address('2001:db8:220:1:59de:d0f4:8769:82b8')
  const rolled = new ServerCookies([NEW, OLD])
  const option = '22681ab97d52c298010000005cf7c57926556bd0934c72f8'
  assert.equal(check(rolled, option, six, 1559741961), 'renew')
  assert.equal(check(new ServerCookies([OLD]), option, six, 1559741961), 'good')
  assert.equal(check(new ServerCookies([NEW]), option, six, 1559741961), 'bad')
  assert.equal(make(rolled, '22681ab97d52c298', six, 1559741961), '22681ab97d52c298010000005cf7c609a6bb79d16625507a')
})

test('RFC9018 §4.3: good for an hour, renewed after half of it, from clocks that are five minutes ahead', () => {
  const made = 1559731985
  const at = (age: number) => check(cookies, first, from, made + age)
  assert.deepEqual([-301, -300, 0, 1800, 1801, 3600, 3601].map(at), [
    'bad',
    'good',
    'good',
    'good',
    'renew',
    'renew',
    'bad',
  ])
})

test('RFC9018 §4.3: times are compared in serial arithmetic, beyond 2106 too', () => {
  const made = 2 ** 32 - 100
  const option = make(cookies, client, from, made)
  assert.deepEqual(
    [-300, 0, 99, 100, 1000, 3600, 3601, 2 ** 31].map((age) => check(cookies, option, from, made + age)),
    ['good', 'good', 'good', 'good', 'good', 'renew', 'bad', 'bad'],
  )
})

test('RFC9018 §4.4: an option of another length, or of another version, is bad', () => {
  const now = 1559731985
  for (const option of [client, first.slice(0, -2), `${first}00`, `${first}${'00'.repeat(12)}`]) {
    assert.equal(check(cookies, option, from, now), 'bad')
  }
  assert.equal(check(cookies, first.replace('57010000', '57020000'), from, now), 'bad')
})

test('RFC9018 §5: a new secret is learned, used, and left alone in three steps', () => {
  const now = 1559731985
  const [before, learned, used, after] = [[OLD], [OLD, NEW], [NEW, OLD], [NEW]].map((list) => new ServerCookies(list))
  assert.ok(before && learned && used && after)
  const old = make(before, client, from, now)
  const fresh = make(used, client, from, now)
  assert.equal(make(learned, client, from, now), old)
  assert.deepEqual([check(learned, old, from, now), check(learned, fresh, from, now)], ['good', 'renew'])
  assert.deepEqual([check(used, old, from, now), check(used, fresh, from, now)], ['renew', 'good'])
  assert.deepEqual([check(after, old, from, now), check(after, fresh, from, now)], ['bad', 'good'])
})

test('one to three secrets of 16 octets', () => {
  for (const secrets of [[], [SECRET, OLD, NEW, SECRET], [SECRET.subarray(1)]]) {
    assert.throws(() => new ServerCookies(secrets), { code: 'key-invalid' })
  }
})

test('RFC7873 §5.2.3: a cookie is good for its client and address, and for no other; any changed octet makes it bad', () => {
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const anyAddress = fc.oneof(octets(4), octets(16))
  const time = fc.nat(2 ** 33)
  fc.assert(
    fc.property(
      octets(8),
      anyAddress,
      time,
      fc.integer({ min: -300, max: 1800 }),
      fc.nat(23 + 16),
      fc.integer({ min: 1, max: 255 }),
      (who, where, now, age, place, change) => {
        const option = make(cookies, who.toHex(), where, now)
        assert.equal(check(cookies, option, where, now + age), 'good')
        const both = Uint8Array.of(...hex(option), ...where)
        const at = place % both.length
        both[at] = (both[at] ?? 0) ^ change
        assert.equal(check(cookies, both.subarray(0, 24).toHex(), both.subarray(24), now + age), 'bad')
      },
    ),
    { numRuns: 500 },
  )
})
