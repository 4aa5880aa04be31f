import { describe, expect, it } from 'vitest'
import { type HttpRoute, nameOf } from '../src/delegation/route.ts'
import type { Decision, Violation } from '../src/policy/decision.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import { observedView, routeOf } from './corpus.ts'
import { type ObservedTree, oracleOf, TREES, witnessOf } from './observed-tree.ts'
import { type Life, wayOf } from './programmed-model.ts'
import { type Request, requestLike, takes } from './winner-model.ts'

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

/** Candidates without a request of which nothing is said. */
const UNSAID: Readonly<Record<string, string>> = {
  T0024: 'attached directly, with a regex that no path matches: nobody is harmed',
}

const TAKING = ['LK301', 'LK401', 'LK402', 'LK403'] as const

function judge(tree: ObservedTree): Decision {
  const view = observedView(tree.objects_oldest_first, 'kgateway.dev/kgateway')
  return evaluate({ operation: 'CREATE', route: routeOf(tree.candidate), oldRoute: undefined, now: 0 }, view, [])
}

function denialsOf(tree: ObservedTree): Violation[] {
  return judge(tree).violations.filter(({ action }) => action === 'Deny')
}

/** Whether the request that is shown does what the check says: asked of the slow oracle, which knows the tree alone. */
function isTrueOf(tree: ObservedTree, { code, witness, confidential }: Violation): boolean {
  const shown = witness ?? confidential?.witness
  if (shown === undefined) return false
  const request = requestLike(shown, { gateway: 'infra/edge', port: 80 })
  const taking = TAKING.find((known) => known === code)
  return taking === undefined ? escapes(tree, request) : oracleOf(tree).truthOf(taking, request) === 'true'
}

/** The candidate has a match that takes it, and nobody who selects the candidate grants it. */
function escapes(tree: ObservedTree, request: Request): boolean {
  const { lives, selections } = oracleOf(tree).after
  const isCandidate = (route: HttpRoute) => nameOf(route) === nameOf(routeOf(tree.candidate))
  const takesIt = ({ programmed }: Life) => takes(programmed.match, request, 'kgateway')
  const isGranted = selections.some(({ by, child }) => isCandidate(child) && wayOf(by).every(takesIt))
  return !isGranted && lives.some((life) => isCandidate(life.route) && takesIt(life))
}

describe.skipIf(TREES.length === 0)('500 random trees against the real translator', () => {
  const like = (verdict: ObservedTree['verdict']) => TREES.filter((tree) => tree.verdict === verdict)

  it('are all there, and every exception is one of them', () => {
    expect(TREES).toHaveLength(500)
    const named = [TRUE_DENIALS, OWN_LANE, UNSAID].flatMap((table) => Object.keys(table))
    expect(named.filter((name) => !TREES.some((tree) => tree.case === name))).toEqual([])
  })

  it.each(like('escape'))('$case escapes and is denied with a true witness', (tree) => {
    expect(denialsOf(tree).some((violation) => violation.effect === 'escape' && isTrueOf(tree, violation))).toBe(true)
  })

  it.each(like('steal').filter((tree) => OWN_LANE[tree.case] === undefined))(
    '$case steals and is denied, or warned of a catch-all',
    (tree) => {
      const found = judge(tree).violations.filter(({ code }) => TAKING.some((known) => known === code))
      expect(found).not.toEqual([])
      const mustDeny = oracleOf(tree).harmOf(witnessOf(tree))?.least === 'Deny'
      expect(mustDeny && denialsOf(tree).length === 0).toBe(false)
    },
  )

  it.each(like('clean').filter((tree) => TRUE_DENIALS[tree.case] === undefined))('$case is clean and is allowed', (tree) => {
    expect(denialsOf(tree)).toEqual([])
  })

  it.each(TREES.filter((tree) => TRUE_DENIALS[tree.case] !== undefined))('$case is denied all the same, with a true witness', (tree) => {
    const denials = denialsOf(tree)
    expect(denials).not.toEqual([])
    expect(denials.filter((violation) => !isTrueOf(tree, violation))).toEqual([])
  })

  it.each([...like('served'), ...like('nothing')])('$case has a match that gets nothing, which is found', (tree) => {
    expect(judge(tree).violations.length === 0).toBe(UNSAID[tree.case] !== undefined)
  })

  it.each(like('nothing'))('$case gets no request, so no escape is shown', (tree) => {
    expect(judge(tree).violations.filter(({ code, witness }) => code !== 'LK106' && code !== 'LK403' && witness !== undefined)).toEqual([])
  })
})
