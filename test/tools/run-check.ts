import { check } from '../../src/cli/check.ts'
import type { CheckResult } from '../../src/cli/check-result.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../../src/policy/message.ts'

export interface CheckRun {
  readonly exitCode: number
  readonly result: CheckResult
  /** What went to standard error. */
  readonly errors: string
}

/** `lanekeeper check ARGS --output json` in this process, `input` being its standard input. */
export async function runCheck(args: readonly string[], input = ''): Promise<CheckRun> {
  let out = ''
  let errors = ''
  const exitCode = await check([...args, '--output', 'json'], {
    out: (text) => (out += text),
    err: (text) => (errors += text),
    readInput: () => Promise.resolve(input),
    colour: false,
    interactive: false,
    onSignal: () => {},
  })
  const result: CheckResult = JSON.parse(out)
  return { exitCode, result, errors }
}

/** The line that a denial has for a finding. */
export function lineOf({ code, name, field, message }: CheckResult['results'][number]): string {
  return `${code} ${name} at ${field}: ${message} ${DEFAULT_MESSAGE_OPTIONS.docsBase}/${code}`
}
