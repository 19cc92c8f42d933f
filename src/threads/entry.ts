/**
 * Finds the file that a worker begins with. Sources run as `.ts`, the published package as `.js`: the file has the extension
 * of the one that asks, and no bundler or compiler needs to know of it.
 */
export function workerEntry(name: string): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new URL(`./${name}-worker.${extension}`, import.meta.url)
}
