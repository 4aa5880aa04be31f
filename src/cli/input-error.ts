/** What was named can't be read, and any answer without it would mislead. Each line is printed; exit code 2. */
export class InputError extends Error {
  readonly code = 'ERR_INPUT'
  readonly lines: readonly string[]

  constructor(lines: readonly string[], options?: ErrorOptions) {
    super(lines.join('\n'), options)
    this.lines = lines
  }
}
