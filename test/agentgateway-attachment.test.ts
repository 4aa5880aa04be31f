import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { loadManifests } from '../src/cluster/manifests.ts'
import { allowanceOf } from '../src/delegation/budget.ts'
import { claimsOf } from '../src/delegation/claim.ts'
import { lanesOf } from '../src/delegation/lane.ts'
import { nameOf } from '../src/delegation/route.ts'
import type { Selector } from '../src/delegation/selection.ts'
import { View } from '../src/delegation/view.ts'
import { corpusPath, hasCorpus } from './corpus.ts'

/** What the translator of agentgateway emits for a rule of a child: the group of children it joins, and its paths. */
interface EmittedRoute {
  readonly name: { readonly namespace: string; readonly name: string }
  /** `namespace/name.rule.routegroup.…` */
  readonly key: string
  /** `parent namespace/parent/target namespace/what is selected`; absent for routes on listeners. */
  readonly routeGroupKey?: string
  readonly matches: readonly { readonly path: { readonly exact?: string; readonly pathPrefix?: string; readonly regex?: string } }[]
}

interface Output {
  readonly output: readonly { readonly resource: { readonly route?: EmittedRoute } }[]
}

const here = hasCorpus('agentgateway')
const DEFAULTS = '_defaults.yaml'
const FILES = here ? readdirSync(corpusPath('agentgateway')).filter((name) => name.endsWith('.yaml') && name !== DEFAULTS) : []

function textOf(file: string): string {
  return readFileSync(corpusPath(`agentgateway/${file}`), 'utf8')
}

/** Rows of group, child, rule and path. */
function emitted(file: string): string[] {
  const outputs = parseAllDocuments(textOf(file)).map((document) => document.toJS() as Partial<Output> | null)
  const routes = outputs.flatMap((document) => document?.output ?? []).flatMap(({ resource }) => resource.route ?? [])
  return routes.flatMap(({ name, key, routeGroupKey, matches }) => {
    if (routeGroupKey === undefined) return []
    const rule = Number(key.slice(`${nameOf(name)}.`.length).split('.')[0])
    return matches.map(({ path }) => row(routeGroupKey, nameOf(name), rule, path.exact ?? path.pathPrefix ?? path.regex))
  })
}

function claimed(file: string): string[] {
  const sources = [DEFAULTS, file].map((name) => ({ file: name, text: textOf(name) }))
  const { objects, problems } = loadManifests(sources, { defaultNamespace: 'default', allowNonObjects: true })
  expect(problems).toEqual([])
  const view = new View('cluster')
  for (const { object } of objects) view.put(object)
  const rules = { dialect: undefined, isRootNamespace: () => false, sameOwner: () => false }
  const rows = new Set<string>()
  for (const route of view.routes()) {
    const { lanes } = lanesOf(route, view, rules, allowanceOf(100_000))
    for (const { lane, rule, effective } of claimsOf(route, lanes, allowanceOf(100_000)).alive) {
      if (lane.root.attachment === undefined) continue
      rows.add(row(`${nameOf(lane.parent)}/${targetOf(lane.selector)}`, nameOf(route), rule, effective.match.path.value))
    }
  }
  return [...rows]
}

function row(group: string, child: string, rule: number, path: string | undefined): string {
  return `${group}: ${child} spec.rules[${rule}] ${path}`
}

function targetOf(selector: Selector): string {
  switch (selector.by) {
    case 'name':
      return `${selector.namespace}/${selector.name}`
    case 'wildcard':
      return `${selector.namespace}/*`
    case 'key-value':
      return `${selector.namespace}/${selector.key}=${selector.value}`
    case 'label':
      return 'no reference of agentgateway'
  }
}

describe.skipIf(!here)('agentgateway: children join the groups that its real translator puts them in', () => {
  it.each(FILES)('%s', (file) => {
    const rows = emitted(file)
    expect(rows.length).toBeGreaterThan(0)
    expect(claimed(file).sort()).toEqual(rows.sort())
  })
})
