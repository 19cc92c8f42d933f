/** A thread that says what the steady clock shows, each time that it is asked. */
import { parentPort, workerData } from 'node:worker_threads'
import { SteadyTime } from './steady-time.ts'

const steady = new SteadyTime(workerData)
parentPort?.postMessage(steady.exactly())
