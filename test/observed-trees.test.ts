import { describe, expect, it } from 'vitest'
import type { Witness } from '../src/delegation/route.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import { hasCorpus, observedView, type RawObject, readObserved, routeOf } from './corpus.ts'

interface ObservedTree {
  readonly case: string
  readonly objects_oldest_first: readonly RawObject[]
  readonly candidate: RawObject
  readonly verdict: 'escape' | 'steal' | 'clean' | 'served' | 'nothing' | 'reclaim'
  readonly witness?: Witness
}

/** Denied although the sampled tables say clean: sampling missed what the witness shows. Each is true, and why is said. */
const TRUE_DENIALS: Readonly<Record<string, string>> = {
  T0026: 'PathPrefix b joined under Exact /b takes /b/b',
  T0452: 'PathPrefix /Ab starts with the text /A and takes /Ab',
}

/** Escapes by attaching to the Gateway directly: judged by the precedence checks (LK301), which are not there yet. */
const DIRECT_ATTACHMENT = new Set(['T0056', 'T0237', 'T0299', 'T0311', 'T0324', 'T0412'])

const trees = hasCorpus('observed') ? readObserved<ObservedTree>('kgateway-trees.json') : []

function judge(tree: ObservedTree) {
  const view = observedView(tree.objects_oldest_first, 'kgateway.dev/kgateway')
  return evaluate({ operation: 'CREATE', route: routeOf(tree.candidate), oldRoute: undefined, now: 0 }, view, [])
}

describe.skipIf(trees.length === 0)('500 random trees against the real translator', () => {
  it.each(trees.filter((tree) => tree.verdict === 'escape' && !DIRECT_ATTACHMENT.has(tree.case)))(
    '$case escapes and is denied with a witness',
    (tree) => {
      const decision = judge(tree)
      expect(decision.allowed).toBe(false)
      expect(decision.violations.some((violation) => violation.action === 'Deny' && violation.effect === 'escape')).toBe(true)
    },
  )

  it.each(trees.filter((tree) => tree.verdict === 'clean' && TRUE_DENIALS[tree.case] === undefined))(
    '$case is clean and is allowed',
    (tree) => {
      expect(judge(tree).violations.filter((violation) => violation.action === 'Deny')).toEqual([])
    },
  )

  it.each(trees.filter((tree) => TRUE_DENIALS[tree.case] !== undefined))('$case is denied with a witness, and rightly', (tree) => {
    expect(judge(tree).violations.find((violation) => violation.action === 'Deny')?.witness).toBeDefined()
  })

  it.each(trees.filter((tree) => tree.verdict === 'nothing'))('$case gets no request, so no escape is shown', (tree) => {
    expect(judge(tree).violations.filter((violation) => violation.code !== 'LK106' && violation.witness !== undefined)).toEqual([])
  })
})
