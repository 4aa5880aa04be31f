import { describeMatch } from '../delegation/matcher.ts'
import type { Outcome, WhyError } from '../delegation/outcome.ts'
import { type Criterion, decidingCriterion, type RankRules } from '../delegation/rank.ts'
import { type BackendRef, type HttpMatch, nameOf, type Witness } from '../delegation/route.ts'
import type { Entry, Row } from '../delegation/table.ts'

/** A match of an object, as results name it. */
export interface MatchPlace {
  readonly namespace: string
  readonly name: string
  readonly rule: number
  readonly match: number
}

export function placeOf({ claimant: { route, rule, match } }: Pick<Row, 'claimant'>): MatchPlace {
  return { namespace: route.namespace, name: route.name, rule, match }
}

/** `shop/cart spec.rules[0].matches[1]` */
export function describePlace({ namespace, name, rule, match }: MatchPlace): string {
  return `${namespace}/${name} spec.rules[${rule}].matches[${match}]`
}

/** The effective match in JSON, the keys always there. */
export function matchJson({ path, method, headers, queryParams }: HttpMatch) {
  const values = (matches: HttpMatch['headers']) => matches.map(({ type, name, value }) => ({ type, name, value }))
  return { path, method: method ?? null, headers: values(headers), queryParams: values(queryParams) }
}

/** `Gateway infra/edge, listener http (port 80, kgateway)` */
export function describeEntry({ gateway, known, listeners, port, dialect }: Entry): string {
  const listener = listeners.length === 0 ? '' : `, listener ${listeners.join(' and ')}`
  const details = [...(port === undefined ? [] : [`port ${port}`]), dialect, ...(known === undefined ? ['not in these manifests'] : [])]
  return `Gateway ${nameOf(gateway)}${listener} (${details.join(', ')})`
}

const WHY_ERROR: Readonly<Record<WhyError, string>> = {
  'no-backends': 'the rule has no backends',
  'no-weight': 'all its backends have weight 0',
  'unread-backends': 'this gateway cannot resolve any of its backendRefs',
  'no-child': 'it delegates, and no child of it takes the request',
  'illegal-path': 'its path, joined with the parent’s, is not a legal one',
}

export function describeError(why: WhyError): string {
  return WHY_ERROR[why]
}

/** What comes back, as a clause: `served by Service shop/cart`. */
export function describeOutcome({ claimant, outcome }: Row): string {
  switch (outcome.kind) {
    case 'backends':
      return `served by ${outcome.backends.map((ref) => describeBackend(ref, claimant.route.namespace, outcome.backends.length > 1)).join(', ')}`
    case 'redirect':
      return 'redirected by a filter'
    case 'extension':
      return 'answered by an extension filter'
    case 'error':
      return `answered ${outcome.status}: ${describeError(outcome.why)}`
  }
}

function describeBackend({ kind, namespace, name, weight }: BackendRef, own: string, weighted: boolean): string {
  return `${kind} ${namespace ?? own}/${name}${weighted ? ` (weight ${weight})` : ''}`
}

/** The outcome in JSON. */
export function outcomeJson(outcome: Outcome, namespace: string) {
  if (outcome.kind !== 'backends') return outcome
  const backends = outcome.backends.map(({ group, kind, namespace: own = namespace, name, weight }) => ({
    group,
    kind,
    namespace: own,
    name,
    weight,
  }))
  return { kind: outcome.kind, backends }
}

const WHY_BEHIND: Readonly<Record<Exclude<Criterion, 'path-type'>, string>> = {
  weight: 'has the lower route-weight',
  'path-length': 'has the shorter path',
  method: 'names no method',
  headers: 'has fewer header conditions',
  'query-params': 'has fewer query parameter conditions',
  'root-age': 'hangs under a younger root',
  'root-name': 'hangs under a root of the same age whose name comes later',
  age: 'is younger',
  name: 'has a name that comes later',
  place: 'stands later in the route',
}

/** Why `loser` comes after `winner`, as a sentence without its subject. */
export function describeLoss(winner: Row, loser: Row, rules: RankRules): string {
  const { criterion, between } = decidingCriterion(winner.claimant, loser.claimant, rules)
  const [ahead, behind] = between
  const types = [behind, ahead].map(({ effective }) => effective.path.type)
  const sentence = criterion === 'path-type' ? `has a path of type ${types.join(', which ranks after ')}` : WHY_BEHIND[criterion]
  if (behind === loser.claimant) return sentence
  return `hangs under ${describePlace(placeOf({ claimant: behind }))}, which ${sentence} than ${describePlace(placeOf({ claimant: ahead }))}`
}

export function describeRow(row: Row): string {
  return `${describePlace(placeOf(row))}: ${describeMatch(row.claimant.effective)}`
}

/** `GET api.example.com/x?a=b x-tenant:blue` */
export function describeRequest({ method, host, path, headers, query }: Witness): string {
  const params = Object.entries(query).map(([name, value]) => `${name}=${value}`)
  const values = Object.entries(headers).map(([name, value]) => ` ${name}:${value}`)
  return `${method} ${host}${path}${params.length === 0 ? '' : `?${params.join('&')}`}${values.join('')}`
}
