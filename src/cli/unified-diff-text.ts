import { painter } from './paint.ts'
import { printable } from './printable.ts'
import { unifiedDiff } from './unified-diff.ts'

/** The diff of a file, for a terminal with colours, for `git apply` without. */
export function unifiedDiffText(file: string, before: string, after: string, colour: boolean): string {
  const diff = unifiedDiff(file, before, after)
  if (!colour) return diff
  const paint = painter(true)
  return printable(diff.replaceAll('\r\n', '\n')).replaceAll(/^([-+@]).*$/gm, (line, mark: string) =>
    paint(mark === '-' ? 'red' : mark === '+' ? 'green' : 'cyan', line),
  )
}
