import { createHash } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ManifestProblem } from '../cluster/manifest-documents.ts'
import { nameOf } from '../delegation/route.ts'
import { CHECKS } from '../policy/catalogue.ts'
import type { Check } from '../policy/check.ts'
import { CODES } from '../policy/codes.ts'
import type { HarmedRoute, Violation } from '../policy/decision.ts'
import type { MessageOptions } from '../policy/message.ts'
import type { Action } from '../policy/policy.ts'
import type { FilePlace, JudgedFinding, JudgedRoute } from './check-judge.ts'
import { harmedLine, harmedPlace } from './harmed-line.ts'
import { checkPage, version } from './package-info.ts'

type Level = 'error' | 'warning' | 'note'

const LEVELS: Readonly<Record<Action, Level>> = { Deny: 'error', Patch: 'warning', Warn: 'warning', Audit: 'note', Ignore: 'note' }

/** A SARIF 2.1.0 log of one run (OASIS standard, 27 March 2020): every check a rule, every finding a result. */
export function checkSarif(judged: readonly JudgedRoute[], problems: readonly ManifestProblem[], messages: MessageOptions): object {
  const fingerprints = new Fingerprints()
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'lanekeeper',
            version: version(),
            informationUri: 'https://lanekeeper.dev',
            rules: CHECKS.map((check) => ruleOf(check, messages)),
          },
        },
        // Columns count as JavaScript counts.
        columnKind: 'utf16CodeUnits',
        invocations: [{ executionSuccessful: problems.length === 0, toolExecutionNotifications: problems.map(notificationOf) }],
        results: judged.flatMap((route) =>
          route.findings.map((finding) => resultOf(route, finding, fingerprints.of(route, finding.violation))),
        ),
      },
    ],
  }
}

function ruleOf(check: Check, { docsBase }: MessageOptions): object {
  const page = checkPage(check.code)
  return {
    id: check.code,
    name: CODES[check.code],
    shortDescription: { text: message(check.rule) },
    ...(page !== undefined && { help: { text: page, markdown: page } }),
    helpUri: `${docsBase}/${check.code}`,
    defaultConfiguration: { level: LEVELS[check.action] },
    properties: { effect: check.effect },
  }
}

function resultOf({ route, file }: JudgedRoute, { violation, region, harmedAt }: JudgedFinding, fingerprint: string): object {
  const { code, effect, action, field, value, grant, witness, ratcheted, exception } = violation
  return {
    ruleId: code,
    ruleIndex: CHECKS.findIndex((check) => check.code === code),
    level: ratcheted ? 'note' : LEVELS[action],
    message: { text: message(violation.message) },
    locations: [
      {
        physicalLocation: physicalLocation({ file, region }),
        logicalLocations: [{ fullyQualifiedName: `${route.kind} ${nameOf(route)} ${field}` }],
      },
    ],
    ...(violation.harmed.length > 0 && {
      relatedLocations: violation.harmed.map((harmed, index) => relatedLocation(harmed, harmedAt[index])),
    }),
    partialFingerprints: { 'finding/v1': fingerprint },
    ...(exception !== undefined && { suppressions: [{ kind: 'external', justification: exception }] }),
    properties: { effect, action, ratcheted, field, ...defined({ value, grant, witness }) },
  }
}

/** A route in no file has only its name. */
function relatedLocation(harmed: HarmedRoute, place: FilePlace | undefined): object {
  return {
    ...(place !== undefined && { physicalLocation: physicalLocation(place) }),
    logicalLocations: [{ fullyQualifiedName: harmedPlace(harmed) }],
    message: { text: message(harmedLine(harmed)) },
  }
}

function physicalLocation({ file, region: { line, column, endLine, endColumn } }: FilePlace): object {
  return { artifactLocation: { uri: uriOf(file) }, region: { startLine: line, startColumn: column, endLine, endColumn } }
}

function notificationOf({ file, line, field, message: text }: ManifestProblem): object {
  const region = line === 0 ? {} : { region: { startLine: line } }
  return {
    level: 'error',
    message: { text: message(field === '' ? text : `${field}: ${text}`) },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...region } }],
  }
}

/** Names a finding by what it is about, not by where it stands: lines, and rules of the route, may move. */
class Fingerprints {
  readonly #seen = new Map<string, number>()

  of({ route }: JudgedRoute, { code, field, value, grant }: Violation): string {
    const parent = grant === undefined ? undefined : `${grant.namespace}/${grant.name}`
    const about = JSON.stringify([code, route.namespace, route.name || route.generateName, withoutIndices(field), value, parent])
    const before = this.#seen.get(about) ?? 0
    this.#seen.set(about, before + 1)
    return createHash('sha256').update(`${about}#${before}`).digest('hex').slice(0, 32)
  }
}

function withoutIndices(field: string): string {
  return field.replace(/\[\d+\]/g, '[]')
}

/** Plain text as §3.11 has it: braces doubled, and no brackets that would make a link of what a user wrote. */
function message(text: string): string {
  return text.replaceAll(/[{}]/g, '$&$&').replaceAll(/\[(?=[^\]]*\]\()/g, '\\[')
}

/** A relative reference stays one, so that it holds in every checkout. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href
  return file.split(/[/\\]/).map(encodeURIComponent).join('/')
}

function defined(properties: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined))
}
