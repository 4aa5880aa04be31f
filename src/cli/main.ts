import { buffer } from 'node:stream/consumers'
import { styleText } from 'node:util'
import { manifestText } from '../cluster/manifest-files.ts'
import { run } from './commands.ts'
import { EXIT, type Io } from './io.ts'

process.stdout.on('error', unwritten)
// There is nobody left to tell.
process.stderr.on('error', () => {})

const io: Io = {
  out: (chunk) => process.stdout.write(chunk),
  err: (chunk) => process.stderr.write(chunk),
  readInput: async () => manifestText(await buffer(process.stdin)),
  // Only a terminal gets them; NO_COLOR, NODE_DISABLE_COLORS and FORCE_COLOR are heeded.
  colour: styleText('red', ' ', { stream: process.stdout }) !== ' ',
  interactive: process.stderr.isTTY === true,
  onSignal: (listener) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => listener(signal))
  },
}

run(process.argv.slice(2), io).then(exitWhenWritten, (cause: unknown) => {
  process.stderr.write(`lanekeeper: unexpected error, please report it: ${cause instanceof Error ? cause.stack : String(cause)}\n`)
  exitWhenWritten(EXIT.bug)
})

/** A pipe takes its time: what was printed last must not be lost by exiting. */
function exitWhenWritten(code: number): void {
  process.stdout.write('', (cause) => {
    // Otherwise the stream's own error says so, and ends the process.
    if (!cause) process.stderr.write('', () => process.exit(code))
  })
}

/** A reader that went away (`| head`) is no error of ours. A full disk is: half a report must not pass for a whole one. */
function unwritten(cause: Error): void {
  if ('code' in cause && cause.code === 'EPIPE') process.exit(EXIT.unread)
  process.stderr.write(`lanekeeper: the output can't be written: ${cause.message}\n`, () => process.exit(EXIT.unwritten))
}
