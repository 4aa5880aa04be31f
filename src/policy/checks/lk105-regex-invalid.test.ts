import { expect, it } from 'vitest'
import { grpcRouteObject, prefix, regex, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'look-ahead in a path',
    scene: { child: { matches: [regex('/shop/(?!admin).*')] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '"/shop/(?!admin).*" is no RE2 expression: invalid or unsupported Perl syntax: `(?!`. Gateways run RE2: no look-around, no back-references, repeats up to 1000.',
        value: '/shop/(?!admin).*',
      },
    ],
  },
  {
    name: 'the path that a gateway makes of a GRPCRoute',
    scene: { judged: grpcRouteObject({ rules: [{ matches: [{ method: { type: 'RegularExpression', service: 'Bank(' } }] }] }) },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].method',
        message:
          '"/Bank(/.+" is no RE2 expression: missing closing ): `/Bank(/.+`. Gateways run RE2: no look-around, no back-references, repeats up to 1000.',
        value: '/Bank(/.+',
      },
    ],
  },
  {
    name: 'a header of a GRPCRoute',
    scene: {
      judged: grpcRouteObject({ rules: [{ matches: [{ headers: [{ name: 'x-env', type: 'RegularExpression', value: '(' }] }] }] }),
    },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].headers[0].value',
        message:
          '"(" is no RE2 expression: missing closing ): `(`. Gateways run RE2: no look-around, no back-references, repeats up to 1000.',
        value: '(',
      },
    ],
  },
  { name: 'the same text as a prefix is no expression', scene: { child: { matches: [prefix('/shop/(admin)')] } }, want: [] },
  {
    name: 'a back-reference in a header',
    scene: { child: { matches: [prefix('/shop/cart', { headers: [{ name: 'X-Env', type: 'RegularExpression', value: '(a)\\1' }] })] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].headers[0].value',
        message:
          '"(a)\\\\1" is no RE2 expression: invalid escape sequence: `\\1`. Gateways run RE2: no look-around, no back-references, repeats up to 1000.',
        value: '(a)\\1',
      },
    ],
  },
  {
    name: 'a query parameter',
    scene: {
      child: {
        matches: [
          prefix('/shop/cart', {
            queryParams: [
              { name: 'a', value: '(' },
              { name: 'b', type: 'RegularExpression', value: '(' },
            ],
          }),
        ],
      },
    },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].queryParams[1].value',
        message:
          '"(" is no RE2 expression: missing closing ): `(`. Gateways run RE2: no look-around, no back-references, repeats up to 1000.',
        value: '(',
      },
    ],
  },
  {
    name: '1001 repeats',
    scene: { child: { matches: [regex('/shop/a{1001}')] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '"/shop/a{1001}" is no RE2 expression: invalid repeat count: `{1001}`. Gateways run RE2: no look-around, no back-references, repeats up to 1000.',
        value: '/shop/a{1001}',
      },
    ],
  },
  {
    name: 'larger than 100 instructions',
    scene: { child: { matches: [regex('/shop/[a-z]{100}')] } },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '"/shop/[a-z]{100}" compiles to 108 RE2 instructions, more than the 100 the policy allows; the proxy may refuse it. Split it into several matches.',
        value: '/shop/[a-z]{100}',
      },
    ],
  },
  {
    name: 'larger, and the policy allows it',
    scene: { policies: [{ limits: { regexProgram: 200 } }], child: { matches: [regex('/shop/[a-z]{100}')] } },
    want: [],
  },
  { name: 'small and RE2', scene: { child: { matches: [regex('/shop/[a-z]+')] } }, want: [] },
  {
    name: 'gloo',
    scene: { dialect: 'gloo', child: { matches: [regex('/shop/(?=x)')] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '"/shop/(?=x)" is no RE2 expression: invalid or unsupported Perl syntax: `(?=`. Gateways run RE2: no look-around, no back-references, repeats up to 1000.',
        value: '/shop/(?=x)',
      },
    ],
  },
  {
    name: 'agentgateway',
    scene: { dialect: 'agentgateway', child: { matches: [regex('/shop/(?=x)')] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '"/shop/(?=x)" is no RE2 expression: invalid or unsupported Perl syntax: `(?=`. Gateways run RE2: no look-around, no back-references, repeats up to 1000.',
        value: '/shop/(?=x)',
      },
    ],
  },
  {
    name: 'no steps left to look into it',
    scene: { steps: 1, parent: false, child: { matches: [regex('/shop/[a-z]+')] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '"/shop/[a-z]+" cannot be examined: too much to decide together with the rest of the object. Write a shorter expression, or split the route.',
        value: '/shop/[a-z]+',
      },
    ],
  },
  {
    name: 'no parent at all',
    scene: { parent: false, child: { matches: [regex('/shop/(?=x)')] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '"/shop/(?=x)" is no RE2 expression: invalid or unsupported Perl syntax: `(?=`. Gateways run RE2: no look-around, no back-references, repeats up to 1000.',
        value: '/shop/(?=x)',
      },
    ],
  },
])('LK105: $name', ({ scene, want }) => {
  expect(seen('LK105', scene)).toEqual(want)
})
