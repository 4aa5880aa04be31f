/** Edit distance of two words (insert, delete, replace, swap of neighbours). Cost |a|·|b|. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replace = at(previous, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1)
      let best = Math.min(at(previous, column) + 1, at(current, column - 1) + 1, replace)
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, at(before, column - 2) + 1)
      }
      current.push(best)
    }
    before = previous
    previous = current
  }
  return at(previous, b.length)
}

/** The known word nearest to a misspelt one, ignoring case; undefined when none is near enough to be meant. Ties: the first. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  // One slip in a short word, two in an ordinary one, three in a long one.
  let bestDistance = (word.length <= 3 ? 1 : word.length < 12 ? 2 : 3) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `, did you mean "matches"?` or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const candidate = nearest(word, known)
  return candidate === undefined ? '' : `, did you mean ${JSON.stringify(candidate)}?`
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0
}
