import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Dialect } from '../../src/delegation/route.ts'
import { DEFAULT_MESSAGE_OPTIONS, denialMessage, warnings } from '../../src/policy/message.ts'
import { decide } from '../doors.ts'
import { listText, namespace, type Raw } from '../manifest-fixtures.ts'
import { TRAPS } from '../trap-table.ts'
import { AdminApi } from './admin-api.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { freePort } from './free-port.ts'
import { installGatewayApi } from './gateway-api.ts'
import { installChart, startReplica } from './installation.ts'
import { kubectl } from './kubectl.ts'
import { type Serving, untilAsked } from './lanekeeper.ts'
import type { Finished } from './run-program.ts'
import { giveNamespaces } from './users.ts'

// Every trap of the table that can exist in a cluster, applied by a tenant. The admin, who makes the cluster around it, breaks the glass.

/** Each with a tenant of its name. */
const NAMESPACES = ['infra', 'payments', 'rogue', 'shop', 'web']
const DIALECTS: readonly Dialect[] = ['kgateway', 'gloo', 'agentgateway']
/** Else each trap is laid in one dialect: test/traps.test.ts judges it in all. */
const LONG = process.env['LANEKEEPER_LONG'] !== undefined

let plane: ControlPlane
let replica: Serving
let api: AdminApi
beforeAll(async () => {
  plane = await startControlPlane({ tenants: NAMESPACES })
  await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
  for (const name of NAMESPACES) await giveNamespaces(plane, name, [name])
  const port = await freePort()
  await installChart(plane, `https://127.0.0.1:${port}`)
  replica = await startReplica(plane, { port })
  await untilAsked(plane, replica)
  await installChart(plane, `https://127.0.0.1:${port}`, { 'webhook.breakGlassGroup': 'system:masters' }, 'upgrade')
  api = new AdminApi(plane)
})
afterAll(async () => {
  api?.close()
  await replica?.stop()
  await plane?.stop()
})
beforeEach(async () => {
  await api.deleteAll('HTTPRoute', NAMESPACES)
  await api.deleteAll('GRPCRoute', NAMESPACES)
  await api.deleteAll('Gateway', NAMESPACES)
  await api.deleteAll('GatewayClass')
  await api.deleteAll('DelegationPolicy')
})

const ROWS = TRAPS.flatMap(({ name, dialects, build }) => {
  const possible = DIALECTS.filter((dialect) => dialects.includes(dialect))
  return (LONG ? possible : possible.slice(0, 1)).map((dialect) => ({ dialect, name, build }))
})
// A namespace can't be deleted without its controller: the trap that makes one is the last.
const makesNamespace = ({ dialect, build }: (typeof ROWS)[number]) =>
  build(dialect).cluster.some(({ kind, metadata }) => kind === 'Namespace' && !NAMESPACES.includes(metadata.name))

describe('kubectl apply as a tenant', () => {
  it.each(ROWS.toSorted((a, b) => Number(makesNamespace(a)) - Number(makesNamespace(b))))('$dialect: $name', async ({ dialect, build }) => {
    const { cluster, submitted } = build(dialect)
    // The CRDs of the Gateway API refuse none of them: in a cluster each has to be caught here.
    for (const object of cluster) expect(await api.put(object)).toBeUndefined()
    expect(await api.put(submitted, 'dryRun=All')).toBeUndefined()

    const spaces = NAMESPACES.map((space) => namespace(space)).filter(({ metadata: { name } }) => !has(cluster, 'Namespace', name))
    const decision = decide({ cluster: [...spaces, ...cluster], submitted }, 'cluster')
    const place = `${submitted.metadata.namespace}/${submitted.metadata.name}`
    const denial = denialMessage(`${submitted.kind} ${place}`, decision, DEFAULT_MESSAGE_OPTIONS)
    const wanted = {
      code: decision.allowed ? 0 : 1,
      warnings: warnings(decision).map((line) => `Warning: ${line}`),
      denial: decision.allowed ? '' : `admission webhook "validate.lanekeeper.dev" denied the request: ${denial}\n`,
    }
    const tenant = plane.tenant(submitted.metadata.namespace ?? '')
    const apply = async (...flags: readonly string[]) =>
      spoken(await kubectl(tenant, ['apply', ...flags, '-f', '-'], listText([submitted])))
    await eventually(wanted, () => apply('--dry-run=server'))
    expect(await apply()).toEqual(wanted)
  })
})

function has(cluster: readonly Raw[], kind: string, name: string): boolean {
  return cluster.some((raw) => raw.kind === kind && raw.metadata.name === name)
}

interface Said {
  readonly code: number
  readonly warnings: readonly string[]
  readonly denial: string
}

/** kubectl has warnings of its own. */
function spoken({ code, stderr }: Finished): Said {
  const own = stderr.split('\n').filter((line) => /^Warning: (?:LK\d|\+)/.test(line))
  return { code, warnings: own, denial: /^.*?(admission webhook .*)$/s.exec(stderr)?.[1] ?? '' }
}

/** The view follows the cluster a moment later. */
async function eventually(wanted: Said, ask: () => Promise<Said>): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    if (JSON.stringify(await ask()) === JSON.stringify(wanted)) return
    await delay(100)
  }
}
