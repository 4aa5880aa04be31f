import { expect, it } from 'vitest'
import { loadManifests } from './manifests.ts'

const ROUTE = 'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n'

function load(...texts: string[]) {
  const sources = texts.map((text, index) => ({ file: `${index}.yaml`, text }))
  const { objects, policies, problems } = loadManifests(sources, { defaultNamespace: 'team' })
  return {
    objects: objects.map(({ object, document }) => `${object.kind} ${JSON.stringify(object.value.name)} ${document.file}:${document.line}`),
    policies: policies.map(({ policy }) => policy.name),
    problems: problems.map(({ file, line, field, message }) => `${file}:${line} ${field}: ${message}`),
    values: objects.map(({ object }) => object.value),
  }
}

it('fills in the default namespace where one belongs', () => {
  const { values } = load(
    `${ROUTE}metadata: {name: a}\n---\n${ROUTE}metadata: {name: b, namespace: x}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: c}\n`,
  )
  expect(values).toMatchObject([{ name: 'a', namespace: 'team' }, { name: 'b', namespace: 'x' }, { name: 'c' }])
})

it('passes over kinds that are not watched', () => {
  expect(load('apiVersion: v1\nkind: Service\nmetadata: {name: a}\n')).toMatchObject({ objects: [], problems: [] })
})

it('names both places of a duplicate and uses the first', () => {
  const { objects, problems } = load(
    `${ROUTE}metadata: {name: a}\n`,
    `${ROUTE}metadata: {name: b}\n---\n${ROUTE}metadata: {name: a, namespace: team}\n`,
  )
  expect(objects).toEqual(['HTTPRoute "a" 0.yaml:1', 'HTTPRoute "b" 1.yaml:1'])
  expect(problems).toEqual(['1.yaml:5 metadata.name: HTTPRoute team/a is already in 0.yaml:1; this one is not used'])
})

it('keeps several routes whose names are still to be generated', () => {
  expect(load(`${ROUTE}metadata: {generateName: a-}\n---\n${ROUTE}metadata: {generateName: a-}\n`).objects).toHaveLength(2)
})

it('reports problems by line', () => {
  expect(load(`${ROUTE}metadata: {name: a}\nspec:\n  rules:\n  - match: []\n  - matches:\n    - path: {value: 3}\n`).problems).toEqual([
    '0.yaml:6 spec.rules[0].match: unknown key "match", did you mean "matches"?',
    '0.yaml:8 spec.rules[1].matches[0].path.value: must be a string, not the number 3',
  ])
})

it('reads policies and names misspelt kinds of their group', () => {
  const head = 'apiVersion: lanekeeper.dev/v1alpha1\nkind: '
  const { policies, problems } = load(
    `${head}DelegationPolicy\nmetadata: {name: a}\n---\n${head}DelegationPolcy\n---\n${head}DelegationPolicy\nmetadata: {name: b}\nspec: {mode: no}\n`,
  )
  expect(policies).toEqual(['a'])
  expect(problems).toEqual([
    '0.yaml:6 kind: unknown kind "DelegationPolcy", did you mean "DelegationPolicy"?',
    '0.yaml:11 spec.mode: must be one of Enforce, Warn, Audit, not the boolean false',
  ])
})
