import { describe, expect, it } from 'vitest'
import type { Dialect, Witness } from '../src/delegation/route.ts'
import { ConflictOracle } from './conflict-oracle.ts'
import { decide, parsedRoute, type Submission, worldOf } from './doors.ts'
import { PLATFORM_HOST, type RawMatch, type RawValue } from './manifest-fixtures.ts'
import { TRAPS, type Trap } from './trap-table.ts'
import { requestLike } from './winner-model.ts'

const ROWS: readonly Row[] = TRAPS.flatMap((trap) => trap.dialects.map((dialect) => ({ ...trap, dialect })))

const TAKING = ['LK301', 'LK401', 'LK402', 'LK403', 'LK405'] as const

describe('traps', () => {
  it.each(ROWS)('$dialect: $name', getsItsFindings)

  const escaping = ROWS.filter(({ escape, dialect }) => escape !== undefined && dialect !== 'agentgateway')

  it.each(escaping)('$dialect: $name: the witness is outside every grant', ({ dialect, build, escape }) => {
    const { violations } = decide(build(dialect), 'cluster')
    if (escape === undefined) throw new Error('filtered above')
    const byHand: Witness = { method: 'GET', host: PLATFORM_HOST, path: escape.witness, headers: {}, query: {} }
    const witnesses = violations.flatMap(({ witness }) => (witness === undefined ? [] : [witness]))
    for (const witness of [byHand, ...witnesses]) {
      expect(takes(escape.effective, witness), `${witness.path} in the programmed match`).toBe(true)
      expect(escape.grants.filter((grant) => takes(grant, witness))).toEqual([])
    }
  })

  it.each(escaping)('$dialect: $name: shows a witness', showsWitness)

  const taking = ROWS.filter(({ expected, dialect }) => TAKING.some((code) => expected[dialect]?.includes(`Deny ${code}`)))

  it.each(taking)('$dialect: $name: the witness is a request of others', ({ dialect, build }) => {
    const submission = build(dialect)
    const oracle = oracleOf(submission, dialect)
    for (const { action, code, witness, confidential } of decide(submission, 'cluster').violations) {
      const taken = TAKING.find((known) => known === code)
      if (action !== 'Deny' || taken === undefined) continue
      const shown = witness ?? confidential?.witness
      if (shown === undefined) throw new Error(`${code} without a witness`)
      const request = requestLike(shown, { gateway: 'infra/edge', port: 80 })
      expect(oracle.truthOf(taken, request), `${code} ${shown.method} ${shown.path}`).toBe('true')
    }
  })
})

/** The slow oracle of what the submitted route does to the others. */
function oracleOf({ cluster, submitted }: Submission, dialect: Dialect): ConflictOracle {
  const candidate = parsedRoute(submitted)
  const { view } = worldOf(cluster)
  const routes = [...view.routes()].filter(({ namespace, name }) => namespace !== candidate.namespace || name !== candidate.name)
  const gateways = [...view.gateways()]
  return new ConflictOracle(
    { dialect, routes, gateways, referenceGrants: [], rootNamespaces: [], ownerOf: (namespace) => namespace, knowsAges: false },
    candidate,
  )
}

type Row = Trap & { readonly dialect: Dialect }

function getsItsFindings({ dialect, build, expected }: Row): void {
  const { allowed, violations } = decide(build(dialect), 'cluster')
  expect(violations.map(({ action, code }) => `${action} ${code}`)).toEqual(expected[dialect])
  expect(allowed).toBe(!expected[dialect]?.some((finding) => finding.startsWith('Deny')))
}

function showsWitness({ dialect, build }: Row): void {
  const [first] = decide(build(dialect), 'cluster').violations
  expect(first?.witness).toBeDefined()
  expect(first?.message).toContain(`${first?.witness?.method} ${first?.witness?.path}`)
}

/** Whether a match takes a request, by the definitions in Gateway API and a regex that must match the whole path. */
function takes({ path, headers = [], queryParams = [], method }: RawMatch, request: Witness): boolean {
  return (
    takesPath(path?.type ?? 'PathPrefix', path?.value ?? '/', request.path) &&
    headers.every((header) => takesValue(header, lowerCased(request.headers)[header.name.toLowerCase()])) &&
    queryParams.every((param) => takesValue(param, request.query[param.name])) &&
    (method === undefined || method === request.method)
  )
}

function takesPath(type: string, value: string, path: string): boolean {
  if (type === 'Exact') return path === value
  if (type === 'RegularExpression') return new RegExp(`^(?:${value})$`, 's').test(path)
  // Element by element; a trailing slash of the prefix means nothing.
  const wanted = value.split('/').filter((element, index, all) => index < all.length - 1 || element !== '')
  return wanted.every((element, index) => path.split('/')[index] === element)
}

function takesValue({ type = 'Exact', value }: RawValue, got: string | undefined): boolean {
  if (got === undefined) return false
  return type === 'Exact' ? got === value : new RegExp(`^(?:${value})$`, 's').test(got)
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
