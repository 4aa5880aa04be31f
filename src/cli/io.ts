/** Everything a command touches outside its arguments, passed in so that tests can stand in for it. */
export interface Io {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** All of standard input. Rejects for what can't be read, or is not UTF-8. */
  readonly readInput: () => Promise<string>
  /** Whether to colour what goes to `out`. */
  readonly colour: boolean
  /** Whether somebody watches `err`: only then is progress worth printing. */
  readonly interactive: boolean
  readonly onSignal: (listener: (signal: 'SIGTERM' | 'SIGINT') => void) => void
}

/**
 * How a command ends, beside 128 and its number for a signal that nobody handles. `bug` and `unwritten` are EX_SOFTWARE and
 * EX_IOERR of sysexits.h; `unread` is what a program that SIGPIPE ends leaves.
 */
export const EXIT = { fine: 0, finding: 1, failed: 1, usage: 2, bug: 70, unwritten: 74, unread: 141 } as const
