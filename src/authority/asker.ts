/** Between a responder and whoever brings it packets: who asks, and what becomes of a packet that is not answered at once. */
import { TRANSPORT } from './query-counters.ts'

/** Nothing is sent. */
export const SILENCE = 0
/** The control thread answers. */
export const TO_CONTROL = -1
/** The resolver answers, in the control thread: the client may ask it, and no zone here has the name. */
export const TO_RESOLVER = -2

/** Who asks: the caller fills it in, once and for all packets. */
export class Asker {
  /** A number of TRANSPORT. */
  transport: number = TRANSPORT.udp4
  /** The address in `octets[at, at + length)`: 4 or 16 octets. */
  octets: Uint8Array = new Uint8Array(16)
  at = 0
  length = 4
  /** The share of the usual idle time that the client's connection has now. */
  patience = 1
}
