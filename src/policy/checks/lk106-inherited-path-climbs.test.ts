import { expect, it } from 'vitest'
import { INHERIT, regex, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'two dots',
    scene: { child: { matches: [regex('/../payments/.*')], annotations: INHERIT.kgateway } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/../payments/.*" holds ".", ".." or "//" as a path element, and the gateway resolves those when it joins the path with the parent\'s: the match leaves the lane or loses a part, and takes GET /payments/. Write the path out (in a regex "[^/]+" for any one element).',
        value: '/../payments/.*',
        witness: { method: 'GET', host: 'example.com', path: '/payments/', headers: {}, query: {} },
      },
    ],
  },
  {
    name: 'one dot',
    scene: { child: { matches: [regex('/./x')], annotations: INHERIT.kgateway } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/./x" holds ".", ".." or "//" as a path element, and the gateway resolves those when it joins the path with the parent\'s: the match leaves the lane or loses a part. Write the path out (in a regex "[^/]+" for any one element).',
        value: '/./x',
      },
    ],
  },
  {
    name: 'two slashes',
    scene: { child: { matches: [regex('/a//b')], annotations: INHERIT.kgateway } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/a//b" holds ".", ".." or "//" as a path element, and the gateway resolves those when it joins the path with the parent\'s: the match leaves the lane or loses a part. Write the path out (in a regex "[^/]+" for any one element).',
        value: '/a//b',
      },
    ],
  },
  {
    name: 'no leading slash',
    scene: { child: { matches: [regex('../payments/.*')], annotations: INHERIT.kgateway } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "../payments/.*" holds ".", ".." or "//" as a path element, and the gateway resolves those when it joins the path with the parent\'s: the match leaves the lane or loses a part, and takes GET /payments/. Write the path out (in a regex "[^/]+" for any one element).',
        value: '../payments/.*',
        witness: { method: 'GET', host: 'example.com', path: '/payments/', headers: {}, query: {} },
      },
    ],
  },
  { name: 'dots inside an element', scene: { child: { matches: [regex('/v1..2/.*')], annotations: INHERIT.kgateway } }, want: [] },
  { name: 'it does not inherit', scene: { child: { matches: [regex('/shop/../x')] } }, want: [] },
  {
    name: 'it inherits with a value that is not read',
    scene: { child: { matches: [regex('/../x')], annotations: { 'delegation.kgateway.dev/inherit-parent-matcher': '1' } } },
    want: [],
  },
  { name: 'with the key of another dialect', scene: { child: { matches: [regex('/../x')], annotations: INHERIT.gloo } }, want: [] },
  {
    name: 'gloo',
    scene: { dialect: 'gloo', child: { matches: [regex('/../x')], annotations: INHERIT.gloo } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/../x" holds ".", ".." or "//" as a path element, and the gateway resolves those when it joins the path with the parent\'s: the match leaves the lane or loses a part, and takes GET /x. Write the path out (in a regex "[^/]+" for any one element).',
        value: '/../x',
        witness: { method: 'GET', host: 'example.com', path: '/x', headers: {}, query: {} },
      },
    ],
  },
  {
    name: 'agentgateway joins nothing',
    scene: { dialect: 'agentgateway', child: { matches: [regex('/../x')], annotations: INHERIT.kgateway } },
    want: [],
  },
  {
    name: 'no parent yet',
    scene: { parent: false, child: { matches: [regex('/../x')], annotations: INHERIT.kgateway } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/../x" holds ".", ".." or "//" as a path element, and the gateway resolves those when it joins the path with the parent\'s: the match leaves the lane or loses a part. Write the path out (in a regex "[^/]+" for any one element).',
        value: '/../x',
      },
    ],
  },
  {
    name: 'a root is joined with nothing',
    scene: { child: { matches: [regex('/../x')], annotations: INHERIT.kgateway, parentRefs: [{ name: 'gateway', namespace: 'infra' }] } },
    want: [],
  },
])('LK106: $name', ({ scene, want }) => {
  expect(seen('LK106', scene)).toEqual(want)
})
