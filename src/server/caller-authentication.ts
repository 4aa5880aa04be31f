import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** Which client certificates stand for the API server. */
export interface CallerRules {
  /** Common names. A CA often signs more than callers of ours, so its signature alone says nothing. */
  readonly subjects: readonly string[]
  /** Whether others get an error instead of an answer. */
  readonly required: boolean
}

/** Tells by the connection whether the caller is one of `subjects` with a certificate of the client CA that is still valid. */
export class CallerAuthentication {
  readonly #rules: CallerRules
  /** Milliseconds since the epoch: a connection lives longer than the handshake's check. */
  readonly #until = new WeakMap<Socket, number>()

  constructor(rules: CallerRules) {
    this.#rules = rules
  }

  get required(): boolean {
    return this.#rules.required
  }

  isAuthenticated(socket: Socket, now: number): boolean {
    const known = this.#until.get(socket)
    const until = known ?? this.#authenticatedUntil(socket)
    if (known === undefined) this.#until.set(socket, until)
    return now < until
  }

  #authenticatedUntil(socket: Socket): number {
    // The handshake goes on without a certificate, and with a bad one; this says which it was.
    if (!(socket instanceof TLSSocket) || !socket.authorized) return Number.NEGATIVE_INFINITY
    const certificate = socket.getPeerX509Certificate()
    if (certificate === undefined) return Number.NEGATIVE_INFINITY
    const named = this.#rules.subjects.includes(commonName(certificate) ?? '')
    return named ? certificate.validToDate.getTime() : Number.NEGATIVE_INFINITY
  }
}

/** undefined where there is none, or several. */
function commonName(certificate: X509Certificate): string | undefined {
  const name = certificate.toLegacyObject().subject.CN
  return typeof name === 'string' ? name : undefined
}
