/** What deciding may cost, in automaton steps, shared by all questions asked about one object. */
export interface Budget {
  /** Takes `steps` away; false when there are not that many left, and then for ever. */
  spend(steps: number): boolean
  /** The same for work whose result is kept: `what` is paid for once. */
  spendOnce(what: string, steps: number): boolean
}

/** Steps one object may cost: some 20 ms on a slow core, and hundreds of times what an ordinary route needs. */
export const STEPS_PER_OBJECT = 120_000

/**
 * Two budgets for one object, so that ways through strangers, of which anybody can make any number, never use up what the
 * binding ones need.
 */
export interface Allowance {
  readonly trusted: Budget
  readonly strangers: Budget
}

export function allowanceOf(steps: number): Allowance {
  return { trusted: budgetOf(steps), strangers: budgetOf(Math.ceil(steps / 4)) }
}

export function budgetOf(steps: number): Budget {
  let left = steps
  const paid = new Set<string>()
  function spend(cost: number): boolean {
    left = Math.max(0, left - cost)
    return left > 0
  }
  return {
    spend,
    spendOnce(what, cost) {
      if (paid.has(what)) return left > 0
      paid.add(what)
      return spend(cost)
    },
  }
}
