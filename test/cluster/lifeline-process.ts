// The other end of lifeline.ts: reads what to hold (+) and what to let go (-), and cleans up what it holds when the pipe closes.
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

const processes = new Set<string>()
const folders = new Set<string>()

for await (const line of createInterface({ input: process.stdin })) {
  const entry = /^([+-])(process|folder):(.+)$/.exec(line)
  if (entry === null) continue
  const [, sign, kind, id = ''] = entry
  const held = kind === 'process' ? processes : folders
  if (sign === '+') held.add(id)
  else held.delete(id)
}

for (const id of processes) {
  try {
    process.kill(Number(id), 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
// A process that was just killed may still be writing.
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
