/** The known word that a person most likely meant. */

/** Names that other servers have for the same thing. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  alsonotify: 'notify',
  allownotifyfrom: 'allowNotify',
  provide_xfr: 'allowTransfer',
  providexfr: 'allowTransfer',
  requestxfr: 'primaries',
  masters: 'primaries',
  master: 'primaries',
  slave: 'secondary',
  hint: 'stub',
  zonefile: 'file',
  filename: 'file',
  domain: 'name',
  storage: 'data',
  directory: 'data',
  databasedir: 'data',
  interface: 'listen',
  interfaces: 'listen',
  listenon: 'listen',
  ipaddress: 'listen',
  workers: 'threads',
  udpworkers: 'threads',
  keys: 'tsigKeys',
  key: 'tsigKey',
  acl: 'allowTransfer',
  ratelimiting: 'rateLimit',
  rrl: 'rateLimit',
  edns: 'maxUdpPayload',
  maxudpsize: 'maxUdpPayload',
  udpmaxpayload: 'maxUdpPayload',
  semanticchecks: 'checks',
  checknames: 'checks',
  serverid: 'nsid',
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[-_.\s]/g, '')
}

/** What Signet calls what other servers call so. */
export function translateWord(word: string): string | undefined {
  const sought = plain(word)
  return Object.hasOwn(OTHER_NAMES, sought) ? OTHER_NAMES[sought] : undefined
}

/** The nearest of `known`, or undefined when none is near enough to be meant. */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  const sought = plain(word)
  const same = known.find((name) => plain(name) === sought)
  if (same !== undefined) return same
  const other = translateWord(word)
  if (other !== undefined && known.includes(other)) return other
  if (sought.length > 40) return undefined
  let nearest: string | undefined
  let least = Math.max(1, Math.floor(sought.length / 3)) + 1
  for (const name of known) {
    const distance = editDistance(sought, plain(name))
    if (distance < least) {
      least = distance
      nearest = name
    }
  }
  return nearest
}

/** Insertions, deletions, replacements and swaps of neighbours that make one word of the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1)
      row.push(least)
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}
