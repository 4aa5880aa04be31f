import { run } from '../../src/cli/commands.ts'
import type { Io } from '../../src/cli/io.ts'

export interface CliRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** `lanekeeper ARGS` in this process, `input` being its standard input. */
export async function runCli(args: readonly string[], input = '', changes: Partial<Io> = {}): Promise<CliRun> {
  let out = ''
  let err = ''
  const code = await run(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    readInput: () => Promise.resolve(input),
    colour: false,
    interactive: false,
    onSignal: () => {},
    ...changes,
  })
  return { code, out, err }
}
