import { type JudgedRoute, judgeManifests } from '../src/cli/check-judge.ts'
import { loadManifests } from '../src/cluster/manifests.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../src/policy/message.ts'
import { routeObject, violation } from './server-fixtures.ts'

export const MESSAGES = DEFAULT_MESSAGE_OPTIONS

/** The routes of these files, judged with each other for their cluster. */
export function judgedTexts(texts: Readonly<Record<string, string>>): JudgedRoute[] {
  const sources = Object.entries(texts).map(([file, text]) => ({ file, text }))
  const submitted = loadManifests(sources, { defaultNamespace: 'default' })
  if (submitted.problems.length > 0) throw new Error(JSON.stringify(submitted.problems))
  return judgeManifests({ objects: [], policies: [] }, submitted, { now: 0, includes: () => true, onProgress: () => {} })
}

/** Route shop/cart of a.yaml with these findings, at 7:9. */
export function judgedWith(...changes: Parameters<typeof violation>[0][]): JudgedRoute[] {
  const region = { line: 7, column: 9, endLine: 7, endColumn: 12 }
  const findings = changes.map((change) => ({ violation: violation(change), region }))
  return judgedTexts({ 'a.yaml': JSON.stringify(routeObject()) }).map((judged) => ({ ...judged, findings }))
}
