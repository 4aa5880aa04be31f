import type { CheckResult } from '../../src/cli/check-result.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../../src/policy/message.ts'
import { runCli } from './run-cli.ts'

export interface CheckRun {
  readonly exitCode: number
  readonly result: CheckResult
  /** What went to standard error. */
  readonly errors: string
}

/** `lanekeeper check ARGS --output json` in this process, `input` being its standard input. */
export async function runCheck(args: readonly string[], input = ''): Promise<CheckRun> {
  const { code, out, err } = await runCli(['check', ...args, '--output', 'json'], input)
  const result: CheckResult = JSON.parse(out)
  return { exitCode: code, result, errors: err }
}

/** The line that a denial has for a finding. */
export function lineOf({ code, name, field, message }: CheckResult['results'][number]): string {
  return `${code} ${name} at ${field}: ${message} ${DEFAULT_MESSAGE_OPTIONS.docsBase}/${code}`
}
