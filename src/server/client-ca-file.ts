import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'

export interface ClientCaFileOptions {
  readonly file: string
  /** Called before `current` tells it. Where it throws, what the file held before stays. */
  readonly onChange?: (pem: string) => void
  /** A file that can't be used while what it held before stays. */
  readonly onProblem?: (message: string) => void
  readonly pollMilliseconds?: number
}

const POLL_MILLISECONDS = 5_000

/** The CAs that sign callers' certificates, kept current by looking at the file's content. */
export class ClientCaFile {
  readonly #options: ClientCaFileOptions
  #pem = ''
  #problem = ''
  #timer: NodeJS.Timeout | undefined

  constructor(options: ClientCaFileOptions) {
    this.#options = options
  }

  /** Rejects when there is nothing to start with. */
  async start(): Promise<void> {
    this.#pem = await this.#read()
    this.#timer = setInterval(() => void this.check(), this.#options.pollMilliseconds ?? POLL_MILLISECONDS)
    this.#timer.unref()
  }

  /** PEM. */
  current(): string {
    return this.#pem
  }

  /** Looks at the file now; never rejects. */
  async check(): Promise<void> {
    try {
      const pem = await this.#read()
      if (pem !== this.#pem) this.#options.onChange?.(pem)
      this.#pem = pem
      this.#problem = ''
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause)
      if (problem !== this.#problem) this.#options.onProblem?.(`the client CA on disk can't be used, the one before it stays: ${problem}`)
      this.#problem = problem
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #read(): Promise<string> {
    const pem = await readFile(this.#options.file, 'utf8')
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
    if (blocks.length === 0) throw new Error(`${this.#options.file}: no certificate in it`)
    for (const block of blocks) {
      if (!isCa(block)) throw new Error(`${this.#options.file}: a certificate in it is no CA`)
    }
    return pem
  }
}

function isCa(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca
  } catch {
    // Unreadable is no CA either.
    return false
  }
}
