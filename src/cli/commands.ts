import { nearest, parseCommandLine, UsageError } from './arguments.ts'
import { audit } from './audit.ts'
import { check } from './check.ts'
import { diff } from './diff.ts'
import { explain } from './explain.ts'
import { COMMANDS, type Command, helpText } from './help.ts'
import { InputError } from './input-error.ts'
import { EXIT, type Io } from './io.ts'
import { StartError } from './listen-address.ts'
import { version } from './package-info.ts'
import { printable } from './printable.ts'
import { serve } from './serve.ts'
import { tree } from './tree.ts'

/** Runs a command line and returns the exit code. Mistakes of the user are lines on `err`; only bugs reject. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const command = COMMANDS.find((candidate) => candidate === args[0])
  try {
    return await dispatch(command, args, io)
  } catch (cause) {
    if (cause instanceof UsageError) {
      io.err(`lanekeeper: ${cause.message}\nSee: lanekeeper ${command === undefined ? '' : `${command} `}--help\n`)
      return EXIT.usage
    }
    if (cause instanceof InputError) {
      for (const line of cause.lines) io.err(`lanekeeper: ${printable(line)}\n`)
      return EXIT.usage
    }
    if (cause instanceof StartError) {
      io.err(`lanekeeper: ${cause.message}\n`)
      return EXIT.failed
    }
    throw cause
  }
}

function dispatch(command: Command | undefined, args: readonly string[], io: Io): Promise<number> {
  const rest = args.slice(1)
  switch (command) {
    case 'serve':
      return serve(rest, io)
    case 'check':
      return check(rest, io)
    case 'audit':
      return audit(rest, io)
    case 'explain':
      return explain(rest, io)
    case 'tree':
      return tree(rest, io)
    case 'diff':
      return diff(rest, io)
    case 'version':
      return Promise.resolve(printVersion(rest, io))
    case 'help':
      return Promise.resolve(help(rest, io))
    case undefined:
      return Promise.resolve(withoutCommand(args, io))
  }
}

function printVersion(args: readonly string[], io: Io): number {
  const { values, positionals } = parseCommandLine(args, { help: { type: 'boolean', short: 'h', default: false } })
  if (positionals.length > 0) throw new UsageError(`unexpected argument "${positionals[0]}"`)
  io.out(values.help ? helpText('version') : `lanekeeper ${version()}\n`)
  return EXIT.fine
}

function help(args: readonly string[], io: Io): number {
  const { values, positionals } = parseCommandLine(args, { help: { type: 'boolean', short: 'h', default: false } })
  const [topic, ...more] = positionals
  if (more.length > 0) throw new UsageError('help explains one command at a time')
  if (topic !== undefined) io.out(helpText(commandNamed(topic)))
  else io.out(helpText(values.help ? 'help' : undefined))
  return EXIT.fine
}

function withoutCommand(args: readonly string[], io: Io): number {
  const [first] = args
  if (first === '--version' || first === '-V') return printVersion([], io)
  if (first === '--help' || first === '-h') {
    io.out(helpText(undefined))
    return EXIT.fine
  }
  if (first === undefined) throw new UsageError(`name a command: ${COMMANDS.join(', ')}`)
  if (first.startsWith('-')) throw new UsageError(`name a command first: ${COMMANDS.join(', ')}`)
  commandNamed(first)
  return EXIT.usage
}

function commandNamed(text: string): Command {
  const command = COMMANDS.find((candidate) => candidate === text)
  if (command !== undefined) return command
  const near = nearest(text, COMMANDS)
  throw new UsageError(`unknown command "${text}"${near === undefined ? '' : `; did you mean ${near}?`}`)
}
