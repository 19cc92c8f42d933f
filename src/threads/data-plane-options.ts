/** What a data plane needs from the control thread, and what it reports to it. */
import type { Service } from '../ports/index.ts'
import type { NativeSockets, SocketAddress, UdpSocket } from '../transport/index.ts'

/** Where the workers get packets from: the sockets of each batched worker, or what all plain ones bind. */
export type DataPlaneSockets =
  | { readonly kind: 'batched'; readonly sockets: readonly (readonly UdpSocket[])[]; readonly native: NativeSockets }
  | { readonly kind: 'plain'; readonly listen: readonly SocketAddress[]; readonly threads: number }

export type DataPlaneOptions = {
  readonly image: SharedArrayBuffer
  /** A reader slot for each worker, which it has until it is given back. */
  readonly takeSlot: () => number
  readonly leaveSlot: (slot: number) => void
  readonly sockets: DataPlaneSockets
  /** Of a `ThreadClock`: the workers have the clocks of the control thread. */
  readonly clock: SharedArrayBuffer
  /** Answers the packets that only the control thread can. An answer of many messages is none over UDP. */
  readonly answer: Service
  /** What a packet asks for, which was answered, is to be looked up anew. */
  readonly refresh?: (packet: Uint8Array) => void
  /** Copies that a worker made while `copies` were wanted, for `readQueryCopies`. */
  readonly copied: (bunch: Uint8Array, thread: number) => void
  readonly remark: (text: string) => void
  /** A packet was not answered for an error of this program. */
  readonly faulted: (error: unknown) => void
  /** So many answers of the control thread could not be sent. */
  readonly unsent: (count: number) => void
  /** A batched worker cannot read one of its sockets, by its number, and tries again each second; without a reason: it can again. */
  readonly socketState: (socket: number, thread: number, reason: string | undefined) => void
  /** A worker ended though it was not told to, or could not be started again. It is started again after so many seconds. */
  readonly failed: (error: unknown, seconds: number) => void
}
