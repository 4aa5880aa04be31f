import { expect, it } from 'vitest'
import { LineTooLongError, readLines } from './watch-frames.ts'

async function linesOf(chunks: readonly (string | Uint8Array)[], maxBytes = 1000): Promise<string[]> {
  async function* stream() {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  const lines: string[] = []
  for await (const line of readLines(stream(), maxBytes)) lines.push(line)
  return lines
}

const snowman = Buffer.from('\u2603')

it.each([
  ['nothing', [], []],
  ['two lines in a chunk', ['a\nb\n'], ['a', 'b']],
  ['a line over three chunks', ['a', 'b', 'c\n'], ['abc']],
  ['a newline that comes alone', ['a', '\n', 'b\n'], ['a', 'b']],
  ['empty lines', ['\n\na\n'], ['', '', 'a']],
  ['a character over two chunks', [snowman.subarray(0, 1), snowman.subarray(1), '\n'], ['\u2603']],
  ['line separators that are none here', ['a\u2028b\u2029c\u0085d\re\n'], ['a\u2028b\u2029c\u0085d\re']],
  ['half a line at the end', ['a\nhalf'], ['a']],
])('reads %s', async (_name, chunks, want) => {
  expect(await linesOf(chunks)).toEqual(want)
})

it.each([
  ['in one chunk', ['12345\n']],
  ['that never ends', ['123', '45']],
  ['after a good one', ['1\n', '12345\n']],
])('refuses a line that is too long, %s', async (_name, chunks) => {
  await expect(linesOf(chunks, 4)).rejects.toThrow(LineTooLongError)
  await expect(linesOf(chunks, 4)).rejects.toThrow('a line of more than 4 bytes')
})

it('takes lines of exactly the longest length', async () => {
  expect(await linesOf(['1234\n', '12', '34\n'], 4)).toEqual(['1234', '1234'])
})
