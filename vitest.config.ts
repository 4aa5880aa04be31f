import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Those need a control plane: npm run test:cluster.
    exclude: [...configDefaults.exclude, '**/*.cluster.test.ts'],
    testTimeout: 60_000,
    // By default one core is left free, which is half of two.
    maxWorkers: '100%',
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/**/*.test.ts'] },
  },
})
