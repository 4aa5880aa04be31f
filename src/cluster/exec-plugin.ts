import { type ChildProcess, spawn } from 'node:child_process'
import { z } from 'zod'
import { type Clock, SYSTEM_CLOCK } from './clock.ts'

/** What a program made us: a token, a client certificate, or both. */
export interface ExecCredential {
  readonly token: string | undefined
  /** PEM, both. */
  readonly cert: string | undefined
  readonly key: string | undefined
}

const PLUGIN = z.object({
  apiVersion: z.string().default('client.authentication.k8s.io/v1'),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
})

const CREDENTIAL = z.object({
  status: z.object({ token: z.string().optional(), clientCertificateData: z.string().optional(), clientKeyData: z.string().optional() }),
})

/** Time to log in with a browser; less than SILENCE_MS, so that who waits is told what it waited for. */
const DEADLINE_MS = 120_000
const MAX_OUTPUT_CHARACTERS = 1024 * 1024

/**
 * Runs the program that `exec` of a kubeconfig's user names, and reads what it prints. Rejects when it fails or takes too long.
 * Not the library's: that waits for ever, remembers a token that was refused, and its errors can quote one.
 */
export async function execCredential(exec: unknown, clock: Clock = SYSTEM_CLOCK): Promise<ExecCredential> {
  const plugin = PLUGIN.safeParse(exec)
  if (!plugin.success) throw new Error('exec must have a command, and lists of args and env')
  const { apiVersion, command, args, env } = plugin.data
  const added = {
    ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
    // What client-go tells a plugin; some answer in this version only if they are told.
    KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } }),
  }
  const printed = await output(command, args ?? [], added, clock)
  try {
    const { token, clientCertificateData: cert, clientKeyData: key } = CREDENTIAL.parse(JSON.parse(printed)).status
    return { token, cert, key }
  } catch {
    // The cause may quote the text, and the text holds secrets.
    throw new Error(`${command} printed no ExecCredential`)
  }
}

function output(command: string, args: readonly string[], env: Readonly<Record<string, string>>, clock: Clock): Promise<string> {
  // On a terminal a program may ask there, and Ctrl-C ends it too. Elsewhere a group of its own lets what it started end with it.
  const ownGroup = process.platform !== 'win32' && !process.stdin.isTTY
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: ownGroup })
    child.on('error', reject)
    let [printed, complaint] = ['', '']
    const giveUp = (reason: string) => {
      reject(new Error(`${command} ${reason}`))
      // What it started may hold the pipes open for ever.
      child.stdout.destroy()
      child.stderr.destroy()
      kill(child, ownGroup)
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (printed.length > MAX_OUTPUT_CHARACTERS) giveUp('printed too much')
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-MAX_OUTPUT_CHARACTERS)
    })
    const stopTimer = clock.after(DEADLINE_MS, () => giveUp(`did not finish within ${DEADLINE_MS / 1000} s`))
    child.on('close', (code, signal) => {
      stopTimer()
      if (code === 0) resolve(printed)
      else reject(new Error(complaint.trim() || `${command} ended with ${signal ?? code}`))
    })
  })
}

function kill(child: ChildProcess, ownGroup: boolean): void {
  if (!ownGroup || child.pid === undefined) {
    child.kill('SIGKILL')
    return
  }
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // All of the group had ended.
  }
}
