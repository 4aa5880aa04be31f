import { binary } from './binaries.ts'
import { environment } from './kubectl.ts'
import { type Finished, runProgram } from './run-program.ts'
import type { User } from './users.ts'

/** helm as this user. No controllers run, so an installation that waits for pods waits in vain. */
export async function helm(user: User, args: readonly string[], input = ''): Promise<Finished> {
  return runProgram(await binary('helm'), args, { env: environment(user), input })
}
