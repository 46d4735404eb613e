import { cloudflareTest } from '@cloudflare/vitest-plugin';
import type { TestProjectInlineConfiguration } from 'vitest/config';

/**
 * Tests that run inside workerd, against the objects of src/worker.ts. Bindings as in alchemy.run.ts.
 * The plugin keeps object storage in a temporary folder on disk (in memory, workerd would crash when an alarm runs).
 */
const project: TestProjectInlineConfiguration = {
  root: import.meta.dirname,
  plugins: [
    cloudflareTest({
      main: './src/worker.ts',
      miniflare: {
        compatibilityDate: '2026-07-01',
        compatibilityFlags: ['nodejs_compat'],
        durableObjects: {
          MACHINES: { className: 'LocalDockerMachine', useSQLite: true },
          PROJECTS: { className: 'Project', useSQLite: true },
          DIRECTORY: { className: 'Directory', useSQLite: true },
        },
        bindings: {
          FETTLE_MACHINE_KEY: 'test-machine-key-0123456789abcdef',
          FETTLE_OPERATOR_TOKEN: 'test-operator-token',
          FETTLE_HOST_TOKEN: 'test-host-token',
          FETTLE_HOST_URL: 'http://127.0.0.1:9', // refuses: a test that needs a host starts one and says so
        },
      },
    }),
  ],
  test: {
    name: 'workers',
    include: ['src/**/*.workers.test.ts'],
    testTimeout: 20_000,
  },
};

export default project;
