/** The two ends of a dnstap stream: a file, which is one stream from START to STOP, and a collector behind a socket. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DnsError } from '../dns/errors.ts'
import { AppendFile } from '../store/index.ts'
import { connectUnixStream, type UnixStream } from '../transport/index.ts'
import { ControlFrameReader, type ControlKind, DNSTAP_CONTENT, encodeControl } from './dnstap/control-frames.ts'

export type TapSink = {
  /** For the log. */
  readonly name: string
  /** Whole frames. Rejects with DnsError when the output fails. */
  write(frames: Uint8Array): Promise<void>
  /** Rejects with DnsError when the output fails of itself; never resolves. */
  readonly broken: Promise<never>
  /** Ends the stream as it should end, as far as that is possible. Never rejects. */
  close(): Promise<void>
}

const HANDSHAKE_SECONDS = 10
const FINISH_SECONDS = 2
const START = encodeControl({ kind: 'start', contents: [DNSTAP_CONTENT] })
const STOP = encodeControl({ kind: 'stop', contents: [] })

/** A file that is there already is kept under its name and the time `now`: a file holds one stream, readers stop at its end. */
export async function beginTapFile(path: string, now: Date): Promise<TapSink> {
  const file = await AppendFile.begin(path, `.${now.toISOString().replaceAll(/[-:]/g, '')}`)
  await file.write(START)
  return {
    name: path,
    write: (frames) => file.write(frames),
    broken: new Promise(() => {}),
    async close() {
      await file.write(STOP).catch(() => {})
      await file.close().catch(() => {})
    },
  }
}

/**
 * Connects and agrees on the content. Rejects with DnsError `exchange-failed` when the collector will not have it. The signal
 * ends it at once, at any time: what is being read or written fails.
 */
export async function connectTapSocket(path: string, abandon: AbortSignal): Promise<TapSink> {
  const stream = await connectUnixStream(path)
  const destroy = (): void => stream.destroy()
  abandon.addEventListener('abort', destroy)
  const reader = new ControlFrameReader()
  try {
    await stream.write(encodeControl({ kind: 'ready', contents: [DNSTAP_CONTENT] }))
    const contents = await within(HANDSHAKE_SECONDS, path, awaitControl(stream, reader, path, 'accept'))
    if (!contents.includes(DNSTAP_CONTENT))
      throw new DnsError('exchange-failed', `${path}: the collector does not take ${DNSTAP_CONTENT}`)
    await stream.write(START)
  } catch (error) {
    abandon.removeEventListener('abort', destroy)
    stream.destroy()
    throw error
  }
  let stopping = false
  const finished = awaitControl(stream, reader, path, 'finish')
  const broken = finished.then((): never => {
    throw new DnsError('exchange-failed', `${path}: the collector ended the stream`)
  })
  // Nobody may be waiting for it at that moment; and after STOP its end is what we want.
  broken.catch(() => {})
  return {
    name: path,
    write: (frames) => stream.write(frames),
    broken,
    async close() {
      if (stopping) return
      stopping = true
      // A collector that does not read takes no STOP either: it is given a moment, then left.
      await within(
        FINISH_SECONDS,
        path,
        stream.write(STOP).then(() => finished),
      ).catch(() => {})
      abandon.removeEventListener('abort', destroy)
      stream.destroy()
    },
  }
}

/** The contents of the control frame that must come next. */
async function awaitControl(
  stream: UnixStream,
  reader: ControlFrameReader,
  path: string,
  kind: ControlKind,
): Promise<readonly string[]> {
  for (;;) {
    const octets = await stream.read()
    if (octets === undefined) throw new DnsError('exchange-failed', `${path}: the collector closed the connection`)
    const [frame, ...more] = reader.take(octets)
    if (frame === undefined) continue
    if (frame.kind === kind && more.length === 0) return frame.contents
    throw new DnsError('exchange-failed', `${path}: the collector sent ${frame.kind} where ${kind} is due`)
  }
}

async function within<T>(seconds: number, path: string, work: Promise<T>): Promise<T> {
  const done = new AbortController()
  const late = async (): Promise<never> => {
    await sleep(seconds * 1000, undefined, { ref: false, signal: done.signal })
    throw new DnsError('exchange-failed', `${path}: no answer for ${seconds} seconds`)
  }
  const timer = late()
  timer.catch(() => {})
  try {
    return await Promise.race([work, timer])
  } finally {
    done.abort()
  }
}
