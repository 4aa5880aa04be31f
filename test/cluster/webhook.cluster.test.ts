import { globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { lineOf, runCheck } from '../tools/run-check.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { installGatewayApi } from './gateway-api.ts'
import { kubectl, kubectlOk } from './kubectl.ts'
import { installValidatingWebhook, type Lanekeeper, startLanekeeper } from './lanekeeper.ts'
import { giveNamespaces } from './users.ts'

const EXAMPLE = resolve(import.meta.dirname, '../../examples/verticals')
const CLUSTER = join(EXAMPLE, 'cluster')
const NEW_CHILD = join(EXAMPLE, 'cases/a-new-child.yaml')
const TRAP = join(EXAMPLE, 'bad/regex-alternation.yaml')
const TRAP_LINE =
  'LK103 RegexEscapesGrant at spec.rules[0].matches[0].path.value: regex "/payments|/banking/.*" also matches GET /banking/ ' +
  'but kgateway-system/parent spec.rules[2] grants PathPrefix /payments. Write "/payments(/.*)?", ' +
  'or ask the owner of kgateway-system/parent for more. https://lanekeeper.dev/checks/LK103'
/** Each has the namespace of its name. */
const TENANTS = ['payments', 'banking', 'insurance']

/** The mistakes of the example, with what `lanekeeper check` finds in each. */
const MISTAKES = await Promise.all(globSync('bad/*.yaml', { cwd: EXAMPLE }).sort().map(mistake))

async function mistake(name: string) {
  const file = join(EXAMPLE, name)
  const { result } = await runCheck([file, '--against', CLUSTER])
  const [first] = result.results
  if (first === undefined) throw new Error(`check finds nothing in ${name}`)
  return { name, file, findings: result.results, route: first.route }
}

function isDenied({ findings }: (typeof MISTAKES)[number]): boolean {
  return findings.some(({ action }) => action === 'Deny')
}

let plane: ControlPlane
let lanekeeper: Lanekeeper
beforeAll(async () => {
  plane = await startControlPlane({ tenants: TENANTS })
  await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
  for (const tenant of TENANTS) await giveNamespaces(plane, tenant, [tenant])
  lanekeeper = await startLanekeeper(plane.folder, ['--manifests', CLUSTER])
  await installValidatingWebhook(plane, lanekeeper)
})
afterEach(async () => {
  await kubectlOk(plane.admin, ['delete', 'httproutes', '--all', '--all-namespaces'])
})
afterAll(async () => {
  await lanekeeper?.stop()
  await plane?.stop()
})

function denied(file: string, route: string, lines: readonly string[]): string {
  const violations = `${lines.length} violation${lines.length === 1 ? '' : 's'}`
  const refusal = `admission webhook "validate.lanekeeper.dev" denied the request: HTTPRoute ${route} denied: ${violations}`
  return `Error from server (Forbidden): error when creating "${file}": ${refusal}\n${lines.join('\n')}\n`
}

describe('kubectl apply as a tenant', () => {
  it('creates a child in its lane, and says no more', async () => {
    expect(await kubectl(plane.tenant('payments'), ['apply', '--filename', NEW_CHILD])).toEqual({
      code: 0,
      stdout: 'httproute.gateway.networking.k8s.io/refunds-routes created\n',
      stderr: '',
    })
  })

  it('is refused with the finding and a request that escapes', async () => {
    expect(await kubectl(plane.tenant('payments'), ['apply', '--filename', TRAP])).toEqual({
      code: 1,
      stdout: '',
      stderr: denied(TRAP, 'payments/payments-routes', [TRAP_LINE]),
    })
  })

  it.each(MISTAKES.filter(isDenied))('of $name is refused as by check', async ({ file, findings, route }) => {
    const { code, stderr } = await kubectl(plane.tenant(route.namespace), ['apply', '--filename', file])
    const lines = findings.filter(({ action }) => action === 'Deny').map(lineOf)
    expect({ code, stderr }).toEqual({ code: 1, stderr: denied(file, `${route.namespace}/${route.name}`, lines) })
  })

  it.each(MISTAKES.filter((mistake) => !isDenied(mistake)))('of $name prints the warnings of check', async ({ file, findings, route }) => {
    const { code, stderr } = await kubectl(plane.tenant(route.namespace), ['apply', '--filename', file])
    expect(code).toBe(0)
    // The API server limits their length: a cut one ends in "…".
    const printed = stderr.trimEnd().split('\n')
    const whole = findings.map((finding) => `Warning: ${lineOf(finding)}`)
    expect(whole).toEqual(printed.map((line) => expect.stringContaining(line.replace(/…$/, ''))))
  })
})

describe('an object that is there', () => {
  it('can’t be changed into a trap, and stays as it was', async () => {
    const payments = plane.tenant('payments')
    const read = ['get', 'httproute', 'refunds-routes', '--namespace', 'payments', '--output', 'yaml']
    await kubectlOk(payments, ['apply', '--filename', NEW_CHILD])
    const before = await kubectlOk(payments, read)
    const value = [
      { op: 'replace', path: '/spec/rules/0/matches/0/path', value: { type: 'RegularExpression', value: '/payments|/banking/.*' } },
    ]
    const patch = ['patch', 'httproute', 'refunds-routes', '--namespace', 'payments', '--type=json', '--patch', JSON.stringify(value)]
    const { code, stderr } = await kubectl(payments, patch)
    expect(code).toBe(1)
    expect(stderr).toContain(`HTTPRoute payments/refunds-routes denied: 1 violation\n${TRAP_LINE}\n`)
    expect(await kubectlOk(payments, read)).toBe(before)
  })

  it('can be deleted', async () => {
    const payments = plane.tenant('payments')
    await kubectlOk(payments, ['apply', '--filename', NEW_CHILD])
    expect(await kubectl(payments, ['delete', '--filename', NEW_CHILD])).toMatchObject({ code: 0, stderr: '' })
  })
})

// The last suite: lanekeeper doesn't come back.
describe('while lanekeeper is down', () => {
  it('a route is refused, and can still be deleted', async () => {
    const payments = plane.tenant('payments')
    await kubectlOk(payments, ['apply', '--filename', NEW_CHILD])
    await lanekeeper.stop('SIGKILL')
    const { code, stderr } = await kubectl(payments, ['label', 'httproute', 'refunds-routes', '--namespace', 'payments', 'tier=gold'])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^Error from server \(InternalError\): Internal error occurred: failed calling webhook "validate.lanekeeper.dev": /,
    )
    expect(await kubectl(payments, ['delete', '--filename', NEW_CHILD])).toMatchObject({ code: 0, stderr: '' })
  })
})
