/** Why resolutions fail, and what an operator can do first about each cause. docs/verdicts.md has the long form. */
import type { Reason } from '../../validator/index.ts'

/** `ZONE` stands for the zone that is to blame. `mayBeSkipped`: a negative trust anchor helps until the zone is repaired. */
type Remedy = { readonly advice: string; readonly mayBeSkipped?: true }

const OWNER = 'The owner of ZONE has to repair it'

/** Of bogus answers the reason; `no-reply`: no server of the zone replies; `no-usable-answer`: they reply with nothing of use. */
const REMEDIES = {
  'signature-missing': {
    advice: `If the servers of ZONE send signatures to others, a forwarder or firewall near you removes them. Otherwise the zone is no longer signed: its owner signs it, or has its DS removed.`,
    mayBeSkipped: true,
  },
  'signature-expired': {
    advice: `${OWNER}: it has to be signed again, or one of its secondaries is behind. If other zones fail like this too, look at the clock of this machine.`,
    mayBeSkipped: true,
  },
  'signature-not-yet-valid': {
    advice: `Look at the clock of this machine first. If it is right, that of the signer of ZONE is ahead, and its owner has to sign again.`,
    mayBeSkipped: true,
  },
  'signature-times': { advice: `${OWNER}: the signer made signatures with impossible times.`, mayBeSkipped: true },
  'signature-invalid': {
    advice: `Compare the servers of ZONE: one may have a damaged copy. If all send the same, its owner changed it after signing. If they are good, an intermediary changes answers.`,
  },
  'signature-unknown-key': {
    advice: `A key rollover of ZONE went too fast, or its servers differ. Flush the zone first: old keys may be cached. If that does not help, its owner has to repair it.`,
    mayBeSkipped: true,
  },
  'signature-malformed': { advice: `${OWNER}: its signer is broken.`, mayBeSkipped: true },
  'dnskey-missing': {
    advice: `The DS at the parent of ZONE is of a key that the zone does not have, as after a change of provider: its owner has the DS changed. If a forwarder or an internal server answers in place of ZONE, repair that.`,
    mayBeSkipped: true,
  },
  'dnskey-unsigned': {
    advice: `${OWNER}: the key that the DS is of does not sign the keys of the zone.`,
    mayBeSkipped: true,
  },
  'dnskey-unreachable': {
    advice: `Large replies over UDP or connections over TCP fail between here and the servers of ZONE. Check the firewall on this side; otherwise tell the owner.`,
    mayBeSkipped: true,
  },
  'dnskey-no-zone-key': {
    advice: `${OWNER}: the DS at its parent is of a key that signs no zone.`,
    mayBeSkipped: true,
  },
  'ds-unreachable': {
    advice: `The servers of the parent of ZONE fail or cannot be reached. If other zones fail like this too, check the network of this machine.`,
  },
  'algorithm-missing': {
    advice: `${OWNER}, or set resolver.validation.hardenAlgorithmDowngrade: off, which accepts it (RFC 6840 section 5.11).`,
    mayBeSkipped: true,
  },
  'denial-missing': {
    advice: `A server or forwarder leaves out the proofs of DNSSEC, or their chain in ZONE is broken. Compare the servers of the zone; its owner has to repair it.`,
    mayBeSkipped: true,
  },
  'denial-invalid': {
    advice: `The servers of ZONE have different versions of it, or the answer is forged. Compare them; its owner has to repair it.`,
    mayBeSkipped: true,
  },
  'name-denied': {
    advice: `If this is a private zone of your own below ZONE, add a negative trust anchor, or a trust point where it is signed. Otherwise the servers of the zones differ, or the answer is forged.`,
  },
  'wildcard-unproved': {
    advice: `A server or forwarder leaves out the proofs of DNSSEC, or their chain in ZONE is broken. Compare the servers of the zone; its owner has to repair it.`,
    mayBeSkipped: true,
  },
  'anchor-mismatch': {
    advice: `The trust anchor of ZONE is outdated, or another server answers in its place. Compare it with 'signet trust-point list'; for the root, run 'signet trust-point fetch-root'.`,
  },
  'work-exceeded': {
    advice: `ZONE needs more work than one query may cause: very many servers, aliases, keys or signatures. Leave it as it is; if it is yours, simplify it.`,
  },
  'zonemd-mismatch': { advice: `The copy of ZONE is damaged or incomplete: fetch it again.` },
  'no-reply': {
    advice: `No server of ZONE replies: they are down, or a firewall drops the packets. If many zones fail like this, check the network of this machine; 'signet resolver status' lists them.`,
  },
  'no-usable-answer': {
    advice: `The servers of ZONE reply, but refuse, fail, or do not serve it. Their operator has to act; if ZONE is served here or by a forwarder, check that configuration.`,
  },
  other: { advice: `The sentence above says what is wrong with the name. The owner of ZONE has to repair it.` },
} as const satisfies Readonly<Partial<Record<Reason | 'no-reply' | 'no-usable-answer' | 'other', Remedy>>>

export type CauseCode = keyof typeof REMEDIES

export function isCauseCode(word: string): word is CauseCode {
  return Object.hasOwn(REMEDIES, word)
}

export function remedyOf(cause: CauseCode): Remedy {
  return REMEDIES[cause]
}
