/** What the kernel tells of processes and threads: time of the processor, waiting for one, memory, lost datagrams. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ, which is 100 on all machines that Linux is built for today. */
const TICKS = 100

/** Fields of /proc/…/stat after the command, which may hold blanks: the first is the state, field 3 in proc(5). */
function statFields(path: string): string[] {
  const text = readText(path)
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** The text of a file of /proc; empty when its process is gone. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** All processes of a process group. */
export function memberProcesses(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statFields(`/proc/${name}/stat`)[2] === String(group))
    .map(Number)
}

/** User and system time of all processes of a group, those that ended within it included. */
export function cpuSecondsOf(group: number): number {
  let ticks = 0
  for (const pid of memberProcesses(group)) {
    const fields = statFields(`/proc/${pid}/stat`)
    for (const field of [11, 12, 13, 14]) ticks += Number(fields[field] ?? 0)
  }
  return ticks / TICKS
}

/** KiB, what processes share divided among them. `anonymous`: heaps and stacks, without files and shared memory. */
export type Memory = { readonly all: number; readonly anonymous: number }

export function memoryOf(pids: readonly number[]): Memory {
  let [all, anonymous] = [0, 0]
  for (const pid of pids) {
    const text = readText(`/proc/${pid}/smaps_rollup`)
    all += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
    anonymous += Number(/^Pss_Anon:\s+(\d+)/m.exec(text)?.[1] ?? 0)
  }
  return { all, anonymous }
}

/** Memory of processes, what they share divided among them. */
export function residentKiB(pids: readonly number[]): number {
  return memoryOf(pids).all
}

export type ThreadFigures = { readonly id: number; readonly ranSeconds: number; readonly waitedSeconds: number }

/** All threads of a process: how long each ran, and was ready to run but waited for a processor. */
export function listThreads(pid: number): ThreadFigures[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((id) => ({ id: Number(id), ...readSchedule(pid, Number(id)) }))
  } catch {
    return []
  }
}

export function readSchedule(pid: number, thread: number): { ranSeconds: number; waitedSeconds: number } {
  const [ran = '0', waited = '0'] = readText(`/proc/${pid}/task/${thread}/schedstat`).split(' ')
  return { ranSeconds: Number(ran) / 1e9, waitedSeconds: Number(waited) / 1e9 }
}

/** Datagrams that the kernel threw away on sockets of a local port: for want of room in their buffers, as a rule. */
export function droppedAtPort(port: number): number {
  let drops = 0
  for (const line of readText('/proc/net/udp').split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/)
    if (Number.parseInt(fields[1]?.split(':')[1] ?? '', 16) === port) drops += Number(fields.at(-1))
  }
  return drops
}

/** Datagrams that the whole machine threw away for want of room in a socket's buffer, since its start. */
export function receiveBufferErrors(): number {
  const lines = readText('/proc/net/snmp')
    .split('\n')
    .filter((line) => line.startsWith('Udp: '))
  const at = lines[0]?.split(' ').indexOf('RcvbufErrors') ?? -1
  return Number(lines[1]?.split(' ')[at] ?? 0)
}

/** Processes that run or wait, on average of the last minute. */
export function machineLoad(): number {
  return Number(readText('/proc/loadavg').split(' ')[0])
}

/** Keeps a thread to one processor. */
export function pinThread(thread: number, processor: number): void {
  spawnSync('taskset', ['-p', '-c', String(processor), String(thread)])
}

/** Keeps all threads of a process, and those that it starts, to one processor. */
export function pinProcess(pid: number, processor: number): void {
  spawnSync('taskset', ['-a', '-p', '-c', String(processor), String(pid)])
}
