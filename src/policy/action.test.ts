import { describe, expect, it } from 'vitest'
import { childObject, NOW, policyOf, type RawObject, routeOf } from '../../test/fixture.ts'
import { type ActionInput, actionFor, exceptionFor, STRICTNESS } from './action.ts'
import { pathEscapesGrant } from './checks/lk102-path-escapes-grant.ts'
import type { Action } from './policy.ts'

const FINDING = { field: 'spec', message: 'found' }

interface Row {
  readonly name: string
  readonly spec?: RawObject
  readonly input?: Partial<ActionInput>
  readonly want: Action
}

describe('actionFor', () => {
  it.each<Row>([
    { name: "the check's default", want: 'Deny' },
    { name: "the finding's own default", input: { finding: { ...FINDING, action: 'Audit' } }, want: 'Audit' },
    { name: 'by code', spec: { actions: { LK102: 'Warn' } }, want: 'Warn' },
    { name: 'by name', spec: { actions: { PathEscapesGrant: 'Audit' } }, want: 'Audit' },
    { name: 'of another check', spec: { actions: { LK103: 'Ignore' } }, want: 'Deny' },
    {
      name: "over the finding's own default",
      spec: { actions: { LK102: 'Deny' } },
      input: { finding: { ...FINDING, action: 'Warn' } },
      want: 'Deny',
    },
    { name: 'mode Warn', spec: { mode: 'Warn' }, want: 'Warn' },
    { name: 'mode Warn turns patches into warnings', spec: { mode: 'Warn', actions: { LK102: 'Patch' } }, want: 'Warn' },
    { name: 'mode Warn raises nothing', spec: { mode: 'Warn', actions: { LK102: 'Audit' } }, want: 'Audit' },
    { name: 'mode Audit', spec: { mode: 'Audit' }, want: 'Audit' },
    { name: 'mode Audit reports nothing that is ignored', spec: { mode: 'Audit', actions: { LK102: 'Ignore' } }, want: 'Ignore' },
    { name: 'there before', input: { ratcheted: true }, want: 'Warn' },
    { name: 'there before, only audited', spec: { actions: { LK102: 'Audit' } }, input: { ratcheted: true }, want: 'Audit' },
    { name: 'there before, to be patched', spec: { actions: { LK102: 'Patch' } }, input: { ratcheted: true }, want: 'Warn' },
    { name: 'excepted', input: { excepted: true }, want: 'Audit' },
    { name: 'excepted and ignored', spec: { actions: { LK102: 'Ignore' } }, input: { excepted: true }, want: 'Ignore' },
    { name: 'excepted and there before', input: { excepted: true, ratcheted: true }, want: 'Audit' },
    { name: 'by a grant that may not deny', input: { finding: { ...FINDING, untrusted: true } }, want: 'Warn' },
    {
      name: 'by a grant that may not deny, whatever the policy says',
      spec: { actions: { LK102: 'Deny' } },
      input: { finding: { ...FINDING, untrusted: true } },
      want: 'Warn',
    },
  ])('$name: $want', ({ spec = {}, input, want }) => {
    const all = { check: pathEscapesGrant, finding: FINDING, policy: policyOf(spec), ratcheted: false, excepted: false, ...input }
    expect(actionFor(all)).toBe(want)
  })

  it('orders actions by strictness', () => {
    const actions: Action[] = ['Ignore', 'Warn', 'Patch', 'Audit', 'Deny']
    expect(actions.sort((a, b) => STRICTNESS[b] - STRICTNESS[a])).toEqual(['Deny', 'Patch', 'Warn', 'Audit', 'Ignore'])
  })
})

const EXCEPTION = { namespace: 'shop', name: 'cart', checks: ['LK102'], reason: 'migration', expires: '2027-01-01T00:00:01Z' }

describe('exceptionFor', () => {
  it.each<{ name: string; exception?: RawObject; object?: RawObject; now?: number; want: string | undefined }>([
    { name: 'holds', want: 'migration' },
    { name: 'by the name of the check', exception: { checks: ['LK101', 'PathEscapesGrant'] }, want: 'migration' },
    { name: 'for another check', exception: { checks: ['LK103'] }, want: undefined },
    { name: 'for another name', exception: { name: 'cart-2' }, want: undefined },
    { name: 'for another namespace', exception: { namespace: 'sho' }, want: undefined },
    { name: 'for patterns', exception: { namespace: 'sh*', name: 'ca*' }, want: 'migration' },
    { name: 'for all names', exception: { name: '*' }, want: 'migration' },
    { name: 'a millisecond before its end', now: NOW + 999, want: 'migration' },
    { name: 'at its end', now: NOW + 1000, want: undefined },
    {
      name: 'for the beginning of a name to be generated',
      exception: { name: 'solver-*' },
      object: { name: undefined, generateName: 'solver-' },
      want: 'migration',
    },
    {
      name: 'for another beginning',
      exception: { name: 'solver-x*' },
      object: { name: undefined, generateName: 'solver-' },
      want: undefined,
    },
    {
      name: 'for a name, whatever it was generated from',
      exception: { name: 'solver-*' },
      object: { generateName: 'solver-' },
      want: undefined,
    },
  ])('$name', ({ exception, object = {}, now = NOW, want }) => {
    const policies = [policyOf({}), policyOf({ exceptions: [{ ...EXCEPTION, ...exception }] })]
    expect(exceptionFor('LK102', routeOf(childObject({ metadata: object })), policies, now)).toBe(want)
  })
})
