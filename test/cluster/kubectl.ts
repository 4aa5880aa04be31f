import { binary } from './binaries.ts'
import { type Finished, runOk, runProgram } from './run-program.ts'
import type { User } from './users.ts'

/** kubectl as this user; `input` is its standard input, for `-f -`. */
export async function kubectl(user: User, args: readonly string[], input = ''): Promise<Finished> {
  return runProgram(await binary('kubectl'), args, { env: environment(user), input })
}

/** For what a test takes for granted: gives what kubectl printed, throws what it complained about. */
export async function kubectlOk(user: User, args: readonly string[], input = ''): Promise<string> {
  return runOk(await binary('kubectl'), args, { env: environment(user), input })
}

/** The objects as `kubectl apply -f -` takes them. */
export function listOf(objects: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
}

/** Nothing of the developer's own kubectl or Helm: neither configuration nor cache. */
export function environment({ kubeconfig, home }: User): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home, KUBECONFIG: kubeconfig }
}
