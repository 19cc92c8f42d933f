/** What a server holds in memory, garbage not counted: asked of its inspector, which NODE_OPTIONS in its environment opens. */

/** To be given to the server that is asked. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' }

const READING = 'JSON.stringify(process.memoryUsage())'

export type Memory = {
  /** Octets that the process has of the system. */
  readonly rss: number
  /** Octets of objects and buffers that are in use. */
  readonly held: number
}

/** Collects garbage in the process that printed this log, and measures. */
export async function memoryAfterCollection(log: string): Promise<Memory> {
  const socket = new WebSocket([...log.matchAll(/ws:\/\/\S+/g)].at(-1)?.[0] ?? '')
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', reject)
    })
    // The second one frees what finalizers of the first let go of.
    for (let i = 0; i < 2; i++) await call(socket, 'HeapProfiler.collectGarbage', {})
    const answer = await call(socket, 'Runtime.evaluate', { expression: READING })
    const { rss, heapUsed, external } = JSON.parse(answer.result?.value ?? '{}')
    return { rss: Number(rss), held: Number(heapUsed) + Number(external) }
  } finally {
    socket.close()
  }
}

let calls = 0

function call(socket: WebSocket, method: string, params: object): Promise<{ result?: { value?: string } }> {
  const id = ++calls
  const { promise, resolve } = Promise.withResolvers<{ result?: { value?: string } }>()
  const onMessage = ({ data }: MessageEvent): void => {
    const message = JSON.parse(String(data))
    if (message.id !== id) return
    socket.removeEventListener('message', onMessage)
    resolve(message.result ?? {})
  }
  socket.addEventListener('message', onMessage)
  socket.send(JSON.stringify({ id, method, params }))
  return promise
}
