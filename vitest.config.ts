import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{kernels,models,suites,harness,reports,ci,library,cli}/**/*.test.ts'],
    // A project of its own, which is tested where the package is installed.
    exclude: ['library/try-project/**'],
    globalSetup: './harness/vitest-setup.ts',
    // Two cores: more files at once only wait for each other.
    maxWorkers: 2,
    pool: 'forks',
    // What takes two seconds alone has taken five on a busy machine: a limit is for what hangs.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
