import { describe, expect, it } from 'vitest'
import type { JudgedRoute } from '../src/cli/check-judge.ts'
import { checkJunit } from '../src/cli/check-junit.ts'
import { judgedEdit, judgedWith, MESSAGES } from './judged-fixtures.ts'
import { parseXml, type XmlElement } from './xml.ts'

const TEXT = ['message', 'type']

/** What the XSDs of Jenkins (junit-10) and Maven's Surefire (3.0) both allow: attributes with the needed ones first, and children in order. */
const STRUCTURE: Readonly<Record<string, { needed: string[]; allowed: string[]; children: string[] }>> = {
  testsuites: { needed: ['name', 'tests', 'failures', 'errors'], allowed: ['time'], children: ['testsuite'] },
  testsuite: { needed: ['name', 'tests', 'failures', 'errors', 'skipped'], allowed: ['time'], children: ['testcase'] },
  testcase: { needed: ['name', 'classname', 'time'], allowed: [], children: ['failure', 'error', 'skipped', 'system-out'] },
  failure: { needed: TEXT, allowed: [], children: [] },
  error: { needed: TEXT, allowed: [], children: [] },
  skipped: { needed: ['message'], allowed: [], children: [] },
  'system-out': { needed: [], allowed: [], children: [] },
}
const MANY = ['testsuites', 'testsuite']
const COUNTED = { tests: 'testcase', failures: 'failure', errors: 'error', skipped: 'skipped' }

function verify(element: XmlElement): void {
  const rules = STRUCTURE[element.name]
  if (rules === undefined) throw new Error(`unknown element ${element.name}`)
  const names = Object.keys(element.attributes)
  expect(names).toEqual(expect.arrayContaining(rules.needed))
  expect(names.filter((name) => ![...rules.needed, ...rules.allowed].includes(name))).toEqual([])
  const children = element.children.map(({ name }) => name)
  const order = children.map((name) => rules.children.indexOf(name))
  expect(order).toEqual(order.toSorted((a, b) => a - b))
  expect(order).not.toContain(-1)
  if (!MANY.includes(element.name)) expect(new Set(children).size).toBe(children.length)
  for (const [attribute, counted] of Object.entries(COUNTED)) {
    const said = element.attributes[attribute]
    if (said !== undefined) expect([attribute, Number(said)]).toEqual([attribute, countOf(element, counted)])
  }
  if (rules.children.length > 0) expect(element.text.trim()).toBe('')
  for (const child of element.children) verify(child)
}

function countOf(element: XmlElement, name: string): number {
  return element.children.reduce((sum, child) => sum + (child.name === name ? 1 : 0) + countOf(child, name), 0)
}

function suites(
  judged: readonly JudgedRoute[],
  problems: Parameters<typeof checkJunit>[1] = [],
  failOn: 'deny' | 'warn' = 'deny',
): XmlElement[] {
  const root = parseXml(checkJunit(judged, problems, { failOn, messages: MESSAGES }))
  verify(root)
  return [...root.children]
}

/** The children of the only test case. */
function outcome(...args: Parameters<typeof suites>): Pick<XmlElement, 'name' | 'attributes' | 'text'>[] {
  const cases = suites(...args).flatMap(({ children }) => children)
  expect(cases).toHaveLength(1)
  return cases.flatMap(({ children }) => children.map(({ name, attributes, text }) => ({ name, attributes, text })))
}

const LINE = 'LK102 PathEscapesGrant at spec.rules[0].matches[0].path.value: PathPrefix /cart is outside what infra/parent grants.'
const LINK = 'https://lanekeeper.dev/checks/LK102'

