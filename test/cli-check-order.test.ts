import { describe, expect, it } from 'vitest'
import { judgeManifests } from '../src/cli/check-judge.ts'
import { loadManifests } from '../src/cluster/manifests.ts'
import { nameOf } from '../src/delegation/route.ts'
import { gatewayOf, granting, listText, parentRef, platformRoot, prefix, type Raw, route, serving, to } from './manifest-fixtures.ts'

const PLATFORM = [...gatewayOf('kgateway'), platformRoot([granting(prefix('/'), to('shop/*'), to('web/*'))])]

function of(place: string, path: string): Raw {
  return route(place, { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix(path))] })
}

function load(files: Readonly<Record<string, readonly Raw[]>>) {
  const sources = Object.entries(files).map(([file, objects]) => ({ file, text: listText(objects) }))
  return loadManifests(sources, { defaultNamespace: 'default' })
}

/** `shop/own: Deny LK402` for each finding, in the order of the files. */
function found(files: Readonly<Record<string, readonly Raw[]>>, against: readonly Raw[] = PLATFORM): string[] {
  const judged = judgeManifests(load({ 'against.json': against }), load(files), { now: 0, includes: () => true, onProgress: () => {} })
  return judged.flatMap(({ route: one, findings }) =>
    findings.map(({ violation }) => `${nameOf(one)}: ${violation.action} ${violation.code}`),
  )
}

describe('who came first, in files', () => {
  it('the later file is the newcomer', () => {
    expect(found({ 'a.yaml': [of('web/web', '/a')], 'b.yaml': [of('shop/own', '/a')] })).toEqual(['shop/own: Deny LK403'])
    expect(found({ 'a.yaml': [of('shop/own', '/a')], 'b.yaml': [of('web/web', '/a')] })).toEqual(['web/web: Deny LK403'])
  })

  it('within a file the later document is', () => {
    expect(found({ 'a.yaml': [of('web/web', '/a'), of('shop/own', '/a')] })).toEqual(['shop/own: Deny LK403'])
  })

  it('what is in the cluster was there before, submitted again or not', () => {
    const against = [...PLATFORM, of('web/web', '/a')]
    expect(found({ 'a.yaml': [of('shop/own', '/a')] }, against)).toEqual(['shop/own: Deny LK403'])
    expect(found({ 'a.yaml': [of('shop/own', '/a')], 'b.yaml': [of('web/web', '/a')] }, against)).toEqual(['shop/own: Deny LK403'])
  })

  it('two new routes of one owner do not excuse each other', () => {
    const against = [...PLATFORM, of('web/web', '/a')]
    expect(found({ 'a.yaml': [of('shop/one', '/a/x')], 'b.yaml': [of('shop/two', '/a/x')] }, against)).toEqual(['shop/one: Deny LK402'])
  })
})
