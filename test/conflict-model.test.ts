import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { HttpRoute, Rule, Witness } from '../src/delegation/route.ts'
import type { View } from '../src/delegation/view.ts'
import type { Decision, Violation } from '../src/policy/decision.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import { type Code, ConflictOracle, type Harm, type Truth } from './conflict-oracle.ts'
import { GATEWAY, policiesOf, type Scene, sceneOf, tell, viewOf } from './conflict-scenes.ts'
import { type Request, requestsOf } from './winner-model.ts'

/**
 * What the checks say about a new route against what it does to every request of a sample. What an oracle finds that no reading of the
 * rules excuses must be found; what is denied must be true of some request.
 */

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 30_000 : 3_000
/** The same scenes each time, so that a change is judged and not luck; new ones in a long run, or by LANEKEEPER_SEED. */
const SEED = process.env['LANEKEEPER_SEED'] ?? (LONG ? undefined : '1')
const SCENES = SEED === undefined ? {} : { seed: Number(SEED) }
vi.setConfig({ testTimeout: LONG ? 3_600_000 : 240_000 })

function create(scene: Scene, view: View = viewOf(scene)): Decision {
  const request = { operation: 'CREATE' as const, route: scene.candidate, oldRoute: undefined, now: 0 }
  return evaluate(request, view, policiesOf(scene))
}

function isDenied({ action }: Violation): boolean {
  return action === 'Deny' || action === 'Patch'
}

// ---- the oracle

/** Where nothing says how old anything is, the newcomer is the youngest. */
function oracleOf({ realm, candidate }: Scene): ConflictOracle {
  return new ConflictOracle({ ...realm, routes: realm.routes.map((route) => ({ ...route, created: route.created ?? 0 })) }, candidate)
}

function worstHarm(scene: Scene): Harm | undefined {
  const oracle = oracleOf(scene)
  const all = requestsOf(oracle.after).flatMap((request) => oracle.harmOf(request) ?? [])
  // Past its own parent: nobody else's loss.
  const harms = all.filter(({ kind, least }) => kind !== 'granted' || least === 'Deny')
  return harms.find(({ least }) => least === 'Deny') ?? harms[0]
}

const CODES: readonly Code[] = ['LK301', 'LK401', 'LK402', 'LK403', 'LK405']

function codeOf({ code }: Violation): Code | undefined {
  return CODES.find((known) => known === code)
}

/** A witness says nothing of ports. */
function requestsLike({ host, path, method, headers, query }: Witness): Request[] {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return GATEWAY.listeners.map(({ port }) => ({ gateway: 'infra/gw', port, host, path, method, headers: lower, query }))
}

function handsOn({ backendRefs }: Rule): boolean {
  return backendRefs.some(({ kind }) => kind !== 'Service')
}

/** The best that can be said of a denial for the sake of others: what is true of some request, the one it shows among them. */
function truthOf(violation: Violation, code: Code, oracle: ConflictOracle): Truth {
  const shown = violation.witness === undefined ? [] : requestsLike(violation.witness)
  const truths = (requests: readonly Request[]) => new Set(requests.map((request) => oracle.truthOf(code, request)))
  const example = truths(shown)
  if (shown.length > 0 && !example.has('true') && !example.has('excused')) return 'false'
  if (example.has('true')) return 'true'
  const any = truths(requestsOf(oracle.after))
  return any.has('true') ? 'true' : any.has('excused') || example.has('excused') ? 'excused' : 'false'
}

