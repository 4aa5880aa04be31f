import { expect, it } from 'vitest'
import { exact, prefix, regex, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'an encoded letter',
    scene: { child: { matches: [prefix('/shop/%63art')] } },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '"%63" in a path is compared as text here, but read as a plain character by other proxies and by applications. Write the path without it.',
        value: '/shop/%63art',
      },
    ],
  },
  {
    name: 'an encoded dot',
    scene: { child: { matches: [prefix('/shop/%2e%2e/x')] } },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '"%2e" in a path is compared as text here, but read as a plain character by other proxies and by applications. Write the path without it.',
        value: '/shop/%2e%2e/x',
      },
    ],
  },
  {
    name: 'a tilde',
    scene: { child: { matches: [prefix('/shop/%7Ex')] } },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '"%7E" in a path is compared as text here, but read as a plain character by other proxies and by applications. Write the path without it.',
        value: '/shop/%7Ex',
      },
    ],
  },
  {
    name: 'a parameter',
    scene: { child: { matches: [exact('/shop/cart;v=1')] } },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '";" in a path is compared as text here, but read as a parameter by other proxies and by applications. Write the path without it.',
        value: '/shop/cart;v=1',
      },
    ],
  },
  { name: 'an encoded reserved character', scene: { child: { matches: [prefix('/shop/%3Acart')] } }, want: [] },
  { name: 'an encoded byte beyond ASCII', scene: { child: { matches: [prefix('/shop/caf%C3%A9')] } }, want: [] },
  {
    name: 'agentgateway',
    scene: { dialect: 'agentgateway', child: { matches: [regex('/shop/%61.*')] } },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          '"%61" in a path is compared as text here, but read as a plain character by other proxies and by applications. Write the path without it.',
        value: '/shop/%61.*',
      },
    ],
  },
])('LK113: $name', ({ scene, want }) => {
  expect(seen('LK113', scene)).toEqual(want)
})
