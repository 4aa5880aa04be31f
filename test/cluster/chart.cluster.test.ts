import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { delegationPolicyCrd } from '../../src/api/policy-crd.ts'
import { Metrics } from '../../src/audit/metrics.ts'
import { WATCHED_KINDS } from '../../src/cluster/watched-kinds.ts'
import { CHART, helm, type Manifest, render, template, the } from './chart.ts'

/** Everything that the chart can install at once. */
const EVERYTHING = {
  'webhook.patches': true,
  'webhook.exemptNamespaces': ['legacy'],
  'webhook.breakGlassGroup': "o'hara:glass",
  'callers.caConfigMap': 'api-server-ca',
  'callers.subjects': ['kube-apiserver'],
  'networkPolicy.enabled': true,
  'serviceMonitor.enabled': true,
  'prometheusRule.enabled': true,
  'dashboard.enabled': true,
  policies: { all: { mode: 'Audit' } },
}

const sorted = (words: readonly string[]) => words.toSorted((a, b) => a.localeCompare(b))
const kinds = (objects: readonly Manifest[]) => sorted(objects.map((object) => object.kind))
/** The pods of the Deployment, and their one container. */
function webhook(objects: readonly Manifest[]) {
  const pod = the('Deployment', objects).spec.template.spec
  const [container] = pod.containers
  if (container === undefined || pod.containers.length > 1) throw new Error(`${pod.containers.length} containers`)
  return { pod, container }
}

