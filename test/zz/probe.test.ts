import { it } from 'vitest'
import { evaluate } from '../../src/policy/evaluate.ts'
import { View } from '../../src/delegation/view.ts'
import { exact, gatewayParent, header, labelRef, matchOf, regex, routeOf, routeParent, routeRef, ruleOf } from '../model-fixtures.ts'
function run(name: string, routes: any[], child: any, dialectClass = 'kgateway.dev/kgateway', extra: any[] = []) {
  const view = new View('cluster')
  view.put({ kind: 'GatewayClass', value: { name: 'c', controllerName: dialectClass } })
  view.put({ kind: 'Gateway', value: { namespace: 'p', name: 'gw', className: 'c', created: undefined, listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: undefined, allowedNamespaces: { from: 'All' } }] } })
  for (const e of extra) view.put(e)
  for (const value of routes) view.put({ kind: 'HTTPRoute', value })
  const d = evaluate({ operation: 'CREATE', route: child, oldRoute: undefined, now: 0 }, view, [])
  console.log(name, d.allowed, d.violations.map((v) => `${v.code}:${v.action}:${v.message.slice(0, 200)}:${JSON.stringify(v.witness ?? null)}`))
}
const svc = { group: '', kind: 'Service', namespace: undefined, name: 's', weight: 1 }
const child = (matches: any[], more = {}) => routeOf('p/child', { rules: [ruleOf(matches, [svc])], ...more })
const root = (rules: any[]) => routeOf('p/root', { parentRefs: [gatewayParent('gw')], rules })
it('x', () => {
  run('equals', [root([ruleOf(['/a'], [routeRef('child')]), ruleOf(['/ab'], [routeRef('=team=v')])])], child(['/ab'], { labels: new Map([['team', 'v']]) }))
  run('equals control', [root([ruleOf(['/a'], [routeRef('child')]), ruleOf(['/ab'], [routeRef('nobody')])])], child(['/ab'], { labels: new Map([['team', 'v']]) }))
  const inherit = new Map([['delegation.kgateway.dev/inherit-parent-matcher', 'true']])
  run('broken middle', [root([ruleOf([matchOf(regex('/x|y'))], [routeRef('middle')])]), routeOf('p/middle', { annotations: inherit, rules: [ruleOf(['/b'], [routeRef('child')])] })], child([matchOf(regex('/x|y/b.*'))]))
  run('glooall', [root([ruleOf(['/a'], [routeRef('child')]), ruleOf(['/ab'], [labelRef('delegation.gateway.solo.io', 'v', 'all')])])], child(['/ab'], { labels: new Map([['delegation.gateway.solo.io/label', 'v']]) }), 'solo.io/gloo-gateway', [{ kind: 'Namespace', value: { name: 'all', labels: new Map() } }])
  run('glooall control', [root([ruleOf(['/a'], [routeRef('child')])])], child(['/ab'], { labels: new Map([['delegation.gateway.solo.io/label', 'v']]) }), 'solo.io/gloo-gateway', [])
  run('merged dup header', [root([ruleOf([matchOf('/a', { headers: [header('x-team', 'a')] })], [routeRef('child')])])], child([matchOf('/b', { headers: [header('X-Team', 'evil')] })], { annotations: inherit }))
  run('method witness', [root([ruleOf(['/a'], [routeRef('child')]), ruleOf([matchOf('/ab', { method: 'GET' })], [routeRef('child')])])], child([matchOf(exact('/ab'))]))
  run('trailing slash mid', [root([ruleOf(['/a', '/ab/'], [routeRef('middle')])]), routeOf('p/middle', { rules: [ruleOf(['/ab'], [routeRef('child')])] })], child(['/ab']))
  run('agw dead grandchild', [root([ruleOf(['/a'], [routeRef('middle')])]), routeOf('p/middle', { parentRefs: [routeParent('root')], rules: [ruleOf(['/'], [routeRef('child')])] })], child(['/b']), 'agentgateway.dev/agentgateway')
  run('agw alike', [root([ruleOf(['/'], [labelRef('delegation.kgateway.dev', 'v'), routeRef('delegation.kgateway.dev/label=v')])])], child(['/b'], { parentRefs: [routeParent('root')], labels: new Map([['delegation.kgateway.dev/label', 'v']]) }), 'agentgateway.dev/agentgateway')
})
