#!/usr/bin/env node
// The command `signet` of the published package, on every system: npm makes a .cmd of it on Windows.
// Plain JavaScript that an old Node.js can read too, so that it is told what is missing instead of a stack trace.
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

if (Number.parseInt(process.versions.node, 10) < 26) {
  console.error(`signet: Node.js 26 or newer is needed, and this is ${process.version}`)
  process.exit(3)
}

const cacheHome =
  process.env.XDG_CACHE_HOME ||
  (process.platform === 'win32' && process.env.LOCALAPPDATA) ||
  join(homedir(), '.cache')
if (!process.env.NODE_COMPILE_CACHE) {
  process.env.NODE_COMPILE_CACHE = join(cacheHome, 'signet') // worker threads read it here
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
}

await import('../dist/cli/main.js')
