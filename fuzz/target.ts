/** What a fuzz target is. `targets/` has one file each. */
export type FuzzTarget = {
  readonly name: string
  /**
   * Does with the octets what the outside world may make the program do. A DnsError is an expected outcome; anything else that
   * is thrown is a finding. May return a word that tells outcomes apart: inputs with a new outcome are mutated further.
   */
  run(octets: Uint8Array): string | undefined
  seeds(): Uint8Array[]
  /** Pieces that mutations insert. */
  readonly dictionary?: readonly Uint8Array[]
  /** Most octets of an input; 4096 unless told. */
  readonly maxLength?: number
}

/** Fails the input: what must hold does not. */
export function hold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`does not hold: ${what}`)
}

export const TARGETS = [
  'name',
  'message',
  'rdata',
  'zone-file',
  'key-file',
  'anchors',
  'tcp-frames',
  'doh',
  'tsig',
  'configuration',
  'dnstap-control',
  'transfer',
  'journal',
  'packet',
  'denial',
  'upstream-reply',
  'resolver',
  'verdict',
  'evidence',
] as const
export type TargetName = (typeof TARGETS)[number]

export function isTargetName(word: string): word is TargetName {
  return TARGETS.some((name) => name === word)
}

/** Loads a target by its name. */
export async function loadTarget(name: TargetName): Promise<FuzzTarget> {
  switch (name) {
    case 'name':
      return (await import('./targets/name.ts')).target
    case 'message':
      return (await import('./targets/message.ts')).target
    case 'rdata':
      return (await import('./targets/rdata.ts')).target
    case 'zone-file':
      return (await import('./targets/zone-file.ts')).target
    case 'key-file':
      return (await import('./targets/key-file.ts')).target
    case 'evidence':
      return (await import('./targets/evidence.ts')).target
    case 'configuration':
      return (await import('./targets/configuration.ts')).target
    case 'tsig':
      return (await import('./targets/tsig.ts')).target
    case 'journal':
      return (await import('./targets/journal.ts')).target
    case 'doh':
      return (await import('./targets/doh.ts')).target
    case 'tcp-frames':
      return (await import('./targets/tcp-frames.ts')).target
    case 'dnstap-control':
      return (await import('./targets/dnstap-control.ts')).target
    case 'packet':
      return (await import('./targets/packet.ts')).target
    case 'denial':
      return (await import('./targets/denial.ts')).target
    case 'transfer':
      return (await import('./targets/transfer.ts')).target
    case 'anchors':
      return (await import('./targets/anchors.ts')).target
    case 'resolver':
      return (await import('./targets/resolver.ts')).target
    case 'upstream-reply':
      return (await import('./targets/upstream-reply.ts')).target
    case 'verdict':
      return (await import('./targets/verdict.ts')).target
  }
}
