/** Tells systemd how the service is (sd_notify(3)): a datagram to a socket that it named. Without one nothing is done. */
import { monotonicNanoseconds } from '../clock/index.ts'
import { sendToUnixDatagram } from '../transport/index.ts'

/** Returns false when it could not be told. */
export async function notifyServiceManager(state: 'READY=1' | 'RELOADING=1' | 'STOPPING=1'): Promise<boolean> {
  const socket = process.env.NOTIFY_SOCKET
  if (socket === undefined || socket === '') return true
  // A reload must say since when (systemd.service(5), Type=notify-reload).
  const microseconds = monotonicNanoseconds() / 1000n
  return sendToUnixDatagram(socket, state === 'RELOADING=1' ? `${state}\nMONOTONIC_USEC=${microseconds}` : state)
}