describe('the chart', () => {
  it('passes helm lint --strict', () => {
    expect(helm('lint', '--strict', CHART)).toMatchObject({ status: 0 })
  })

  it.each([
    ['its defaults', {}],
    ['everything', EVERYTHING],
  ])('renders %s to the same bytes twice', (_name, values) => {
    const { status, out } = template(values)
    expect(status).toBe(0)
    expect(template(values).out).toBe(out)
  })

  it('looks nothing up, and has no clock and no dice', () => {
    const templates = ['webhooks', 'certificates', 'deployment', 'rbac'].map((name) =>
      readFileSync(`${CHART}/templates/${name}.yaml`, 'utf8'),
    )
    expect(templates.join('\n')).not.toMatch(/\b(?:lookup|now|date|rand\w*|uuidv4|gen\w+Cert|genCA|htpasswd)\b/)
  })

  it('needs Kubernetes 1.31', () => {
    const { status, errors } = helm('template', CHART, '--kube-version', '1.30.9')
    expect(status).toBe(1)
    expect(errors).toContain('chart requires kubeVersion: >=1.31.0-0 which is incompatible with Kubernetes v1.30.9')
  })

  it.each([
    ['a value', { webhok: {} }, "at '': additional properties 'webhok' not allowed"],
    ['a value in a group', { 'webhook.failurePolice': 'Fail' }, "at '/webhook': additional properties 'failurePolice' not allowed"],
    [
      'a value deep down',
      { 'certificates.certManager.issuer.nmae': 'x' },
      "at '/certificates/certManager/issuer': additional properties 'nmae' not allowed",
    ],
    ['a word', { 'webhook.failurePolicy': 'fail' }, "at '/webhook/failurePolicy': value must be one of 'Fail', 'Ignore'"],
    ['a type', { replicas: '2' }, "at '/replicas': got string, want integer"],
    ['a digest', { 'image.digest': 'latest' }, "at '/image/digest': 'latest' does not match pattern"],
  ])('refuses %s that it does not know', (_name, values, message) => {
    const { status, errors } = template(values)
    expect(status).toBe(1)
    expect(errors).toContain(message)
  })

  it.each([
    [{ 'certificates.mode': 'certManager' }, 'certificates.certManager.issuer.name is required with certificates.mode certManager'],
    [{ 'certificates.mode': 'existing' }, 'certificates.existing.secretName is required with certificates.mode existing'],
    [{ 'pod.hostNetwork': true }, "server.port 10250 is the kubelet's on the node's network: choose another with pod.hostNetwork"],
    [{ 'callers.subjects': ['a'] }, 'callers.subjects needs callers.caConfigMap: without a CA no name is proven'],
    [{ 'callers.required': true }, 'callers.required needs callers.caConfigMap: or nobody could call'],
    [{ 'callers.caConfigMap': 'a' }, 'callers.caConfigMap needs callers.subjects: a CA often signs more than the API server'],
  ])('refuses %j, which would not work', (values, message) => {
    const { status, errors } = template(values)
    expect(status).toBe(1)
    expect(errors).toContain(message)
  })

  it('installs no more than it needs', () => {
    expect(kinds(render())).toEqual([
      'ClusterRole',
      'ClusterRoleBinding',
      'CustomResourceDefinition',
      'Deployment',
      'Lease',
      'Pod',
      'PodDisruptionBudget',
      'Role',
      'RoleBinding',
      'Secret',
      'Service',
      'ServiceAccount',
      'ValidatingWebhookConfiguration',
    ])
  })

  it.each([
    [{ 'webhook.patches': true }, ['MutatingWebhookConfiguration'], []],
    [{ 'networkPolicy.enabled': true }, ['NetworkPolicy'], []],
    [{ 'serviceMonitor.enabled': true }, ['ServiceMonitor'], []],
    [{ 'prometheusRule.enabled': true }, ['PrometheusRule'], []],
    [{ 'dashboard.enabled': true }, ['ConfigMap'], []],
    [{ policies: { a: {}, b: {} } }, ['DelegationPolicy', 'DelegationPolicy'], []],
    [{ 'crd.install': false }, [], ['CustomResourceDefinition']],
    [{ 'podDisruptionBudget.enabled': false }, [], ['PodDisruptionBudget']],
    [{ 'certificates.mode': 'certManager', 'certificates.certManager.issuer.name': 'a' }, ['Certificate'], ['Secret']],
    [{ 'certificates.mode': 'existing', 'certificates.existing.secretName': 'a' }, [], ['Secret']],
  ])('%j adds %j and takes away %j', (values, added, taken) => {
    const without = kinds(render()).filter((kind) => !taken.some((name) => name === kind))
    expect(kinds(render(values))).toEqual(sorted([...without, ...added]))
  })

  it('creates everything in its namespace, or in none', () => {
    const clusterScoped = /^(?:ClusterRole|ClusterRoleBinding|CustomResourceDefinition|DelegationPolicy|.*WebhookConfiguration)$/
    for (const object of render(EVERYTHING)) {
      expect([object.kind, object.metadata.namespace]).toEqual([
        object.kind,
        clusterScoped.test(object.kind) ? undefined : 'lanekeeper-system',
      ])
    }
  })

  it('brings the CRD of the schema, and leaves it on uninstall', () => {
    const crd = the('CustomResourceDefinition', render())
    expect(crd).toEqual(delegationPolicyCrd())
    expect(crd.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' })
  })

  it('leaves Secret and Lease empty: the replicas are their only writers', () => {
    const secret = the('Secret', render())
    expect(Object.keys(secret).sort()).toEqual(['apiVersion', 'kind', 'metadata', 'type'])
    expect(secret.type).toBe('Opaque')
    expect(Object.keys(the('Lease', render())).sort()).toEqual(['apiVersion', 'kind', 'metadata'])
  })
})

describe('rights', () => {
  /** One rule for each API group, of all that is watched. */
  const VIEW = Map.groupBy(WATCHED_KINDS, ({ group }) => group)
  const CLUSTER = [
    ...[...VIEW].map(([group, kinds]) => ({
      apiGroups: [group],
      resources: kinds.map(({ resource }) => resource),
      verbs: ['list', 'watch'],
    })),
    { apiGroups: ['lanekeeper.dev'], resources: ['delegationpolicies/status'], verbs: ['patch'] },
    { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
  ]
  const WEBHOOKS = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'].map((resource) => ({
    apiGroups: ['admissionregistration.k8s.io'],
    resources: [resource],
    resourceNames: ['lanekeeper'],
    verbs: ['get', 'watch', 'patch'],
  }))
  const LEASE = {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: ['lanekeeper'],
    verbs: ['get', 'create', 'patch'],
  }
  const SECRET = {
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: ['lanekeeper-tls'],
    verbs: ['get', 'watch', 'create', 'patch'],
  }

  it('are these in the cluster, and no other', () => {
    expect(the('ClusterRole', render(EVERYTHING)).rules).toEqual([...CLUSTER, ...WEBHOOKS])
  })

  it('are these in its namespace, and no other', () => {
    expect(the('Role', render(EVERYTHING)).rules).toEqual([LEASE, SECRET])
  })

  it.each([
    { 'certificates.mode': 'certManager', 'certificates.certManager.issuer.name': 'a' },
    { 'certificates.mode': 'existing', 'certificates.existing.secretName': 'a' },
  ])('are fewer with %j: it writes neither Secret nor caBundle', (values) => {
    expect(the('ClusterRole', render(values)).rules).toEqual(CLUSTER)
    expect(the('Role', render(values)).rules).toEqual([LEASE])
  })

  it('are bound to its ServiceAccount alone', () => {
    const subjects = [{ kind: 'ServiceAccount', name: 'lanekeeper', namespace: 'lanekeeper-system' }]
    for (const kind of ['ClusterRoleBinding', 'RoleBinding'] as const) expect(the(kind, render()).subjects).toEqual(subjects)
  })
})

