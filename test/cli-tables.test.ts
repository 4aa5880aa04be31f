import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from './tools/run-cli.ts'

const CLUSTER = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: class}
spec: {controllerName: kgateway.dev/kgateway}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {namespace: infra, name: edge}
spec:
  gatewayClassName: class
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
  - {name: https, port: 443, protocol: HTTPS, hostname: "*.example.com", allowedRoutes: {namespaces: {from: Same}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {namespace: infra, name: root}
spec:
  parentRefs: [{name: edge, sectionName: https}]
  hostnames: [shop.example.com]
  rules:
  - matches: [{path: {value: /cart}}]
    backendRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop, name: "*"}]
  - matches: [{path: {value: /pay}}]
    backendRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: pay, name: "*"}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {namespace: infra, name: platform}
spec:
  parentRefs: [{name: edge, sectionName: https}]
  hostnames: ["*.example.com"]
  rules: [{backendRefs: [{name: portal, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {namespace: shop, name: cart}
spec:
  parentRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra, name: root}]
  rules:
  - matches: [{path: {value: /cart}}]
    backendRefs: [{name: cart, port: 80, weight: 90}, {name: cart-next, port: 80, weight: 10}]
  - matches: [{path: {value: /cart/v2}, headers: [{name: x-beta, value: "yes"}]}, {path: {value: /shop}}]
    backendRefs: [{name: cart-v2, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {namespace: shop, name: dead}
spec:
  parentRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra, name: root}]
  rules: [{matches: [{path: {value: /elsewhere}}], backendRefs: [{name: dead, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {namespace: team, name: direct}
spec:
  parentRefs: [{namespace: infra, name: edge, sectionName: https}]
  rules: [{backendRefs: [{name: direct, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {namespace: team, name: lost}
spec:
  parentRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: team, name: gone}]
  rules: [{backendRefs: [{name: lost, port: 80}]}]
`

let dir: string
let cluster: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lanekeeper-tables-'))
  cluster = await write('cluster.yaml', CLUSTER)
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function write(name: string, text: string): Promise<string> {
  const file = join(dir, name)
  await writeFile(file, text)
  return file
}

const HTTPS = 'Gateway infra/edge, listener https (port 443, kgateway)'

describe('explain', () => {
  it.each([
    [
      'a grant, a rival and a hidden host',
      ['GET', 'https://shop.example.com/cart/v2/x', '-H', 'X-Beta: yes'],
      0,
      `GET shop.example.com/cart/v2/x x-beta:yes

${HTTPS}
  served by Service shop/cart-v2
  by HTTPRoute shop/cart spec.rules[1].matches[0]: PathPrefix /cart/v2, header x-beta=yes on host shop.example.com
  granted by infra/root spec.rules[0].matches[0]: PathPrefix /cart
  outranks shop/cart spec.rules[0].matches[0]: PathPrefix /cart, which has the shorter path
  hides infra/platform spec.rules[0].matches[0]: PathPrefix /, which is on the less specific host *.example.com
`,
    ],
    [
      'a grant that nobody serves',
      ['POST', 'shop.example.com:443/pay?a=1'],
      1,
      `POST shop.example.com/pay?a=1

${HTTPS}
  answered 500: it delegates, and no child of it takes the request
  by HTTPRoute infra/root spec.rules[1].matches[0]: PathPrefix /pay on host shop.example.com
  hides infra/platform spec.rules[0].matches[0]: PathPrefix /, which is on the less specific host *.example.com
`,
    ],
    [
      'a path that nobody has on the most specific host',
      ['GET', 'shop.example.com/other'],
      1,
      `GET shop.example.com/other

${HTTPS}
  answered 404: no match of a route on host shop.example.com takes it
  hides infra/platform spec.rules[0].matches[0]: PathPrefix /, which is on the less specific host *.example.com
`,
    ],
    [
      'a listener without routes',
      ['GET', 'http://shop.example.com/cart'],
      1,
      'GET shop.example.com/cart\n  answered 404: no listener without TLS has a route for host shop.example.com\n',
    ],
  ])('says who gets %s', async (_name, request, code, out) => {
    expect(await runCli(['explain', ...request, cluster])).toEqual({ code, out, err: '' })
  })

  it.each([
    [
      'agentgateway',
      'infra/b',
      'infra/a spec.rules[0].matches[0]: regex "/.*", which has a path of type RegularExpression, which ranks after PathPrefix',
    ],
    [
      'kgateway',
      'infra/a',
      'infra/b spec.rules[0].matches[0]: PathPrefix /, which has a path of type PathPrefix, which ranks after RegularExpression',
    ],
  ])('says why in the words of %s', async (gateway, winner, loser) => {
    const route = (name: string, path: string) =>
      `---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {namespace: infra, name: ${name}}\nspec: {parentRefs: [{name: edge}], rules: [{matches: [{path: {${path}}}], backendRefs: [{name: s, port: 80}]}]}\n`
    const [head = ''] = CLUSTER.replace('kgateway.dev/kgateway', `${gateway}.dev/${gateway}`).split(
      '---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute',
    )
    const { out } = await runCli(
      ['explain', 'GET', 'a.test/x', '-'],
      head + route('a', 'type: RegularExpression, value: "/.*"') + route('b', 'value: /'),
    )
    expect(out).toContain(`by HTTPRoute ${winner} `)
    expect(out).toContain(`outranks ${loser}\n`)
  })

  it('prints JSON with every key', async () => {
    const { code, out } = await runCli(['explain', 'GET', 'shop.example.com/cart/x', cluster, '--output', 'json'])
    expect(code).toBe(0)
    const place = { namespace: 'shop', name: 'cart', rule: 0, match: 0 }
    const path = (value: string) => ({ path: { type: 'PathPrefix', value }, method: null, headers: [], queryParams: [] })
    const service = (name: string, weight: number) => ({ group: '', kind: 'Service', namespace: 'shop', name, weight })
    expect(JSON.parse(out)).toEqual({
      apiVersion: 'lanekeeper.dev/v1',
      kind: 'Explanation',
      request: { method: 'GET', host: 'shop.example.com', path: '/cart/x', headers: {}, query: {} },
      results: [
        {
          gateway: { namespace: 'infra', name: 'edge' },
          listeners: ['https'],
          port: 443,
          dialect: 'kgateway',
          host: 'shop.example.com',
          status: 'served',
          winner: {
            ...place,
            effective: path('/cart'),
            outcome: { kind: 'backends', backends: [service('cart', 90), service('cart-next', 10)] },
          },
          through: [{ namespace: 'infra', name: 'root', rule: 0, match: 0, granted: path('/cart') }],
          outranked: [],
          hidden: [
            {
              namespace: 'infra',
              name: 'platform',
              rule: 0,
              match: 0,
              effective: path('/'),
              outcome: { kind: 'backends', backends: [{ group: '', kind: 'Service', namespace: 'infra', name: 'portal', weight: 1 }] },
              host: '*.example.com',
            },
          ],
        },
      ],
    })
  })

  it('serves the example when no path is named', async () => {
    const { code, out } = await runCli(['explain', 'GET', 'api.example.com/payments/cards'])
    expect(code).toBe(0)
    expect(out).toContain('by HTTPRoute payments/payments-routes spec.rules[1].matches[0]: PathPrefix /payments/cards')
  })

  it.each([
    ['nothing', [], 'name a request: a method and a URL'],
    ['half a request', ['GET'], 'name a request: a method and a URL'],
    ['a method in small letters', ['get', 'a.example.com/'], 'the method must be in capitals, as GET, not "get"'],
    ['another scheme', ['GET', 'ftp://a.example.com/'], 'the URL must be like https://api.example.com/path, not "ftp://a.example.com/"'],
    ['a header without a value', ['GET', 'a.example.com/', '-H', 'x-beta'], 'a header must be like name:value, not "x-beta"'],
    ['another output', ['GET', 'a.example.com/', '--output', 'dot'], '--output must be one of text, json, not "dot"'],
  ])('exits 2 for %s', async (_name, args, message) => {
    expect(await runCli(['explain', ...args])).toEqual({
      code: 2,
      out: '',
      err: `lanekeeper: ${message}\nSee: lanekeeper explain --help\n`,
    })
  })
})

describe('tree', () => {
  it('shows every route once it is reached, and the others at the end', async () => {
    expect(await runCli(['tree', cluster])).toEqual({
      code: 0,
      err: '',
      out: `Gateway infra/edge, listener http (port 80, kgateway)
  no route

${HTTPS}
  HTTPRoute infra/platform on *.example.com
    rules[0].matches[0] PathPrefix /: served by Service infra/portal
  HTTPRoute infra/root on shop.example.com
    rules[0].matches[0] PathPrefix /cart: delegates
    rules[1].matches[0] PathPrefix /pay: answered 500: it delegates, and no child of it takes the request
    HTTPRoute shop/cart [LK101]
      rules[0].matches[0] PathPrefix /cart: served by Service shop/cart (weight 90), Service shop/cart-next (weight 10)
      rules[1].matches[0] PathPrefix /cart/v2, header x-beta=yes: served by Service shop/cart-v2
      rules[1].matches[1] PathPrefix /shop: dead

Reached by nobody
  HTTPRoute shop/dead [LK101]
    dead: selected by a parent, and nothing of it is programmed
  HTTPRoute team/direct [LK304 LK403]
    not attached: no listener of its Gateways takes it
  HTTPRoute team/lost [LK202]
    orphan: nobody that is reached selects it
`,
    })
  })

  it('prints JSON that has every route', async () => {
    const { out } = await runCli(['tree', cluster, '--output', 'json'])
    const parsed = JSON.parse(out)
    expect(parsed).toMatchObject({ kind: 'RouteTree', complete: true })
    expect(parsed.entries[1].roots[1].children[0]).toMatchObject({
      namespace: 'shop',
      name: 'cart',
      codes: ['LK101'],
      hosts: ['shop.example.com'],
      matches: [{ state: 'serves' }, { state: 'serves' }, { state: 'dead', outcome: null }],
      children: [],
    })
    const { unreached } = parsed
    expect(unreached.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
      ['dead', 'dead'],
      ['direct', 'not-attached'],
      ['lost', 'orphan'],
    ])
  })

  it('prints a graph for Graphviz', async () => {
    expect((await runCli(['tree', cluster, '--output', 'dot'])).out).toBe(`digraph lanekeeper {
  rankdir=LR
  node [shape=box]
  n0 [label="Gateway infra/edge, listener http (port 80, kgateway)\\l"]
  n1 [label="${HTTPS}\\l"]
  n2 [label="infra/platform\\l*.example.com\\lPathPrefix /\\l"]
  n3 [label="infra/root\\lshop.example.com\\lPathPrefix /cart\\lPathPrefix /pay (500)\\l", color=red]
  n4 [label="shop/cart LK101\\lshop.example.com\\lPathPrefix /cart\\lPathPrefix /cart/v2, header x-beta=yes\\lPathPrefix /shop (dead)\\l", color=red]
  n5 [label="shop/dead LK101\\ldead\\l", color=red]
  n6 [label="team/direct LK304 LK403\\lnot-attached\\l", color=red]
  n7 [label="team/lost LK202\\lorphan\\l", color=red]
  n1 -> n2
  n1 -> n3
  n3 -> n4
}
`)
  })

  it.each([
    ['dot', '\\"]; evil'],
    ['mermaid', '"]; evil'],
  ])('keeps text of manifests inside its string in %s', async (output, escape) => {
    const file = await write('hostile.yaml', CLUSTER.replace('value: "yes"', `value: '"]; evil'`))
    const { out } = await runCli(['tree', file, '--output', output])
    expect(out).toContain('evil')
    expect(out.includes(escape)).toBe(output === 'dot')
  })

  it('keeps escape sequences of manifests away from the terminal', async () => {
    const file = await write('escapes.yaml', CLUSTER.replace('{value: /elsewhere}', '{value: "/cart/\\e[31m"}'))
    for (const output of ['text', 'dot', 'mermaid']) expect((await runCli(['tree', file, '--output', output])).out).not.toContain('\u001b')
  })

  it('colours only what asks for it', async () => {
    expect((await runCli(['tree', cluster], '', { colour: true })).out).toContain('\u001b[33mdead\u001b[39m')
  })
})

describe('diff', () => {
  it('groups the requests that change hands, each group with an example', async () => {
    const after = await write(
      'after.yaml',
      CLUSTER.replace('{path: {value: /cart/v2}', '{path: {type: RegularExpression, value: /cart/.*}'),
    )
    expect(await runCli(['diff', cluster, after])).toEqual({
      code: 1,
      err: '',
      out: `${HTTPS}
  GET shop.example.com/cart/ x-beta:yes
    - served by Service shop/cart (weight 90), Service shop/cart-next (weight 10), by shop/cart spec.rules[0].matches[0]
    + served by Service shop/cart-v2, by shop/cart spec.rules[1].matches[0]
    on shop.example.com, inside PathPrefix /cart and regex "/cart/.*", header x-beta=yes

1 group of requests changes hands
`,
    })
  })

  it('finds nothing where only the order of files, names of rules or labels differ', async () => {
    const [platform = '', ...rest] = CLUSTER.split('---\n')
    const after = await write(
      'reordered.yaml',
      [...rest.reverse(), platform].join('---\n').replace('name: cart}', 'name: cart, labels: {a: b}}'),
    )
    expect(await runCli(['diff', cluster, after])).toEqual({ code: 0, out: 'no request changes hands\n', err: '' })
  })

  it('reads the rest of the cluster from --against, and one side from standard input', async () => {
    const cart = CLUSTER.split('---\n').find((document) => document.includes('name: cart}')) ?? ''
    const file = await write('cart.yaml', cart.replace('name: cart-v2', 'name: cart-v3'))
    const { code, out } = await runCli(['diff', '-', file, '--against', cluster, '--output', 'json'], cart)
    expect(code).toBe(1)
    const parsed = JSON.parse(out)
    expect(parsed).toMatchObject({ kind: 'RequestDiff', complete: true })
    expect(parsed.changes).toHaveLength(1)
    expect(parsed.changes[0]).toMatchObject({
      gateway: { namespace: 'infra', name: 'edge' },
      example: { method: 'GET', host: 'shop.example.com', path: '/cart/v2', headers: { 'x-beta': 'yes' }, query: {} },
      before: { namespace: 'shop', name: 'cart', rule: 1, match: 0, outcome: { kind: 'backends', backends: [{ name: 'cart-v2' }] } },
      after: { outcome: { backends: [{ name: 'cart-v3' }] } },
    })
  })

  it.each([
    ['one side', ['a'], 'name two sets of manifests: the one before and the one after'],
    ['three sides', ['a', 'b', 'c'], 'name two sets of manifests: the one before and the one after'],
    ['standard input twice', ['-', '-'], 'standard input can be read only once'],
  ])('exits 2 for %s', async (_name, args, message) => {
    expect(await runCli(['diff', ...args])).toEqual({ code: 2, out: '', err: `lanekeeper: ${message}\nSee: lanekeeper diff --help\n` })
  })

  it('exits 2 for what can not be read, and compares nothing with it', async () => {
    const nowhere = await runCli(['diff', cluster, join(dir, 'nowhere.yaml')])
    expect(nowhere).toEqual({ code: 2, out: '', err: `lanekeeper: ${join(dir, 'nowhere.yaml')}: does not exist\n` })
  })
})

describe('README', () => {
  it('shows commands about tables that work, with what they print', async () => {
    const text = await readFile(resolve(import.meta.dirname, '../README.md'), 'utf8')
    const shown = [...text.matchAll(/^npx lanekeeper ((?:explain|tree|diff) .*)$/gm)].map((found) => found[1] ?? '')
    expect(shown.length).toBeGreaterThanOrEqual(3)
    for (const command of shown) {
      const { code, err } = await runCli(command.split(' '))
      expect({ command, code, err }).toEqual({ command, code: command.startsWith('diff') ? 1 : 0, err: '' })
    }
    const [explained = ''] = [...text.matchAll(/^```text\n(GET [\s\S]*?)```$/gm)].map((found) => found[1] ?? '')
    expect((await runCli((shown.find((command) => command.startsWith('explain')) ?? '').split(' '))).out).toBe(explained)
  })
})