describe('checkJunit', () => {
  it('has a suite per file and a case per route', () => {
    const [one] = judgedWith()
    if (one === undefined) throw new Error('no route')
    const routes = [one, { ...one, route: { ...one.route, name: 'fish' } }, { ...one, file: 'b.yaml' }]
    const [first, second] = suites(routes)
    expect(first?.attributes).toMatchObject({ name: 'a.yaml', tests: '2', failures: '0', errors: '0', skipped: '0' })
    expect(first?.children.map(({ attributes }) => attributes)).toEqual([
      { name: 'HTTPRoute shop/cart', classname: 'a.yaml', time: '0' },
      { name: 'HTTPRoute shop/fish', classname: 'a.yaml', time: '0' },
    ])
    expect(second?.attributes).toMatchObject({ name: 'b.yaml', tests: '1' })
    expect(suites([])).toEqual([])
  })

  it('makes one failure of all that fails, and output of the rest', () => {
    const judged = judgedWith({}, { message: 'second.' }, { action: 'Warn' })
    expect(outcome(judged)).toEqual([
      {
        name: 'failure',
        attributes: { message: `${LINE} (+1 more)`, type: 'LK102' },
        text: `a.yaml:7:9: deny ${LINE} ${LINK}\na.yaml:7:9: deny ${LINE.replace(/: Path.*/, ': second.')} ${LINK}`,
      },
      { name: 'system-out', attributes: {}, text: `a.yaml:7:9: warn ${LINE} ${LINK}` },
    ])
  })

  it.each([
    ['a warning', { action: 'Warn' }, ['system-out'], ['failure']],
    ['a patch', { action: 'Patch' }, ['system-out'], ['failure']],
    ['an audited one', { action: 'Audit' }, ['system-out'], ['system-out']],
    ['an excused one', { action: 'Audit', exception: 'until May' }, ['skipped', 'system-out'], ['skipped', 'system-out']],
  ] as const)('reads %s by --fail-on', (_name, change, onDeny, onWarn) => {
    expect(outcome(judgedWith(change)).map(({ name }) => name)).toEqual(onDeny)
    expect(outcome(judgedWith(change), [], 'warn').map(({ name }) => name)).toEqual(onWarn)
  })

  it.each([
    [
      'files',
      '  teams/shop.yaml:4:9: orphaned: HTTPRoute shop/cart\n  teams/shop.yaml:23:7: dead: HTTPRoute shop/fish spec.rules[0].matches[1]',
    ],
    ['cluster', '  orphaned: HTTPRoute shop/cart\n  dead: HTTPRoute shop/fish spec.rules[0].matches[1]'],
  ] as const)('lists the routes that an edit harms, with their places as far as known: %s', (from, harmed) => {
    const [output] = outcome(judgedEdit(from))
    expect(output?.name).toBe('system-out')
    expect(output?.text).toMatch(/^parent.yaml:\d+:\d+: warn LK505 /)
    expect(output?.text.split('\n').slice(1).join('\n')).toBe(harmed)
    expect(outcome(judgedEdit(from), [], 'warn')[0]).toMatchObject({ name: 'failure', text: output?.text })
  })

  it('says why a case is skipped', () => {
    expect(outcome(judgedWith({ action: 'Audit', exception: 'until May' }))[0]?.attributes).toEqual({ message: 'LK102: until May' })
  })

  it('is an error where a file could not be read, so that nobody takes it for success', () => {
    const problem = { file: 'b.yaml', line: 3, field: 'spec', message: 'is required' }
    expect(outcome([], [problem])).toEqual([
      { name: 'error', attributes: { message: 'is required', type: 'unreadable' }, text: 'b.yaml:3: spec: is required' },
    ])
    expect(suites(judgedWith(), [problem]).map(({ attributes }) => attributes['name'])).toEqual(['a.yaml', 'b.yaml'])
  })

  it.each([
    ['markup', '<a b="c">&amp; ]]>', '<a b="c">&amp; ]]>'],
    ['control characters', 'a\u0000b\u0007c\u001b[31m\u0085', 'a b c [31m '],
    ['half of a pair', 'a\uD83Db', 'a\uFFFDb'],
    ['non-characters', 'a\uFFFEb\uFFFF', 'a\uFFFDb\uFFFD'],
    ['letters of the world', 'ä 漢 🚦', 'ä 漢 🚦'],
  ])('survives %s', (_name, written, read) => {
    const [failure] = outcome(judgedWith({ message: written }))
    expect(failure?.text).toContain(`: ${read} https`)
  })
})
