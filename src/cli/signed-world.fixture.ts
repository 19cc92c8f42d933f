/**
 * A small DNS of our own on loopback: a signed root, a signed zone `lab.`, and below it one without a DS (`open.lab.`) and one
 * whose signatures have expired (`late.lab.`). One server answers for all of them, so that one port is enough.
 */
import { join } from 'node:path'
import { RunningServer } from './running-server.fixture.ts'
import { Workplace } from './signet.fixture.ts'

export type SignedWorld = {
  readonly place: Workplace
  readonly server: RunningServer
  /** `127.0.0.1:PORT`. */
  readonly address: string
  /** A file with the DS records of the root. */
  readonly anchor: string
}

const APEX = '@ 300 SOA ns hostmaster 1 7200 3600 1209600 300\n@ 300 NS ns\nns 300 A 127.0.0.1\n'

export async function buildSignedWorld(): Promise<SignedWorld> {
  const place = new Workplace({ isShared: true })
  const sign = async (zone: string, more = ''): Promise<void> => {
    const file = fileOf(zone)
    await place.run(`key generate --zone ${zone} --algorithm ECDSAP256SHA256 --role csk --keys keys`)
    await place.run(`zone sign ${file} --zone ${zone} --keys keys --out ${file}.signed ${more}`)
  }
  const head = (zone: string): string => `$ORIGIN ${zone}\n${APEX}`
  place.write(fileOf('late.lab.'), `${head('late.lab.')}www 300 A 192.0.2.3\n`)
  place.write(fileOf('open.lab.'), `${head('open.lab.')}www 300 A 192.0.2.2\n`)
  await sign('late.lab.', '--inception -60d --expiration -30d')
  const cuts = ['late', 'open'].map((label) => `${label} 300 NS ns.${label}\nns.${label} 300 A 127.0.0.1\n`).join('')
  const data = `www 300 A 192.0.2.1\nalias 300 CNAME www\nto-late 300 CNAME www.late\n*.wild 300 TXT "any"\n`
  place.write(fileOf('lab.'), `${head('lab.')}${data}${cuts}${place.read('dsset-late.lab.')}`)
  await sign('lab.', '--denial nsec3')
  place.write(fileOf('.'), `${head('.')}lab 300 NS ns.lab.\nns.lab. 300 A 127.0.0.1\n${place.read('dsset-lab.')}`)
  await sign('.', '--zonemd')
  const zones = ['.', 'lab.', 'late.lab.'].map((name) => ({
    name,
    type: 'primary',
    file: `${fileOf(name)}.signed`,
    allowTransfer: ['127.0.0.0/8'],
  }))
  const open = { name: 'open.lab.', type: 'primary', file: fileOf('open.lab.') }
  const server = await RunningServer.start(place.folder, {
    data: 'authority',
    server: { listen: ['127.0.0.1:0'], threads: 1 },
    management: { listen: [] },
    zones: [...zones, open],
  })
  return { place, server, address: `127.0.0.1:${server.port('udp')}`, anchor: join(place.folder, 'dsset-.') }
}

function fileOf(zone: string): string {
  return zone === '.' ? 'root.zone' : `${zone}zone`
}
