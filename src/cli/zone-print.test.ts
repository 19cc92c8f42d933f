import assert from 'node:assert/strict'
import test from 'node:test'
import { EXAMPLE, Workplace } from './signet.fixture.ts'

const place = new Workplace()
place.write(
  'mixed.zone',
  `$TTL 1h
@ SOA NS1 Hostmaster 1 2 3 4 5
@ NS NS1
b.A TXT "x"
NS1 300 A 192.0.2.53
a 60 MX 10 Mail.Example.
a 60 MX 10 mail.example.
a AAAA 2001:DB8::1
other.org. A 192.0.2.1
`,
)

test('one record a line, in the order of the file', async () => {
  const { status, stdout, stderr } = await place.signet('zone print mixed.zone --zone example')
  assert.equal(status, 0)
  assert.match(stderr, /warning: 1 records? .*not of example\..*other\.org\. A\n$/)
  const lines = stdout.trimEnd().split('\n')
  assert.equal(lines.length, 7)
  assert.equal(lines[0], 'example.\t3600\tIN\tSOA\tNS1.example. Hostmaster.example. 1 2 3 4 5')
  assert.equal(lines[2], 'b.A.example.\t3600\tIN\tTXT\t"x"')
})

test('canonical: order, lower case and no duplicates (RFC 4034 §6); TTLs as in the file', async () => {
  const { stdout } = await place.signet('zone print mixed.zone --zone example --canonical')
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'example.\t3600\tIN\tNS\tns1.example.',
    'example.\t3600\tIN\tSOA\tns1.example. hostmaster.example. 1 2 3 4 5',
    'a.example.\t60\tIN\tMX\t10 mail.example.',
    'a.example.\t3600\tIN\tAAAA\t2001:db8::1',
    'b.a.example.\t3600\tIN\tTXT\t"x"',
    'ns1.example.\t300\tIN\tA\t192.0.2.53',
  ])
})

test('grouped, and read again: the same zone; JSON, a record a line', async () => {
  const [plain, grouped, json] = await Promise.all([
    place.run(['zone', 'print', EXAMPLE, '--zone', 'example']),
    place.run(['zone', 'print', EXAMPLE, '--zone', 'example', '--grouped']),
    place.run(['zone', 'print', EXAMPLE, '--zone', 'example', '--json']),
  ])
  assert.match(grouped, /^\$ORIGIN example\.\n\$TTL 3600\n@ +IN\tSOA\t/)
  assert.equal(await place.run('zone print - --zone example', { input: grouped }), plain)
  const records = json
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(records[3], { owner: 'example.', ttl: 3600, type: 'MX', rdata: '10 mail.example.' })
  const again = records.map(({ owner, ttl, type, rdata }) => `${owner}\t${ttl}\tIN\t${type}\t${rdata}\n`).join('')
  assert.equal(again, plain)
})

test('an export of Windows is read as Windows means it, a warning says so, and --format overrules it', async () => {
  const text = '@ SOA a b 1 2 3 4 3600 ; default TTL\nx 60 A 192.0.2.1\ny A 192.0.2.2\n'
  place.write('export.dns', text)
  const print = async (flags: string): Promise<string> => {
    const { status, stdout, stderr } = await place.signet(`zone print export.dns --zone example ${flags}`)
    assert.equal(status, 0)
    const [, , last = ''] = stdout.split('\n')
    return `${last.split('\t')[1]} ${/^signet: warning: the file is read as an export of Windows DNS: 1 record /.test(stderr)}`
  }
  assert.deepEqual(await Promise.all(['', '--format windows', '--format rfc1035'].map(print)), [
    '3600 true',
    '3600 true',
    '60 false',
  ])
  const wrong = await place.signet('zone print export.dns --zone example --format bind')
  assert.deepEqual([wrong.status, wrong.stderr], [2, "signet: --format takes auto, windows, rfc1035, not 'bind'\n"])
})

test('check, verify and sign read and say the same', async () => {
  place.write('export2.dns', '@ SOA a b 1 2 3 4 3600 ; default TTL\n@ NS a\na 60 A 192.0.2.1\ny A 192.0.2.2\n')
  await place.run('key generate --zone example --algorithm ed25519 --keys keys')
  const commands = [
    'zone check export2.dns --zone example',
    'zone verify export2.dns --zone example',
    'zone sign export2.dns --zone example --keys keys --out signed',
  ]
  for (const command of commands) {
    assert.match((await place.signet(command)).stderr, /^signet: warning: the file is read as an export of Windows/m)
    assert.doesNotMatch((await place.signet(`${command} --format rfc1035`)).stderr, /Windows/)
  }
  await place.run('zone sign export2.dns --zone example --keys keys --out signed')
  assert.match(place.read('signed'), /^y(\.example\.)?\s+3600\s+IN\s+A\s/m)
})

test('a zone with a name beyond ASCII is that of its A-label, and a note shows both (RFC 5890 §2.3.2.1)', async () => {
  place.write('idn.zone', '@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a\na 60 A 192.0.2.1\n')
  const { status, stdout, stderr } = await place.signet('zone print idn.zone --zone bücher.example')
  assert.equal(status, 0)
  assert.match(stdout, /^xn--bcher-kva\.example\.\t60\tIN\tSOA\t/)
  assert.equal(stderr, 'signet: note: in the DNS the name is xn--bcher-kva.example. (bücher.example.)\n')
  assert.match(
    await place.run('key generate --zone bücher.example --algorithm ed25519 --keys idn'),
    /^Kxn--bcher-kva\./,
  )
  const wrong = await place.signet(['zone', 'print', 'idn.zone', '--zone', 'bü%63her'])
  assert.equal(wrong.status, 2)
  assert.match(wrong.stderr, /^signet: --zone: 'bü%63her' is no domain name: the label 'bü%63her' has '%'/)
})

test('an input that does not parse', async () => {
  place.write('bad.zone', '@ 60 A 192.0.2.1\n@ 60 NOSUCH x\n')
  const { status, stdout, stderr } = await place.signet('zone print bad.zone --zone example')
  assert.deepEqual([status, stdout], [2, ''])
  assert.match(stderr, /^signet: bad\.zone:2:6: .+\n$/)
})
