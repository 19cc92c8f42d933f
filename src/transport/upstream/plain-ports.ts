/**
 * A pool of Node's own sockets, where there is no native library. They are not connected, so the system does not tell them that a
 * server refuses: such a query ends with its time.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { formatAddress } from '../addresses.ts'
import { networkReason } from '../network-error.ts'
import {
  type DatagramSource,
  fewerPorts,
  LEAST_USES,
  PORT_TRIES,
  type PortListener,
  type PortPool,
  type PortSettings,
  SHARE_KEPT,
  type Target,
} from './port-pool.ts'
import type { RandomDraws } from './random-draws.ts'

type Slot = { socket: Socket; uses: number }

export class PlainPorts implements PortPool, DatagramSource {
  open = 0
  readonly #isIpv6: boolean
  readonly #settings: PortSettings
  readonly #draws: RandomDraws
  readonly #listener: PortListener
  readonly #ports: Uint16Array
  readonly #slots: (Slot | undefined)[]
  readonly #source: string
  #size: number
  #from: RemoteInfo | undefined
  #lastError: unknown

  /** `ports`: what is drawn from (`drawablePorts`). */
  constructor(isIpv6: boolean, settings: PortSettings, ports: Uint16Array, draws: RandomDraws, listener: PortListener) {
    this.#isIpv6 = isIpv6
    this.#settings = settings
    this.#draws = draws
    this.#listener = listener
    this.#ports = ports
    this.#size = settings.poolSize
    this.#slots = new Array<Slot | undefined>(this.#size).fill(undefined)
    this.#source = formatAddress((isIpv6 ? settings.source6 : settings.source4) ?? new Uint8Array(isIpv6 ? 16 : 4))
  }

  draw(): number {
    if (this.#size === 0) return -1
    const index = this.#draws.below(this.#size)
    const slot = this.#slots[index]
    if (slot === undefined) return this.#fill(index)
    if (slot.uses > 0 || this.#listener.isWaiting(index)) {
      slot.uses--
      return index
    }
    this.#closeSlot(index)
    return this.#fill(index)
  }

  send(index: number, octets: Uint8Array, target: Target): string | undefined {
    try {
      // Node may send later than now: `octets` is a query's own and stays as it is.
      this.#slots[index]?.socket.send(octets, target.endpoint.port, target.host, (error) => {
        if (error !== null) this.#tell(index, octets, target, error)
      })
      return undefined
    } catch (error) {
      return networkReason(error)
    }
  }

  close(): void {
    this.#size = 0
    for (let index = 0; index < this.#slots.length; index++) this.#closeSlot(index)
  }

  isFrom({ endpoint, host }: Target): boolean {
    const from = this.#from
    if (from === undefined || from.port !== endpoint.port) return false
    const zone = from.address.indexOf('%')
    return (zone < 0 ? from.address : from.address.slice(0, zone)) === host
  }

  /** What the system said of sending, later. */
  #tell(index: number, octets: Uint8Array, target: Target, error: Error): void {
    const from: DatagramSource = { isFrom: (other) => other === target }
    this.#listener.onRefusal(index, octets, octets.length, from, networkReason(error))
  }

  #fill(index: number): number {
    for (let tries = 0; tries < PORT_TRIES; tries++) {
      const socket = this.#bind(this.#ports[this.#draws.below(this.#ports.length)]!)
      if (socket !== undefined) {
        this.#slots[index] = { socket, uses: LEAST_USES + this.#draws.below(LEAST_USES) }
        this.open++
        this.#listen(socket, index)
        return index
      }
      if (isCode(this.#lastError, 'EMFILE', 'ENFILE')) return this.#shrink()
      if (!isCode(this.#lastError, 'EADDRINUSE', 'EACCES')) return -1
    }
    return -1
  }

  /** With an address that needs no looking up, binding is over when the call returns. */
  #bind(port: number): Socket | undefined {
    const family = this.#isIpv6 ? 6 : 4
    const socket = createSocket({
      type: this.#isIpv6 ? 'udp6' : 'udp4',
      ipv6Only: this.#isIpv6,
      lookup: (address, _options, callback) => callback(null, address, family),
    })
    this.#lastError = undefined
    socket.on('error', (error) => {
      this.#lastError = error
    })
    socket.unref()
    try {
      socket.bind({ address: this.#source, port, exclusive: true })
    } catch (error) {
      this.#lastError = error
    }
    if (this.#lastError === undefined) return socket
    socket.close()
    return undefined
  }

  #listen(socket: Socket, index: number): void {
    socket.on('message', (octets, from) => {
      this.#from = from
      this.#listener.onDatagram(index, octets, octets.length, this)
    })
  }

  /** No more sockets are to be had: goes on with fewer, and leaves some for others. */
  #shrink(): number {
    if (this.open === 0) return -1
    const reason = networkReason(this.#lastError)
    const all = this.open
    for (let index = 0; index < this.#size; index++) if (!this.#listener.isWaiting(index)) this.#closeSlot(index)
    const keep = Math.max(1, Math.floor((all - this.open) * SHARE_KEPT))
    this.#size = keep
    this.#settings.report?.(fewerPorts(this.#isIpv6, reason, keep, this.#settings.poolSize))
    return this.draw()
  }

  #closeSlot(index: number): void {
    const slot = this.#slots[index]
    if (slot === undefined) return
    slot.socket.close()
    this.#slots[index] = undefined
    this.open--
  }
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code)
}