describe.each(['kgateway', 'gloo', 'agentgateway'] as const)('%s', (dialect) => {
  it('what a new route takes from others is found', () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(sceneOf(dialect), (scene) => {
        const worst = worstHarm(scene)
        if (worst === undefined) return
        const kind = `${worst.kind} ${worst.least}`
        seen.set(kind, (seen.get(kind) ?? 0) + 1)
        const said = create(scene).violations.filter((violation) => violation.effect === 'escape' || codeOf(violation) !== undefined)
        const isFound = said.some((violation) => worst.least === 'Warn' || (violation.effect === 'escape' && isDenied(violation)))
        expect(isFound ? undefined : tell(scene, worst, said)).toBeUndefined()
      }),
      { numRuns: RUNS, ...SCENES },
    )
    const kinds = dialect === 'agentgateway' ? ['granted Deny'] : ['carved Deny', 'escaped Deny', 'granted Deny', 'stolen Deny']
    expect(kinds.filter((kind) => (seen.get(kind) ?? 0) < RUNS / 300)).toEqual([])
  })

  it('what is denied for the sake of others is true of some request', () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(sceneOf(dialect), (scene) => {
        const oracle = oracleOf(scene)
        for (const violation of create(scene).violations.filter(isDenied)) {
          const code = codeOf(violation)
          if (code === undefined) continue
          seen.set(code, (seen.get(code) ?? 0) + 1)
          const truth = truthOf(violation, code, oracle)
          expect(truth === 'true' ? undefined : `${truth}: ${tell(scene, undefined, [violation])}`).toBeUndefined()
        }
      }),
      { numRuns: RUNS, ...SCENES },
    )
    const codes = dialect === 'agentgateway' ? ['LK301'] : ['LK301', 'LK401', 'LK402', 'LK403', 'LK405']
    expect(codes.filter((code) => !seen.has(code))).toEqual([])
  })

  it('the oracles agree: what must be found is true', () => {
    const codes = { carved: 'LK401', stolen: 'LK402', granted: 'LK301', hidden: 'LK301' } as const
    fc.assert(
      fc.property(sceneOf(dialect), (scene) => {
        const oracle = oracleOf(scene)
        const harm = worstHarm(scene)
        if (harm === undefined || harm.kind === 'escaped') return
        const truth = oracle.truthOf(codes[harm.kind], harm.request)
        expect(truth === 'true' ? undefined : tell(scene, harm, [])).toBeUndefined()
      }),
      { numRuns: RUNS / 3, ...SCENES },
    )
  })

  it('the order in which objects came to be known changes nothing', () => {
    fc.assert(
      fc.property(
        sceneOf(dialect).filter(({ isLive }) => isLive),
        (scene) => {
          expect(create(scene, viewOf(scene, scene.realm.routes.toReversed()))).toEqual(create(scene))
        },
      ),
      { numRuns: RUNS / 5, ...SCENES },
    )
  })

  it('a route that is there already may change what it does not compete with', () => {
    fc.assert(
      fc.property(sceneOf(dialect), (scene) => {
        const { realm, candidate } = scene
        const renamed = candidate.rules.map((one) => ({ ...one, backendRefs: one.backendRefs.map((ref) => ({ ...ref, name: 'other' })) }))
        const view = viewOf(scene, [...realm.routes, candidate])
        const update = { operation: 'UPDATE' as const, route: { ...candidate, rules: renamed }, oldRoute: candidate, now: 0 }
        expect(evaluate(update, view, policiesOf(scene)).violations.filter(isDenied)).toEqual([])
      }),
      { numRuns: RUNS / 5, ...SCENES },
    )
  })

  it('routes of one owner take nothing from each other', () => {
    fc.assert(
      fc.property(sceneOf(dialect), (scene) => {
        const { realm, candidate } = scene
        const isOwn = ({ namespace }: HttpRoute) => realm.ownerOf(namespace) === realm.ownerOf(candidate.namespace)
        const own = realm.routes.filter((route) => isOwn(route) || route.namespace === 'infra')
        // What the platform serves itself is another owner's.
        const routes = own.map((route) => ({ ...route, rules: isOwn(route) ? route.rules : route.rules.filter(handsOn) }))
        const { violations } = create({ ...scene, realm: { ...realm, routes } })
        const taken = violations.filter(({ code }) => ['LK402', 'LK403', 'LK405'].includes(code)).filter(isDenied)
        expect(taken).toEqual([])
      }),
      { numRuns: RUNS / 5, ...SCENES },
    )
  })
})
