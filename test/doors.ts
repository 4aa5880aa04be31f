import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRoute } from '../src/api/view-object.ts'
import { Certificates } from '../src/certificates/file-certificates.ts'
import { loadManifests } from '../src/cluster/manifests.ts'
import type { HttpRoute } from '../src/delegation/route.ts'
import { View } from '../src/delegation/view.ts'
import type { Decision, Violation } from '../src/policy/decision.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import { warnings } from '../src/policy/message.ts'
import type { Policy } from '../src/policy/policy.ts'
import { buildApp } from '../src/server/app.ts'
import { tlsOptions } from '../src/server/tls-options.ts'
import { listText, type Raw } from './manifest-fixtures.ts'
import { runCheck } from './tools/run-check.ts'
import { verifyAdmissionResponse } from './verify-admission-response.ts'

/** What every door must say about one object. */
export interface Verdict {
  readonly allowed: boolean
  readonly findings: readonly Pick<Violation, 'code' | 'action' | 'field' | 'message'>[]
}

/** A cluster and one route submitted to it; the route replaces the one of its name, if the cluster has it. */
export interface Submission {
  readonly cluster: readonly Raw[]
  readonly submitted: Raw
}

export interface World {
  readonly view: View
  readonly policies: readonly Policy[]
}

export function worldOf(objects: readonly Raw[], completeness: View['completeness'] = 'files', departed?: View): World {
  const loaded = loadManifests([{ file: 'cluster.json', text: listText(objects) }], { defaultNamespace: 'default' })
  if (loaded.problems.length > 0) throw new Error(JSON.stringify(loaded.problems))
  const view = new View(completeness, departed)
  for (const { object } of loaded.objects) view.put(object)
  return { view, policies: loaded.policies.map(({ policy }) => policy) }
}

export function parsedRoute(raw: Raw): HttpRoute {
  const parsed = parseRoute(raw.kind === 'GRPCRoute' ? 'GRPCRoute' : 'HTTPRoute', raw, 'report')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.value
}

export function oldOf({ cluster, submitted }: Submission): Raw | undefined {
  const { name, namespace } = submitted.metadata
  return cluster.find((raw) => raw.kind === submitted.kind && raw.metadata.name === name && raw.metadata.namespace === namespace)
}

/** The engine itself. */
export function decide(submission: Submission, completeness: 'files' | 'cluster' = 'files'): Decision {
  const { view, policies } = worldOf(submission.cluster, completeness)
  const old = oldOf(submission)
  const oldRoute = old === undefined ? undefined : parsedRoute(old)
  const operation = old === undefined ? 'CREATE' : 'UPDATE'
  return evaluate({ operation, route: parsedRoute(submission.submitted), oldRoute, now: Date.now() }, view, policies)
}

export function byEngine(submission: Submission): Verdict {
  const { allowed, violations } = decide(submission)
  return { allowed, findings: violations.map(findingOf) }
}

/** `lanekeeper check - --against FILE`. */
export async function byCheck({ cluster, submitted }: Submission): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'lanekeeper-doors-'))
  try {
    const against = join(folder, 'cluster.json')
    await writeFile(against, listText(cluster))
    const { exitCode, result, errors } = await runCheck(['-', '--against', against], listText([submitted]))
    if (errors !== '') throw new Error(errors)
    return { allowed: exitCode === 0, findings: result.results.map(findingOf) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A webhook that listens, and what it takes to trust it. Close it in the end. */
export interface Door {
  readonly post: (submission: Submission, operation?: 'CREATE' | 'UPDATE' | 'DELETE') => Promise<Verdict>
  readonly close: () => Promise<void>
}

/** The HTTPS door: the app behind a certificate of its own on a free port, judging the view of each submission. */
export async function openDoor(): Promise<Door> {
  const dir = await mkdtemp(join(tmpdir(), 'lanekeeper-doors-'))
  const certificates = new Certificates({ origin: { mode: 'self', dir, hosts: ['127.0.0.1'] }, onNotice: () => {}, onChange: () => {} })
  const pair = await certificates.start()
  let world: World = { view: new View('files'), policies: [] }
  let violations: readonly Violation[] = []
  const app = buildApp({
    tls: tlsOptions(pair),
    decide: (asked) => evaluate(asked, world.view, world.policies),
    onDecision: (record) => {
      violations = record.violations
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const ca = await readFile(join(dir, 'ca.crt'), 'utf8')
  return {
    post: async (submission, operation) => {
      world = worldOf(submission.cluster)
      violations = []
      const reply = await send(port, ca, JSON.stringify(reviewOf(submission, operation)))
      if (reply.status !== 200) throw new Error(`HTTP ${reply.status}: ${reply.body}`)
      const response = verifyAdmissionResponse('uid-1', false, JSON.parse(reply.body))
      saysTheSame(JSON.parse(reply.body).response, violations)
      return { allowed: response.allowed, findings: violations.map(findingOf) }
    },
    close: async () => {
      await app.close()
      await certificates.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function findingOf({ code, action, field, message }: Verdict['findings'][number]): Verdict['findings'][number] {
  return { code, action, field, message }
}

interface WireResponse {
  readonly allowed: boolean
  readonly status?: { readonly code: number; readonly message: string; readonly details: { readonly causes: readonly object[] } }
  readonly warnings?: readonly string[]
}

/** What goes over the wire is the whole of what was found: a cause for each denial, a line for each warning. */
function saysTheSame({ status, warnings: warned = [] }: WireResponse, violations: readonly Violation[]): void {
  const denied = violations.filter(({ action }) => action === 'Deny' || action === 'Patch')
  const causes = denied.map(({ code, field, message }) => ({ reason: code, field, message }))
  const expected = JSON.stringify([causes, warnings({ allowed: denied.length === 0, violations, patches: [], policies: [] })])
  const got = JSON.stringify([status?.details.causes ?? [], warned])
  if (got !== expected) throw new Error(`the reply says ${got}, the decision ${expected}`)
  for (const { code, message } of denied) {
    if (!status?.message.includes(`${code} `) || !status.message.includes(message)) throw new Error(`the denial leaves out ${code}`)
  }
}

function reviewOf(submission: Submission, operation?: 'CREATE' | 'UPDATE' | 'DELETE'): object {
  const { submitted } = submission
  const old = oldOf(submission)
  const { name, namespace } = submitted.metadata
  const asked = operation ?? (old === undefined ? 'CREATE' : 'UPDATE')
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'uid-1',
      kind: { group: 'gateway.networking.k8s.io', version: 'v1', kind: submitted.kind },
      resource: { group: 'gateway.networking.k8s.io', version: 'v1', resource: `${submitted.kind.toLowerCase()}s` },
      name,
      namespace,
      operation: asked,
      userInfo: { username: 'alice', groups: ['system:authenticated'] },
      object: asked === 'DELETE' ? null : submitted,
      oldObject: asked === 'CREATE' ? null : (old ?? submitted),
      dryRun: false,
    },
  }
}

function send(port: number, ca: string, body: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(
      { host: '127.0.0.1', port, path: '/validate?timeout=10s', method: 'POST', ca, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
