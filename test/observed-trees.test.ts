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
  T0010: 'takes /a/, which the root gives to t3 by a longer path than /a, and nobody serves yet',
  T0026: 'PathPrefix b joined under Exact /b takes /b/b',
  T0098: 'takes GET /b/b with y=2, which the root gives to t2 by a method and a header, and nobody serves yet',
  T0101: 'the regex takes /a.b, which the root gives to t2 and nobody serves yet',
  T0126: 'takes /ab/c with y=2, which the root gives to t3 and nobody serves yet',
  T0132: 'takes /a/b/a, which the root gives to t1 and nobody serves there yet',
  T0142: 'attached directly, takes /a/b/c, which the root gives to t1 and nobody serves yet',
  T0171: 'Exact /a/b/c joined under / takes what the root gives to t3 and nobody serves yet',
  T0197: 'takes /ab/c/a, which the root gives to t1 and nobody serves yet',
  T0230: 'its host hides the wider one, where the root gives /a with x=2 to t2 and nobody serves yet',
  T0240: 'PathPrefix /a.bx joined under /a takes /a/a.bx, which the root gives to t2 and nobody serves yet',
  T0333: 'its host hides the wider one, where the root gives /a to another owner and nobody serves yet',
  T0416: 'takes /a/b/c/A, which the root gives to t1 and nobody serves yet',
  T0452: 'PathPrefix /Ab starts with the text /A and takes /Ab',
  T0481: 'takes /a/b with x=1, which the root gives to t1 and nobody serves there yet',
}

/** The platform serves a wider match of its own beside the lane it delegates: the lane's requests are for the lane. */
const OWN_LANE: Readonly<Record<string, string>> = {
  T0235: 'PathPrefix / with a header stands beside /a/b, which the candidate is granted',
  T0278: 'PathPrefix /ab stands beside /ab/c, which the candidate is granted',
}

const TAKING = ['LK301', 'LK401', 'LK402', 'LK403']

const trees = hasCorpus('observed') ? readObserved<ObservedTree>('kgateway-trees.json') : []

function judge(tree: ObservedTree) {
  const view = observedView(tree.objects_oldest_first, 'kgateway.dev/kgateway')
  return evaluate({ operation: 'CREATE', route: routeOf(tree.candidate), oldRoute: undefined, now: 0 }, view, [])
}

describe.skipIf(trees.length === 0)('500 random trees against the real translator', () => {
  it.each(trees.filter((tree) => tree.verdict === 'escape'))('$case escapes and is denied with a witness', (tree) => {
    const decision = judge(tree)
    expect(decision.allowed).toBe(false)
    expect(decision.violations.some((violation) => violation.action === 'Deny' && violation.effect === 'escape')).toBe(true)
  })

  it.each(trees.filter((tree) => tree.verdict === 'steal' && OWN_LANE[tree.case] === undefined))(
    '$case steals and is denied, or at least warned of',
    (tree) => {
      expect(judge(tree).violations.filter(({ code }) => TAKING.includes(code))).not.toEqual([])
    },
  )

  it.each(trees.filter((tree) => tree.verdict === 'clean' && TRUE_DENIALS[tree.case] === undefined))(
    '$case is clean and is allowed',
    (tree) => {
      expect(judge(tree).violations.filter((violation) => violation.action === 'Deny')).toEqual([])
    },
  )

  it.each(trees.filter((tree) => TRUE_DENIALS[tree.case] !== undefined))('$case is denied with a witness, and rightly', (tree) => {
    const denied = judge(tree).violations.find((violation) => violation.action === 'Deny')
    expect(denied?.witness ?? denied?.confidential?.witness).toBeDefined()
  })

  it.each(trees.filter((tree) => tree.verdict === 'nothing'))('$case gets no request, so no escape is shown', (tree) => {
    expect(judge(tree).violations.filter(({ code, witness }) => code !== 'LK106' && code !== 'LK403' && witness !== undefined)).toEqual([])
  })
})
