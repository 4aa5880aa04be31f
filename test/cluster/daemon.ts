import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { guardProcess } from './lifeline.ts'

/** A program that runs until it is stopped. What it prints goes to a file: a pipe that nobody reads would stall it. */
export interface Daemon {
  readonly pid: number
  readonly running: () => boolean
  /** All it printed so far, on both streams. */
  readonly log: () => string
  /** Waits until the condition holds; rejects with the end of the log if the program ends or 60 s pass before. */
  readonly until: (what: string, condition: () => boolean | Promise<boolean>) => Promise<void>
  /** Signals and waits for its end; SIGKILL after 15 s. Fine to call again. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>
}

/** `logFile` may have the output of earlier runs. Of the environment it gets the PATH, and what `env` adds. */
export async function startDaemon(
  program: string,
  args: readonly string[],
  logFile: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Daemon> {
  const output = openSync(logFile, 'a')
  const before = fstatSync(output).size
  const child = spawn(program, args, { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', output, output] })
  closeSync(output)
  guardProcess(child)
  const exited = once(child, 'exit')
  // It may end at any time; whoever waits for something else finds out from running().
  exited.catch(() => {})
  await once(child, 'spawn')
  const { pid } = child
  if (pid === undefined) throw new Error(`${program} has no process`)
  const running = () => child.exitCode === null && child.signalCode === null
  const log = () => readFileSync(logFile).subarray(before).toString('utf8')
  const failure = (what: string) => new Error(`${program} ${what}\n${log().slice(-4000)}`)
  return {
    pid,
    running,
    log,
    until: async (what, condition) => {
      const end = Date.now() + 60_000
      while (!(await condition())) {
        if (!running()) throw failure(`ended before it was ${what}`)
        if (Date.now() > end) throw failure(`was not ${what} within 60 s`)
        await delay(50)
      }
      if (!running()) throw failure(`ended as soon as it was ${what}`)
    },
    stop: async (signal = 'SIGTERM') => {
      if (!running()) return
      child.kill(signal)
      const patience = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await exited
      clearTimeout(patience)
    },
  }
}
