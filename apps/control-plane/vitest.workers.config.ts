import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { ACCESS_AUDIENCE } from './test/access-server.ts';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import { TEST_KEYS } from './test/credentials.ts';

/**
 * Tests that run inside workerd, against the objects of src/worker.ts. Bindings as in alchemy.run.ts.
 * The plugin keeps object storage in a temporary folder on disk (in memory, workerd would crash when an alarm runs).
 * The host is a real HTTP server over simulated machines, in the process of vitest.
 */
const project: TestProjectInlineConfiguration = {
  root: import.meta.dirname,
  plugins: [
    cloudflareTest(({ inject }) => ({
      main: './src/worker.ts',
      miniflare: {
        compatibilityDate: '2026-07-01',
        compatibilityFlags: ['nodejs_compat'],
        durableObjects: {
          MACHINES: { className: 'LocalDockerMachine', useSQLite: true },
          DAYTONA_MACHINES: { className: 'DaytonaMachine', useSQLite: true },
          FLY_MACHINES: { className: 'FlyMachine', useSQLite: true },
          PROJECTS: { className: 'Project', useSQLite: true },
          DIRECTORY: { className: 'Directory', useSQLite: true },
          OPERATORS: { className: 'Operators', useSQLite: true },
        },
        r2Buckets: ['EVIDENCE', 'AUDIT'],
        // Throws away what is written: tests that want to see it give the worker a binding of their own.
        analyticsEngineDatasets: { METRICS: { dataset: 'machine_metrics' } },
        bindings: {
          ...TEST_KEYS,
          FETTLE_ACCESS_TEAM: inject('accessTeam'),
          FETTLE_ACCESS_AUDIENCE: ACCESS_AUDIENCE,
          FETTLE_HOST_TOKEN: 'test-host-token',
          FETTLE_HOST_URL: inject('hostUrl'),
        },
      },
    })),
  ],
  test: {
    name: 'workers',
    include: ['src/**/*.workers.test.ts'],
    globalSetup: ['./test/fake-host/global-setup.ts'],
    testTimeout: 30_000,
  },
};

export default project;
