import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'

/** Starts a process that would run for an hour, guards it and a folder, prints its id, and waits to be killed. */
const HOLDER = `
import { spawn } from 'node:child_process'
import { guardFolder, guardProcess } from ${JSON.stringify(join(import.meta.dirname, 'lifeline.ts'))}
const child = spawn('sleep', ['3600'], { stdio: 'ignore' })
guardProcess(child)
guardFolder(process.argv[1])
console.log(child.pid)
setInterval(() => {}, 1000)
`

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it('what was started ends, and its folder goes, when the tests are killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanekeeper-lifeline-'))
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', HOLDER, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [printed] = await once(holder.stdout, 'data')
  const pid = Number(printed)
  expect([isAlive(pid), existsSync(folder)]).toEqual([true, true])
  holder.kill('SIGKILL')
  const end = Date.now() + 20_000
  while ((isAlive(pid) || existsSync(folder)) && Date.now() < end) await delay(20)
  expect([isAlive(pid), existsSync(folder)]).toEqual([false, false])
})
