import { expect, test } from 'vitest'
import { selectsLabels } from './label-selector.ts'
import type { LabelSelector } from './route.ts'

type Expression = LabelSelector['matchExpressions'][number]

const labels = new Map([
  ['team', 'a'],
  ['empty', ''],
])

function expression(key: string, operator: Expression['operator'], ...values: readonly string[]): Expression {
  return { key, operator, values }
}

test.each<readonly [name: string, matchLabels: Readonly<Record<string, string>>, expressions: readonly Expression[], selected: boolean]>([
  ['nothing asked', {}, [], true],
  ['an equal label', { team: 'a' }, [], true],
  ['another value', { team: 'b' }, [], false],
  ['an absent label', { absent: '' }, [], false],
  ['an empty value', { empty: '' }, [], true],
  ['one of two labels', { team: 'a', absent: 'x' }, [], false],
  ['In', {}, [expression('team', 'In', 'b', 'a')], true],
  ['In, another value', {}, [expression('team', 'In', 'b')], false],
  ['In, absent', {}, [expression('absent', 'In', 'a')], false],
  ['NotIn', {}, [expression('team', 'NotIn', 'b')], true],
  ['NotIn, the value', {}, [expression('team', 'NotIn', 'a')], false],
  ['NotIn, absent', {}, [expression('absent', 'NotIn', 'a')], true],
  ['Exists', {}, [expression('empty', 'Exists')], true],
  ['Exists, absent', {}, [expression('absent', 'Exists')], false],
  ['DoesNotExist', {}, [expression('absent', 'DoesNotExist')], true],
  ['DoesNotExist, present', {}, [expression('empty', 'DoesNotExist')], false],
  ['labels and expressions together', { team: 'a' }, [expression('team', 'NotIn', 'a')], false],
])('%s', (_, matchLabels, matchExpressions, selected) => {
  expect(selectsLabels({ matchLabels: new Map(Object.entries(matchLabels)), matchExpressions }, labels)).toBe(selected)
})
