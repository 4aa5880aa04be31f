import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { checkSarif } from '../src/cli/check-sarif.ts'
import { CHECKS } from '../src/policy/catalogue.ts'
import { judgedEdit, judgedTexts, judgedWith, MESSAGES } from './judged-fixtures.ts'

interface Sarif {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly Record<string, unknown>[] } }
      readonly invocations: readonly unknown[]
      readonly results: readonly SarifResult[]
    },
  ]
}

interface SarifResult {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly level: string
  readonly message: { readonly text: string }
  readonly locations: readonly [
    { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string }; readonly region: Region } },
  ]
  readonly relatedLocations?: readonly unknown[]
  readonly partialFingerprints: Readonly<Record<string, string>>
  readonly suppressions?: readonly unknown[]
}

interface Region {
  readonly startLine: number
  readonly startColumn: number
  readonly endLine: number
  readonly endColumn: number
}

const ROOT = resolve(import.meta.dirname, '..')
// Draft 04, of which it uses nothing that draft 07 reads otherwise.
const { $schema: _draft, id: _id, ...schema } = JSON.parse(readFileSync(join(ROOT, 'test/testdata/sarif-2.1.0.schema.json'), 'utf8'))
const formats = {
  uri: (text: string) => URL.canParse(text),
  'uri-reference': /^[!-~]*$/,
  'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
}
const isSarif = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false, formats }).compile(schema)

/** The log, valid. */
function sarif(...args: Parameters<typeof checkSarif>): Sarif['runs'][0] {
  const log: Sarif & object = JSON.parse(JSON.stringify(checkSarif(...args)))
  expect(isSarif(log) ? [] : isSarif.errors).toEqual([])
  return log.runs[0]
}

const ROUTE = readFileSync(join(ROOT, 'examples/verticals/bad/regex-alternation.yaml'), 'utf8')
const CLUSTER = readFileSync(join(ROOT, 'examples/verticals/cluster/platform.yaml'), 'utf8')

describe('the schema', () => {
  it('is strict', () => {
    expect(isSarif({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [{ level: 'bad' }] }] })).toBe(false)
  })
})

describe('checkSarif', () => {
  it('makes a rule of every check, with its page', () => {
    const { rules } = sarif([], [], MESSAGES).tool.driver
    expect(rules.map(({ id }) => id)).toEqual(CHECKS.map(({ code }) => code))
    const page = readFileSync(join(ROOT, 'docs/checks/LK103.md'), 'utf8')
    expect(rules.find(({ id }) => id === 'LK103')).toMatchObject({
      name: 'RegexEscapesGrant',
      helpUri: 'https://lanekeeper.dev/checks/LK103',
      help: { text: page, markdown: page },
      defaultConfiguration: { level: 'error' },
    })
  })

  it('points at the very text of the field', () => {
    const [result] = sarif(judgedTexts({ 'child.yaml': ROUTE, 'cluster.yaml': CLUSTER }), [], MESSAGES).results
    const { artifactLocation, region } = result?.locations[0].physicalLocation ?? {}
    expect(artifactLocation).toEqual({ uri: 'child.yaml' })
    expect(region?.endLine).toBe(region?.startLine)
    const line = ROUTE.split('\n')[(region?.startLine ?? 0) - 1]
    expect(line?.slice((region?.startColumn ?? 0) - 1, (region?.endColumn ?? 0) - 1)).toMatch(/^"?\/payments\|\/banking\/\.\*"?$/)
    expect(CHECKS[result?.ruleIndex ?? -1]?.code).toBe('LK103')
  })

  it.each([
    ['a denial', { action: 'Deny' }, 'error'],
    ['a patch', { action: 'Patch' }, 'warning'],
    ['a warning', { action: 'Warn' }, 'warning'],
    ['what is only audited', { action: 'Audit' }, 'note'],
    ['what was there before', { action: 'Warn', ratcheted: true }, 'note'],
  ] as const)('has a level for %s', (_name, change, level) => {
    expect(sarif(judgedWith(change), [], MESSAGES).results.map((result) => result.level)).toEqual([level])
  })

  it('names an exception as what suppresses the finding', () => {
    const [result] = sarif(judgedWith({ action: 'Audit', exception: 'until May' }), [], MESSAGES).results
    expect(result?.suppressions).toEqual([{ kind: 'external', justification: 'until May' }])
  })

  it.each(['files', 'cluster'] as const)('lists the routes that an edit harms, with their places as far as known: %s', (from) => {
    const [result] = sarif(judgedEdit(from), [], MESSAGES).results
    expect(result?.ruleId).toBe('LK505')
    const within = (startLine: number, startColumn: number, endLine: number, endColumn: number) =>
      from === 'cluster'
        ? {}
        : {
            physicalLocation: {
              artifactLocation: { uri: 'teams/shop.yaml' },
              region: { startLine, startColumn, endLine, endColumn },
            },
          }
    expect(result?.relatedLocations).toEqual([
      {
        ...within(4, 9, 4, 13),
        logicalLocations: [{ fullyQualifiedName: 'HTTPRoute shop/cart' }],
        message: { text: 'orphaned: HTTPRoute shop/cart' },
      },
      {
        ...within(23, 7, 23, 34),
        logicalLocations: [{ fullyQualifiedName: 'HTTPRoute shop/fish spec.rules[0].matches[1]' }],
        message: { text: 'dead: HTTPRoute shop/fish spec.rules[0].matches[1]' },
      },
    ])
    expect(sarif(judgedWith({}), [], MESSAGES).results[0]).not.toHaveProperty('relatedLocations')
  })

  it('knows a finding again after its lines and rules have moved, and tells two apart', () => {
    const named = (findings: Parameters<typeof judgedWith>) =>
      sarif(judgedWith(...findings), [], MESSAGES).results.map(({ partialFingerprints }) => partialFingerprints['finding/v1'])
    const [before] = named([{ field: 'spec.rules[0].matches[0].path.value' }])
    const after = named([{ field: 'spec.rules[3].matches[1].path.value', message: 'rules[4] grants' }, { value: '/other' }, {}])
    expect(after[0]).toBe(before)
    expect(new Set(after).size).toBe(3)
  })

  it('keeps what users write from being read as placeholders, links or parts of a URI', () => {
    const [result] = sarif(judgedWith({ message: 'regex "/[a](https://x)/{2}" of spec.rules[2] grants' }), [], MESSAGES).results
    expect(result?.message.text).toBe('regex "/\\[a](https://x)/{{2}}" of spec.rules[2] grants')
    const [{ locations } = { locations: undefined }] = sarif(
      judgedWith({}).map((route) => ({ ...route, file: 'a b/ü:c#.yaml' })),
      [],
      MESSAGES,
    ).results
    expect(locations?.[0].physicalLocation.artifactLocation.uri).toBe('a%20b/%C3%BC%3Ac%23.yaml')
  })

  it('says that it could not read everything', () => {
    const problems = [
      { file: '/x/a.yaml', line: 3, field: 'spec', message: 'is required' },
      { file: 'b.yaml', line: 0, field: '', message: 'does not exist' },
    ]
    expect(sarif([], problems, MESSAGES).invocations).toEqual([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [
          {
            level: 'error',
            message: { text: 'spec: is required' },
            locations: [{ physicalLocation: { artifactLocation: { uri: 'file:///x/a.yaml' }, region: { startLine: 3 } } }],
          },
          {
            level: 'error',
            message: { text: 'does not exist' },
            locations: [{ physicalLocation: { artifactLocation: { uri: 'b.yaml' } } }],
          },
        ],
      },
    ])
  })
})
