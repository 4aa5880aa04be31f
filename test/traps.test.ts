import { describe, expect, it } from 'vitest'
import type { Dialect, Witness } from '../src/delegation/route.ts'
import { decide } from './doors.ts'
import { PLATFORM_HOST, type RawMatch, type RawValue } from './manifest-fixtures.ts'
import { TRAPS, type Trap } from './trap-table.ts'

const ROWS: readonly Row[] = TRAPS.flatMap((trap) => trap.dialects.map((dialect) => ({ ...trap, dialect })))

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
})

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
