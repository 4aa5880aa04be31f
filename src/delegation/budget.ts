/** What deciding may cost, in automaton steps, shared by all questions asked about one object. */
export interface Budget {
  /** Takes `steps` away; false when there are not that many left, and then for ever. */
  spend(steps: number): boolean
}

/** Steps one object may cost: some 20 ms on a slow core, and a thousand times what an ordinary route needs. */
export const STEPS_PER_OBJECT = 400_000

export function budgetOf(steps: number): Budget {
  let left = steps
  return {
    spend(cost) {
      left -= cost
      if (left < 0) left = 0
      return left > 0
    },
  }
}
