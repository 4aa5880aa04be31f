import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { guardProcess } from './lifeline.ts'

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Standard input, empty by default. */
  readonly input?: string
  /** A program that takes longer is ended. */
  readonly timeoutMilliseconds?: number
}

/** Runs a program to its end. Rejects if it can't be started, takes too long or is ended by a signal; an exit code is a result. */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { cwd, env = process.env, input = '', timeoutMilliseconds = 60_000 } = options
  const child = spawn(program, args, {
    ...(cwd !== undefined && { cwd }),
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMilliseconds,
    killSignal: 'SIGKILL',
  })
  guardProcess(child)
  // A program that doesn't read its input may be gone before all of it is written.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'))
  })
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (typeof code === 'string') throw new Error(`${commandLine(program, args)} was ended by ${code}\n${stderr}`)
  return { code, stdout, stderr }
}

/** Runs a program that has to succeed; gives what it printed. */
export async function runOk(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, options)
  if (code !== 0) throw new Error(`${commandLine(program, args)} exited with ${code}\n${stderr}`)
  return stdout
}

function commandLine(program: string, args: readonly string[]): string {
  return [program, ...args].join(' ')
}
