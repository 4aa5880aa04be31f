/** A line longer than anybody may send. */
export class LineTooLongError extends Error {
  readonly code = 'ERR_LINE_TOO_LONG'
}

const NEWLINE = 0x0a

/**
 * The lines of a stream, split on `\n` alone: JSON may hold U+2028, which other line readers split on. Bytes become text a line at a time, so a
 * character may span chunks. What comes after the last `\n` is half a line and dropped. Throws LineTooLongError as soon as a line has more than
 * `maxBytes`. Cost: linear in the bytes.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let held = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); ; end = chunk.indexOf(NEWLINE, start)) {
      const part = chunk.subarray(start, end < 0 ? undefined : end)
      held += part.length
      if (held > maxBytes) throw new LineTooLongError(`a line of more than ${maxBytes} bytes`)
      parts.push(part)
      if (end < 0) break
      yield Buffer.concat(parts, held).toString('utf8')
      parts = []
      held = 0
      start = end + 1
    }
  }
}
