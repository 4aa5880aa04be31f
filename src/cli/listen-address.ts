import type { AddressInfo } from 'node:net'
import { UsageError } from './arguments.ts'

export interface ListenAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string
  /** 0 = a free one. */
  readonly port: number
}

/** `127.0.0.1:8443`, `[::1]:8443`, `localhost:0`; `:8443` = every address. */
export function parseListenAddress(flag: string, text: string): ListenAddress {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  const port = Number(parts?.[3])
  if (parts === null || port > 65_535)
    throw new UsageError(`${flag} must be HOST:PORT, for example 127.0.0.1:8443 or [::1]:0, not "${text}"`)
  const host = parts[1] ?? parts[2] ?? ''
  return { host: host === '' ? '::' : host, port }
}

/** The address as a client on this machine writes it in a URL. */
export function urlHost(host: string): string {
  if (host === '::' || host === '0.0.0.0') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

/** It can't start, for a reason outside the program. */
export class StartError extends Error {
  readonly code = 'ERR_START'
}

interface Listening {
  listen(options: { host: string; port: number }): Promise<string>
  readonly server: { address(): string | AddressInfo | null }
}

/** Listens, and returns the port. A busy or forbidden one is a StartError that names the flag. */
export async function listenOn(app: Listening, flag: string, { host, port }: ListenAddress): Promise<number> {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    throw new StartError(
      `${flag} ${urlHost(host)}:${port}: ${whyNot(cause)}; choose another with ${flag} HOST:PORT (port 0 = a free one)`,
      { cause },
    )
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

function whyNot(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EADDRINUSE') return 'the port is in use'
  if (code === 'EACCES') return 'the port may not be used by this user'
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'this machine has no such address'
  return cause instanceof Error ? cause.message : String(cause)
}