describe('the webhook configurations', () => {
  const CHANGED = {
    name: 'changed',
    expression:
      "request.operation != 'UPDATE' || object.?spec != oldObject.?spec || " +
      'object.metadata.?labels != oldObject.metadata.?labels || object.metadata.?annotations != oldObject.metadata.?annotations',
  }
  const SERVICE = { namespace: 'lanekeeper-system', name: 'lanekeeper', port: 443 }
  const COMMON = {
    admissionReviewVersions: ['v1'],
    sideEffects: 'NoneOnDryRun',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
  }
  const rule = (resources: string[], operations: string[]) => [
    { apiGroups: ['gateway.networking.k8s.io'], apiVersions: ['v1'], resources, operations, scope: 'Namespaced' },
  ]
  const VALIDATING = [
    {
      name: 'validate.lanekeeper.dev',
      clientConfig: { service: { ...SERVICE, path: '/validate' } },
      rules: rule(['httproutes', 'grpcroutes'], ['CREATE', 'UPDATE']),
      matchConditions: [CHANGED],
      failurePolicy: 'Fail',
      timeoutSeconds: 5,
      ...COMMON,
    },
    {
      name: 'delete.lanekeeper.dev',
      clientConfig: { service: { ...SERVICE, path: '/validate' } },
      rules: rule(['httproutes', 'grpcroutes'], ['DELETE']),
      failurePolicy: 'Ignore',
      timeoutSeconds: 2,
      ...COMMON,
    },
  ]

  it('have every field written out but the caBundle', () => {
    expect(the('ValidatingWebhookConfiguration', render()).webhooks).toEqual(VALIDATING)
    expect(the('MutatingWebhookConfiguration', render({ 'webhook.patches': true })).webhooks).toEqual([
      {
        name: 'mutate.lanekeeper.dev',
        clientConfig: { service: { ...SERVICE, path: '/mutate' } },
        rules: rule(['httproutes'], ['CREATE', 'UPDATE']),
        matchConditions: [CHANGED],
        failurePolicy: 'Ignore',
        timeoutSeconds: 2,
        reinvocationPolicy: 'Never',
        ...COMMON,
      },
    ])
  })

  it('take failurePolicy and time-out for creating and updating only', () => {
    const { webhooks } = the('ValidatingWebhookConfiguration', render({ 'webhook.failurePolicy': 'Ignore', 'webhook.timeoutSeconds': 9 }))
    expect(webhooks).toEqual([{ ...VALIDATING[0], failurePolicy: 'Ignore', timeoutSeconds: 9 }, VALIDATING[1]])
  })

  it('exempt namespaces by their name, and a group in all entries', () => {
    const objects = render(EVERYTHING)
    const entries = [...the('ValidatingWebhookConfiguration', objects).webhooks, ...the('MutatingWebhookConfiguration', objects).webhooks]
    expect(entries).toHaveLength(3)
    for (const entry of entries) {
      expect(entry.namespaceSelector).toEqual({
        matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['legacy'] }],
      })
      expect(entry.matchConditions.at(-1)).toEqual({
        name: 'not-break-glass',
        expression: '!has(request.userInfo.groups) || !("o\'hara:glass" in request.userInfo.groups)',
      })
    }
  })

  it('call a process outside of the cluster by its url', () => {
    const { webhooks } = the('ValidatingWebhookConfiguration', render({ 'webhook.url': 'https://127.0.0.1:8443' }))
    expect(webhooks.map((entry) => entry.clientConfig)).toEqual([
      { url: 'https://127.0.0.1:8443/validate' },
      { url: 'https://127.0.0.1:8443/validate' },
    ])
  })

  it('have a caBundle only from a Secret of yours', () => {
    const values = { 'certificates.mode': 'existing', 'certificates.existing.secretName': 'a', 'certificates.existing.caBundle': 'PEM' }
    const { webhooks } = the('ValidatingWebhookConfiguration', render(values))
    expect(webhooks.map((entry) => entry.clientConfig.caBundle)).toEqual(['UEVN', 'UEVN'])
  })

  it('name the Certificate that cert-manager injects the CA of', () => {
    const objects = render({ 'certificates.mode': 'certManager', 'certificates.certManager.issuer.name': 'ca' })
    const { metadata, spec } = the('Certificate', objects)
    expect(the('ValidatingWebhookConfiguration', objects).metadata.annotations).toEqual({
      'cert-manager.io/inject-ca-from': `${metadata.namespace}/${metadata.name}`,
    })
    expect(spec.issuerRef).toEqual({ name: 'ca', kind: 'Issuer', group: 'cert-manager.io' })
    expect(spec.dnsNames).toContain('lanekeeper.lanekeeper-system.svc')
    expect(webhook(objects).pod.volumes).toContainEqual({
      name: 'tls',
      secret: { secretName: spec.secretName, defaultMode: 0o440 },
    })
  })
})

