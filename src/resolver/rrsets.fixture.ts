/** RRsets and replies from text, for tests. */
import { Name } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { CLASS_IN } from '../dns/rr/index.ts'
import { parseMasterFile, type RecordSink, textSource } from '../dns/text/index.ts'
import type { MessageRecord } from '../dns/wire/index.ts'
import { groupRRsets, type RRset } from '../dnssec/index.ts'
import type { Reply } from './reply.ts'

/** The records of a master file's text, absolute names. */
export function recordsOf(text: string): MessageRecord[] {
  const records: MessageRecord[] = []
  const out = new OctetWriter(64)
  const sink: RecordSink = {
    out,
    record(ownerAt, type, ttl, rdataAt, rdataLength) {
      const rdata = out.octets.slice(rdataAt, rdataAt + rdataLength)
      records.push({ owner: Name.fromOctets(out.octets, ownerAt), type, class: CLASS_IN, ttl, rdata })
    },
  }
  parseMasterFile(textSource(text, 'test'), sink, { origin: Name.root, defaultTtl: 3600 })
  return records
}

export function rrsetsOf(text: string, now = 0): RRset[] {
  return groupRRsets(recordsOf(text), now)
}

type Sections = { readonly answer?: string; readonly authority?: string; readonly additional?: string }

export function replyOf(sections: Sections, rest: Partial<Reply> = {}): Reply {
  const { answer = '', authority = '', additional = '' } = sections
  return {
    rcode: 0,
    isAuthoritative: true,
    isTruncated: false,
    recursionAvailable: false,
    hasEdns: true,
    isBare: false,
    cookie: undefined,
    agent: undefined,
    answer: rrsetsOf(answer),
    authority: rrsetsOf(authority),
    additional: rrsetsOf(additional),
    ...rest,
  }
}
