/** Lines shown before and after a change. */
const CONTEXT = 3
/** Equal lines in a row that end a change. */
const ANCHOR = 3

/** A run of lines that differ: `removed` lines from `from` of the old text, `added` from `to` of the new one. */
interface Change {
  readonly from: number
  readonly removed: number
  readonly to: number
  readonly added: number
}

/** The change of a file as `git apply` and `patch -p1` take it; '' if there is none. Right for any texts, short for small changes. */
export function unifiedDiff(file: string, before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)]
  const hunks = grouped(changesOf(old, now)).map((changes) => hunkOf(changes, old, now))
  return hunks.length === 0 ? '' : `--- ${headed('a', file)}\n+++ ${headed('b', file)}\n${hunks.join('')}`
}

/** Each with its line break, if it has one. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function headed(side: 'a' | 'b', file: string): string {
  const name = file.startsWith('/') ? file : `${side}/${file}`
  return /["\\\p{Cc}]/u.test(name) ? JSON.stringify(name) : name
}

function changesOf(old: readonly string[], now: readonly string[]): Change[] {
  const changes: Change[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      i++
      j++
      continue
    }
    const [removed, added] = untilEqualAgain(old.slice(i), now.slice(j))
    changes.push({ from: i, removed, to: j, added })
    i += removed
    j += added
  }
  return changes
}

/** How many lines of each to skip until both go on the same, as few as possible. Quadratic in that number. */
function untilEqualAgain(old: readonly string[], now: readonly string[]): [number, number] {
  for (let skipped = 1; skipped < old.length + now.length; skipped++) {
    for (let removed = Math.max(0, skipped - now.length); removed <= Math.min(skipped, old.length); removed++) {
      if (goesOnEqual(old, removed, now, skipped - removed)) return [removed, skipped - removed]
    }
  }
  return [old.length, now.length]
}

function goesOnEqual(old: readonly string[], i: number, now: readonly string[], j: number): boolean {
  for (let ahead = 0; ahead < ANCHOR; ahead++) if (old[i + ahead] !== now[j + ahead]) return false
  return true
}

/** Changes whose context would touch stand in one hunk. */
function grouped(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = []
  for (const change of changes) {
    const group = groups.at(-1)
    const last = group?.at(-1)
    if (group === undefined || last === undefined || change.from - (last.from + last.removed) > 2 * CONTEXT) groups.push([change])
    else group.push(change)
  }
  return groups
}

function hunkOf(changes: readonly Change[], old: readonly string[], now: readonly string[]): string {
  const [first, last] = [changes[0], changes.at(-1)]
  if (first === undefined || last === undefined) return ''
  const lead = Math.min(CONTEXT, first.from)
  const [start, end] = [first.from - lead, Math.min(old.length, last.from + last.removed + CONTEXT)]
  const to = first.to - lead
  const lines: string[] = []
  let at = start
  for (const { from, removed, to: added, added: count } of changes) {
    lines.push(...old.slice(at, from).map((line) => shown(' ', line)))
    lines.push(...old.slice(from, from + removed).map((line) => shown('-', line)))
    lines.push(...now.slice(added, added + count).map((line) => shown('+', line)))
    at = from + removed
  }
  lines.push(...old.slice(at, end).map((line) => shown(' ', line)))
  const length = last.to + last.added + (end - at) - to
  return `@@ -${span(start, end - start)} +${span(to, length)} @@\n${lines.join('')}`
}

function span(start: number, length: number): string {
  return `${length === 0 ? start : start + 1},${length}`
}

function shown(mark: ' ' | '-' | '+', line: string): string {
  return line.endsWith('\n') ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`
}