describe('the process', () => {
  const COMMON = ['--lease=lanekeeper-system/lanekeeper', '--shutdown-delay=15', '--log-level=info']
  const LISTEN = ['serve', '--listen=0.0.0.0:10250', '--metrics-listen=0.0.0.0:8080']
  const SELF = [
    '--tls-secret=lanekeeper-system/lanekeeper-tls',
    '--service=lanekeeper-system/lanekeeper',
    '--validating-webhook=lanekeeper',
  ]

  it.each([
    ['by default', {}, [...LISTEN, ...SELF, ...COMMON]],
    ['with patches', { 'webhook.patches': true }, [...LISTEN, ...SELF, '--mutating-webhook=lanekeeper', ...COMMON]],
    [
      'with a Secret of yours',
      { 'certificates.mode': 'existing', 'certificates.existing.secretName': 'a' },
      [...LISTEN, '--tls-cert=/tls/tls.crt', '--tls-key=/tls/tls.key', ...COMMON],
    ],
    [
      'with callers',
      { 'callers.caConfigMap': 'a', 'callers.subjects': ['b', 'c'], 'callers.required': true },
      [...LISTEN, ...SELF, '--client-ca=/callers/ca.crt', '--client-subject=b', '--client-subject=c', '--require-client-cert', ...COMMON],
    ],
    [
      'with more arguments',
      { 'server.docsBase': 'https://docs', 'server.extraArgs': ['--more=1'] },
      [...LISTEN, ...SELF, ...COMMON, '--docs-base=https://docs', '--more=1'],
    ],
  ])('gets its arguments %s', (_name, values, wanted) => {
    expect(webhook(render(values)).container.args).toEqual(wanted)
  })

  it.each([
    [{}, 'lanekeeper:0.1.0'],
    [{ 'image.repository': 'r/l', 'image.tag': 't' }, 'r/l:t'],
    [{ 'image.digest': `sha256:${'0'.repeat(64)}`, 'image.tag': 't' }, `lanekeeper@sha256:${'0'.repeat(64)}`],
  ])('is of the image that %j names', (values, image) => {
    const objects = render(values)
    expect(webhook(objects).container.image).toBe(image)
    expect(the('Pod', objects).spec.containers[0]?.image).toBe(image)
  })
})

