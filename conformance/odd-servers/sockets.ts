/** Hosts of a simulated internet at real sockets, port 53 by UDP and TCP, and how their replies are delivered. */
import { createSocket, type Socket } from 'node:dgram'
import { createServer } from 'node:net'
import type { Protocol } from '../../src/ports/index.ts'
import { FrameReader, frameOf } from '../../src/transport/frames.ts'
import type { Host } from '../internet/host.ts'

/** Sends a datagram to the resolver, by default from the address that was asked. */
export type Send = (octets: Uint8Array, from?: 'elsewhere') => void

/** How a reply is delivered by UDP. */
export type Delivery = (reply: Uint8Array, send: Send) => void

/** `closes`: as soon as it is asked; `cuts`: after half of the reply; `silent`: accepts and does not reply. */
export type TcpHabit = 'refuses' | 'silent' | 'closes' | 'cuts'

export type Habits = { readonly delivery?: Delivery; readonly tcp?: TcpHabit }

/** Replies that are sent from another address than the one that was asked come from here. */
const ELSEWHERE = '198.18.0.200'
const PORT = 53

/** Opens the sockets of all hosts. `habitsOf` gives the habits of an address. */
export async function openHosts(hosts: readonly Host[], habitsOf: (address: string) => Habits): Promise<void> {
  const elsewhere = await udpSocketAt(ELSEWHERE, () => {})
  await Promise.all(
    hosts.map(async (host) => {
      const { delivery, tcp } = habitsOf(host.address)
      await openUdp(host, elsewhere, delivery)
      if (tcp !== 'refuses') await openTcp(host, tcp)
    }),
  )
}

async function openUdp(host: Host, elsewhere: Socket, delivery: Delivery | undefined): Promise<void> {
  const socket = await udpSocketAt(host.address, (octets, port, address) => {
    const reply = answerOf(host, octets, 'udp')
    if (reply === undefined) return
    const send: Send = (datagram, from) => (from === undefined ? socket : elsewhere).send(datagram, port, address)
    if (delivery === undefined) send(reply)
    else delivery(reply, send)
  })
}

/** What the host replies; octets that it cannot read are not answered. */
export function answerOf(host: Host, octets: Uint8Array, protocol: Protocol): Uint8Array | undefined {
  try {
    return host.answer(Uint8Array.from(octets), protocol, Math.floor(Date.now() / 1000))
  } catch {
    return undefined
  }
}

async function udpSocketAt(
  address: string,
  onDatagram: (octets: Uint8Array, port: number, address: string) => void,
): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (octets, from) => onDatagram(octets, from.port, from.address))
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(PORT, address, resolve)
  })
  return socket
}

async function openTcp(host: Host, habit: TcpHabit | undefined): Promise<void> {
  const server = createServer((socket) => {
    const frames = new FrameReader()
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      if (habit === 'silent') return
      if (habit === 'closes') {
        socket.destroy()
        return
      }
      frames.push(chunk)
      while (frames.next()) {
        const reply = answerOf(host, frames.message, 'tcp')
        if (reply === undefined) continue
        const frame = frameOf(reply)
        if (habit === 'cuts') socket.end(frame.subarray(0, frame.length / 2))
        else socket.write(frame)
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(PORT, host.address, resolve)
  })
}
