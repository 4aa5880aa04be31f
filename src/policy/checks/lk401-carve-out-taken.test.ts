import { expect, it } from 'vitest'
import {
  childObject,
  exact,
  httpRoute,
  label,
  namespaceObject,
  prefix,
  type RawRule,
  regex,
  type Scene,
  type Seen,
  seen,
} from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

/** infra/parent grants / to shop and /pay to pay, `more` beside it. */
function split(child: Scene['child'], more: readonly RawRule[] = [], pay: RawRule['matches'] = [prefix('/pay')]): Scene {
  const rules = [
    { matches: [prefix('/')], backendRefs: [httpRoute('shop', '*')] },
    { matches: pay, backendRefs: [httpRoute('pay', '*')] },
    ...more,
  ]
  return { parent: { rules }, child: child ?? {} }
}

function taken(own: string, value: string, example: Seen['witness'], action: Seen['action'] = 'Deny'): Seen {
  return {
    effect: 'escape',
    action,
    field: 'spec.rules[0].matches[0].path.value',
    value,
    message: `${own} takes requests${example === undefined ? '' : ` (for example ${example.method} ${example.path})`} that a more exact rule beside the grant of infra/parent gives to somebody else. Match only what is yours, or ask the owner of infra/parent who holds them.`,
    grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
    ...(example && { witness: example }),
  }
}

function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Seen['witness'] {
  return { method, host: 'example.com', path, headers, query: {} }
}

const BETA = { name: 'x-beta', value: '1' }

it.each<Row>([
  {
    name: 'a longer path below the carve-out',
    scene: split({ matches: [prefix('/pay/back')] }),
    want: [taken('PathPrefix /pay/back', '/pay/back', get('/pay/back'))],
  },
  {
    name: 'the carve-out itself, however old it is',
    scene: split({ matches: [prefix('/pay')] }),
    want: [taken('PathPrefix /pay', '/pay', get('/pay'))],
  },
  {
    name: 'an exact path in it',
    scene: split({ matches: [exact('/pay/x')] }),
    want: [taken('Exact /pay/x', '/pay/x', get('/pay/x'))],
  },
  {
    name: 'a regex that reaches into it: its own example is elsewhere, so none is shown',
    scene: split({ matches: [regex('/[a-z]+')] }),
    want: [taken('regex "/[a-z]+"', '/[a-z]+', undefined)],
  },
  {
    name: 'a regex that stays out of it',
    scene: split({ matches: [regex('/[a-o]+')] }),
    want: [],
  },
  { name: 'a wider match: the carve-out wins', scene: split({ matches: [prefix('/')] }), want: [] },
  { name: 'elsewhere', scene: split({ matches: [prefix('/payments')] }), want: [] },
  {
    name: 'a carve-out by header',
    scene: split({ matches: [prefix('/x', { headers: [BETA] })] }, [], [prefix('/x', { headers: [BETA] })]),
    want: [taken('PathPrefix /x, header x-beta=1', '/x', get('/x', { 'x-beta': '1' }))],
  },
  {
    name: 'a carve-out by header, and a longer path without it',
    scene: split({ matches: [prefix('/x/y')] }, [], [prefix('/x', { headers: [BETA] })]),
    want: [taken('PathPrefix /x/y', '/x/y', undefined)],
  },
  {
    name: 'a carve-out by method',
    scene: split({ matches: [prefix('/x', { method: 'PUT' })] }, [], [prefix('/', { method: 'PUT' })]),
    want: [taken('PathPrefix /x, method PUT', '/x', get('/x', {}, 'PUT'))],
  },
  {
    name: 'another method than that of the carve-out',
    scene: split({ matches: [prefix('/x', { method: 'GET' })] }, [], [prefix('/', { method: 'PUT' })]),
    want: [],
  },
  {
    name: 'backends of the parent itself',
    scene: split({ matches: [prefix('/health/live')] }, [{ matches: [prefix('/health')], backendRefs: [{ name: 'health', port: 80 }] }]),
    want: [taken('PathPrefix /health/live', '/health/live', get('/health/live'))],
  },
  {
    name: "a more exact rule that selects another route of the child's own namespace",
    scene: split({ matches: [prefix('/own/x')] }, [{ matches: [prefix('/own')], backendRefs: [httpRoute('shop', 'other')] }]),
    want: [],
  },
  {
    name: 'a more exact rule that selects the child by label as well',
    scene: split({ matches: [prefix('/own/x')], labels: { 'delegation.kgateway.dev/label': 'own' } }, [
      { matches: [prefix('/own')], backendRefs: [label('all', 'own')] },
    ]),
    want: [],
  },
  {
    name: 'a more exact rule for the same owner by label',
    scene: {
      ...split({ matches: [prefix('/pay/back')] }),
      also: [namespaceObject('shop', { team: 'a' }), namespaceObject('pay', { team: 'a' })],
      policies: [{ ownerLabel: 'team' }],
    },
    want: [],
  },
  {
    name: 'whose holder is ahead there already',
    scene: {
      ...split({ matches: [prefix('/pay/back')] }),
      also: [
        childObject({
          namespace: 'pay',
          name: 'pay',
          matches: [exact('/pay/back/x'), prefix('/pay/back', { method: 'GET', headers: [BETA] })],
        }),
      ],
    },
    want: [taken('PathPrefix /pay/back', '/pay/back', get('/pay/back'))],
  },
  {
    name: 'whose holder is ahead of all of it',
    scene: {
      ...split({ matches: [prefix('/pay/back')] }),
      also: [childObject({ namespace: 'pay', name: 'pay', matches: [prefix('/pay/back/')] })],
    },
    want: [],
  },
  {
    name: 'agentgateway picks the grant first',
    scene: { ...split({ matches: [prefix('/pay/back')] }), dialect: 'agentgateway' },
    want: [],
  },
])('LK401: $name', ({ scene, want }) => {
  expect(seen('LK401', scene)).toEqual(want)
})