describe('pods', () => {
  const pods = (values: object) => {
    const objects = render({ ...values })
    return [webhook(objects).pod, the('Pod', objects).spec]
  }

  it.each([
    ['its defaults', {}],
    ['everything', EVERYTHING],
  ])('fit restricted pod security with %s', (_name, values) => {
    for (const pod of pods(values)) {
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      expect(pod.securityContext.runAsUser).toBeGreaterThan(0)
      expect([pod.hostNetwork, pod.hostPID, pod.hostIPC, pod.initContainers]).toEqual([undefined, undefined, undefined, undefined])
      for (const volume of pod.volumes ?? []) {
        expect(Object.keys(volume).filter((key) => !['name', 'configMap', 'secret', 'projected'].includes(key))).toEqual([])
      }
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(container.ports?.some((port) => port.hostPort !== undefined)).not.toBe(true)
        expect(container.resources.requests).toBeDefined()
      }
    }
  })

  it('have a token of an hour, mounted where clients look for it, or none', () => {
    expect(pods({}).map((pod) => pod.automountServiceAccountToken)).toEqual([false, false])
    const { pod, container } = webhook(render())
    expect(pod.volumes).toMatchObject([
      { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }, {}, {}] } },
    ])
    expect(container.volumeMounts).toEqual([{ name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }])
  })

  it('are two, replaced without a gap, apart from each other', () => {
    const { spec } = the('Deployment', render())
    expect([spec.replicas, spec.strategy.rollingUpdate]).toEqual([2, { maxSurge: 1, maxUnavailable: 0 }])
    expect(spec.template.spec.topologySpreadConstraints.map((spread) => spread.topologyKey)).toEqual([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ])
    expect(the('PodDisruptionBudget', render()).spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' })
  })

  it('have longer to end than they serve on', () => {
    expect(webhook(render({ 'server.shutdownDelaySeconds': 60 })).pod.terminationGracePeriodSeconds).toBe(90)
  })

  it('are selected by what no value can change, and the pod of helm test is not', () => {
    const objects = render({ 'pod.labels': { 'app.kubernetes.io/component': 'other', team: 'edge' }, 'networkPolicy.enabled': true })
    const { selector, template: pod } = the('Deployment', objects).spec
    const selectors = [
      selector.matchLabels,
      the('Service', objects).spec.selector,
      the('PodDisruptionBudget', objects).spec.selector.matchLabels,
      the('NetworkPolicy', objects).spec.podSelector.matchLabels,
      ...pod.spec.topologySpreadConstraints.map((spread) => spread.labelSelector.matchLabels),
    ]
    for (const labels of selectors) expect(labels).toEqual(selector.matchLabels)
    expect(pod.metadata.labels).toEqual({ ...selector.matchLabels, team: 'edge' })
    expect(the('Pod', objects).metadata.labels).not.toMatchObject(selector.matchLabels)
  })

  it('take the network of the node on another port', () => {
    const { pod, container } = webhook(render({ 'pod.hostNetwork': true, 'server.port': 9443 }))
    expect([pod.hostNetwork, pod.dnsPolicy, container.ports[0]?.containerPort]).toEqual([true, 'ClusterFirstWithHostNet', 9443])
  })

  it('are reached on the ports that Service and NetworkPolicy name', () => {
    const objects = render({ 'networkPolicy.enabled': true, 'networkPolicy.apiServerCIDRs': ['10.0.0.1/32'] })
    const ports = webhook(objects).container.ports.map((port) => port.name)
    expect(the('Service', objects).spec.ports.map((port) => port.targetPort)).toEqual(ports)
    const apiServer = [{ ipBlock: { cidr: '10.0.0.1/32' } }]
    const { ingress, egress } = the('NetworkPolicy', objects).spec
    expect(ingress).toMatchObject([{ ports: [{ port: ports[0] }], from: apiServer }, { ports: [{ port: ports[1] }] }])
    expect(egress).toEqual([{ ports: [443, 6443].map((port) => ({ port, protocol: 'TCP' })), to: apiServer }])
  })
})

