import { type ManifestProblem, problemLine } from '../cluster/manifest-documents.ts'
import { nameOf } from '../delegation/route.ts'
import type { Violation } from '../policy/decision.ts'
import { type MessageOptions, violationLine } from '../policy/message.ts'
import { isFailure } from './check-failure.ts'
import type { FilePlace, JudgedFinding, JudgedRoute } from './check-judge.ts'
import type { FailOn } from './check-options.ts'
import { harmedLine } from './harmed-line.ts'
import { printable } from './printable.ts'

export interface JunitOptions {
  readonly failOn: FailOn
  readonly messages: MessageOptions
}

/**
 * JUnit XML in the form that Jenkins, GitLab and Maven's Surefire share: a suite per file, a case per route. What fails the
 * check is one `failure`; what an exception excuses makes a case `skipped`; every other finding is in `system-out`; what could not
 * be read is an `error` of its file.
 */
export function checkJunit(judged: readonly JudgedRoute[], problems: readonly ManifestProblem[], options: JunitOptions): string {
  const routes = Map.groupBy(judged, ({ file }) => file)
  const broken = Map.groupBy(problems, ({ file }) => file)
  const files = [...new Set([...routes.keys(), ...broken.keys()])]
  const suites = files.map((file) => [
    ...(routes.get(file) ?? []).map((route) => caseOfRoute(route, options)),
    ...(broken.get(file) ?? []).map(caseOfProblem),
  ])
  const attributes = { name: 'lanekeeper', ...countsOf(suites.flat()), time: '0' }
  const children = suites.map((cases, index) => {
    const counts = { ...countsOf(cases), skipped: String(cases.filter(({ outcome }) => outcome === 'skipped').length), time: '0' }
    return element('testsuite', { name: files[index] ?? '', ...counts }, cases.map(({ xml }) => xml).join(''))
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', attributes, children.join(''))}`
}

interface TestCase {
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'error'
  readonly xml: string
}

function countsOf(cases: readonly TestCase[]): Record<'tests' | 'failures' | 'errors', string> {
  const having = (outcome: TestCase['outcome']) => String(cases.filter((entry) => entry.outcome === outcome).length)
  return { tests: String(cases.length), failures: having('failed'), errors: having('error') }
}

function caseOfRoute(judged: JudgedRoute, { failOn, messages }: JunitOptions): TestCase {
  const { route, file, findings } = judged
  const textOf = ({ violation, region, harmedAt }: JudgedFinding) =>
    [
      `${placed({ file, region })}${violation.action.toLowerCase()} ${violationLine(violation, messages)}`,
      ...violation.harmed.map((harmed, index) => `  ${placed(harmedAt[index])}${harmedLine(harmed)}`),
    ].join('\n')
  const failing = findings.filter(({ violation }) => isFailure(violation, failOn))
  const others = findings.filter((finding) => !failing.includes(finding))
  const excused = findings.map(({ violation }) => violation).filter(({ exception }) => exception !== undefined)
  const outcome = failing.length > 0 ? 'failed' : excused.length > 0 ? 'skipped' : 'passed'
  const first = failing[0]?.violation
  const children = [
    first === undefined
      ? ''
      : textElement('failure', { message: headline(first, failing.length), type: first.code }, failing.map(textOf).join('\n')),
    outcome === 'skipped' ? textElement('skipped', { message: excused.map(excuse).join('; ') }, '') : '',
    others.length === 0 ? '' : textElement('system-out', {}, others.map(textOf).join('\n')),
  ]
  return { outcome, xml: element('testcase', { name: `${route.kind} ${nameOf(route)}`, classname: file, time: '0' }, children.join('')) }
}

function placed(place: FilePlace | undefined): string {
  return place === undefined ? '' : `${place.file}:${place.region.line}:${place.region.column}: `
}

function headline({ code, name, field, message }: Violation, count: number): string {
  return `${code} ${name} at ${field}: ${message}${count > 1 ? ` (+${count - 1} more)` : ''}`
}

function excuse({ code, exception }: Violation): string {
  return `${code}: ${exception ?? ''}`
}

function caseOfProblem(problem: ManifestProblem): TestCase {
  const children = textElement('error', { message: problem.message, type: 'unreadable' }, problemLine(problem))
  const name = problem.line === 0 ? 'can be read' : `can be read: line ${problem.line}`
  return { outcome: 'error', xml: element('testcase', { name, classname: problem.file, time: '0' }, children) }
}

type Attributes = Readonly<Record<string, string>>

function element(name: string, attributes: Attributes, children: string): string {
  return children === '' ? `<${opening(name, attributes)}/>\n` : `<${opening(name, attributes)}>\n${children}</${name}>\n`
}

function textElement(name: string, attributes: Attributes, text: string): string {
  return text === '' ? `<${opening(name, attributes)}/>\n` : `<${opening(name, attributes)}>${escaped(text)}</${name}>\n`
}

function opening(name: string, attributes: Attributes): string {
  return [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escaped(value).replaceAll('\n', '&#10;')}"`)].join(' ')
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
])

/** Without what XML 1.0 has no way to write: control characters, lone surrogates, U+FFFE and U+FFFF. */
function escaped(text: string): string {
  return printable(text)
    .toWellFormed()
    .replaceAll(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll(/[&<>"]/g, (character) => ENTITIES.get(character) ?? character)
}
