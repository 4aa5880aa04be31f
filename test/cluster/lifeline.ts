import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { join } from 'node:path'

/**
 * What a test starts must not outlive it, however it dies: not even SIGKILL may leave an API server behind.
 * A second process holds the other end of a pipe. It is told what to end, and ends it when the pipe closes.
 */
let pipe: Socket | undefined

/** Ends the process with this one. */
export function guardProcess(child: ChildProcess): void {
  if (child.pid === undefined) return
  const entry = `process:${child.pid}`
  tell(`+${entry}`)
  // Unless told, the lifeline could end another process that got the number later.
  child.once('exit', () => tell(`-${entry}`))
}

/** Removes the folder with this process. */
export function guardFolder(folder: string): void {
  tell(`+folder:${folder}`)
}

export function releaseFolder(folder: string): void {
  tell(`-folder:${folder}`)
}

function tell(line: string): void {
  pipe ??= startLifeline()
  pipe.write(`${line}\n`)
}

function startLifeline(): Socket {
  // Detached: a Ctrl-C in the terminal goes to the tests, and not to what cleans up after them.
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lifeline-process.ts')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  if (!(child.stdin instanceof Socket)) throw new Error('no pipe to the lifeline')
  child.stdin.unref()
  return child.stdin
}
