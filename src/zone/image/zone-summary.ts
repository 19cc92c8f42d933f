/** What a zone's block tells of the apex, so that an answer need not look: the SOA, the TTL of negative answers, how absence is proven. */
import { DnsError } from '../../dns/errors.ts'
import { LOWER, nameText, skipName } from '../../dns/name/index.ts'
import { readU16, readU32 } from '../../dns/octets.ts'
import { NSEC, NSEC3PARAM, SOA } from '../../dns/rr/index.ts'
import { soaSerial } from '../../dns/serial.ts'
import { NSEC3_HASH_LENGTH, nsec3Hash } from '../../dnssec/index.ts'
import type { ImageMemory } from './memory.ts'
import { findSet, RECORD_FIXED, recordsAt, setTtl, signaturesAt } from './node.ts'
import { writeHashKey, writeKey } from './symbols.ts'
import { blockName } from './trie.ts'
import type { TrieWriter } from './trie-writer.ts'
import {
  DENIAL_NONE,
  DENIAL_NSEC,
  DENIAL_NSEC3,
  DENIAL_TOO_COSTLY,
  HASHES_ROOT,
  NAMES_ROOT,
  ZONE_APEX,
  ZONE_APEX_NSEC3,
  ZONE_DENIAL,
  ZONE_ITERATIONS,
  ZONE_NEGATIVE_TTL,
  ZONE_SALT,
  ZONE_SERIAL,
} from './zone-entry.ts'

/**
 * Most NSEC3 iterations for which proofs are made. One hash takes 27 µs with 150, 90 µs with 500 and 650 µs with 2,500 of them, and
 * a proof takes three: at 2,500, whoever asks for names that are not there would stop a worker with 500 queries a second.
 * NSD, Knot and BIND make proofs at any number. Validators accept none above 150 at the most: they take the zone for unsigned
 * as soon as they see the number (RFC 9276 §3.2), which the record of the apex alone tells them.
 */
const MOST_ITERATIONS = 500

/** Fills in the fields of the zone block at `unit`. Throws DnsError `zone-invalid` when the zone has no SOA. */
export function summarizeZone(memory: ImageMemory, unit: number, names: TrieWriter, hashes: TrieWriter): void {
  const { words, octets } = memory
  names.keyLength = writeKey(octets, blockName(words, unit), names.key)
  const cell = names.cellOf(unit * 2 + NAMES_ROOT)
  const apex = cell === 0 ? 0 : words[cell]!
  const soa = apex === 0 ? 0 : findSet(words, apex, SOA.number)
  if (soa === 0) throw new DnsError('zone-invalid', `${nameText(octets, blockName(words, unit))} has no SOA record`)
  const rdataEnd = signaturesAt(words, apex, soa)
  words[unit * 2 + ZONE_APEX] = apex
  words[unit * 2 + ZONE_SERIAL] = soaSerial(octets, rdataEnd) | 0
  words[unit * 2 + ZONE_NEGATIVE_TTL] = Math.min(setTtl(words, soa), readU32(octets, rdataEnd - 4)) | 0
  words[unit * 2 + ZONE_DENIAL] = denialOf(memory, unit, apex, hashes)
}

/** NSEC3 when a chain that NSEC3PARAM announces is there (RFC 5155 §4), otherwise NSEC when the apex has one. */
function denialOf(memory: ImageMemory, unit: number, apex: number, hashes: TrieWriter): number {
  const { words, octets } = memory
  const params = findSet(words, apex, NSEC3PARAM.number)
  const first = params === 0 ? 0 : recordsAt(words, apex, params)
  const end = params === 0 ? 0 : signaturesAt(words, apex, params)
  const name = lowerName(octets, blockName(words, apex))
  const hash = new Uint8Array(NSEC3_HASH_LENGTH)
  for (let at = first; at < end; ) {
    const rdata = at + RECORD_FIXED
    at = rdata + readU16(octets, rdata - 2)
    // Hash algorithm 1 and no flags; others are for nobody to use (RFC 5155 §4.1.2).
    if (octets[rdata] !== 1 || octets[rdata + 1] !== 0) continue
    const iterations = readU16(octets, rdata + 2)
    const salt = octets.slice(rdata + 5, at)
    nsec3Hash(name, 0, name.length, salt, iterations, hash, 0)
    hashes.keyLength = writeHashKey(hash, 0, hash.length, hashes.key)
    const cell = hashes.cellOf(unit * 2 + HASHES_ROOT)
    if (cell === 0) continue
    words[unit * 2 + ZONE_ITERATIONS] = iterations
    words[unit * 2 + ZONE_SALT] = (rdata + 5 - apex * 8) | (salt.length << 24)
    words[unit * 2 + ZONE_APEX_NSEC3] = words[cell]!
    return iterations > MOST_ITERATIONS ? DENIAL_TOO_COSTLY : DENIAL_NSEC3
  }
  return findSet(words, apex, NSEC.number) === 0 ? DENIAL_NONE : DENIAL_NSEC
}

function lowerName(octets: Uint8Array, at: number): Uint8Array {
  return octets.slice(at, skipName(octets, at)).map((octet) => LOWER[octet] ?? 0)
}