describe('monitoring', () => {
  const objects = render(EVERYTHING)
  const rules = the('PrometheusRule', objects).spec.groups.flatMap((group) => group.rules)
  const dashboard: { panels: { targets: { expr: string }[] }[] } = JSON.parse(the('ConfigMap', objects).data['lanekeeper.json'] ?? '')
  const expressions: string[] = [
    ...rules.map((rule) => rule.expr),
    ...dashboard.panels.flatMap((panel) => panel.targets.map((target) => target.expr)),
  ]

  it('asks for metrics that exist', async () => {
    const unsettled = { authenticated: 0, unauthenticated: 0, tombstones: 0 }
    const { registry } = new Metrics({
      version: '',
      viewObjects: () => new Map(),
      unsettled: () => unsettled,
      certificateExpiry: () => new Map(),
    })
    const own = registry.getMetricsAsArray().map((metric) => metric.name)
    const ofTheCluster = ['lanekeeper_view_last_contact_seconds', 'lanekeeper_cabundle_in_sync']
    const asked = expressions.flatMap((text) =>
      [...text.matchAll(/\b(?:lanekeeper|nodejs|process)_\w+/g)].map(([name]) => name.replace(/_bucket$/, '')),
    )
    expect(asked.length).toBeGreaterThan(10)
    expect(asked.filter((name) => !own.includes(name) && !ofTheCluster.includes(name))).toEqual([])
  })

  it('has brackets that close', () => {
    for (const text of expressions) {
      for (const [open = '', close = ''] of ['()', '{}', '[]']) expect(text.split(open)).toHaveLength(text.split(close).length)
    }
  })

  it('has a section of the runbook for every alert, and no other', () => {
    const runbook = readFileSync(resolve(import.meta.dirname, '../../docs/runbook.md'), 'utf8')
    const sections = [...runbook.matchAll(/^## (Lanekeeper\w+)$/gm)].map((heading) => heading[1] ?? '')
    expect(rules.map((rule) => rule.alert)).toEqual(sections)
    expect(rules.map((rule) => rule.annotations.runbook_url)).toEqual(
      sections.map((alert) => `https://lanekeeper.dev/runbook#${alert.toLowerCase()}`),
    )
  })

  it('scrapes the port of the metrics', () => {
    const { endpoints, selector } = the('ServiceMonitor', objects).spec
    const service = the('Service', objects)
    expect(service.metadata.labels).toMatchObject(selector.matchLabels)
    expect(service.spec.ports.map((port) => port.name)).toEqual(expect.arrayContaining(endpoints.map((endpoint) => endpoint.port)))
  })
})
