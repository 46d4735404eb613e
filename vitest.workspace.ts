import { configDefaults, type TestProjectInlineConfiguration } from 'vitest/config';
import controlPlaneWorkers from './apps/control-plane/vitest.workers.config.ts';

const exclude = [...configDefaults.exclude, '**/.fettle/**', '**/.alchemy/**'];
const other = ['**/*.process.test.ts', '**/*.workers.test.ts'];

/** Every test project; scripts/test-parts.ts says which run side by side. vitest.config.ts points here. */
const projects: TestProjectInlineConfiguration[] = [
  {
    // Pure and fast: no process, no socket, no clock.
    test: {
      name: 'unit',
      // A guard against tests that never end; random lives take seconds on a busy machine.
      testTimeout: 60_000,
      include: [
        'packages/**/src/**/*.test.ts',
        'apps/**/src/**/*.test.ts',
        'scripts/**/*.test.ts',
        'benchmarks/**/*.test.ts',
        'grafana/**/*.test.ts',
      ],
      exclude: [...exclude, ...other],
      environment: 'node',
    },
  },
  controlPlaneWorkers,
  {
    // Real child processes, sockets and folders. They wait more than they compute: a file of its own on each of two cores.
    test: {
      name: 'process',
      include: ['**/*.process.test.ts'],
      exclude,
      environment: 'node',
      pool: 'forks',
      maxWorkers: 2,
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  },
  {
    // workerd itself, started by the test, with storage on disk: what the plugin of `workers` cannot show.
    test: {
      name: 'workerd',
      include: ['apps/control-plane/test/raw/**/*.test.ts', 'packages/simulation/test/**/*.test.ts'],
      exclude,
      environment: 'node',
      pool: 'forks',
      maxWorkers: 2,
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  },
  {
    // The whole system: control plane, host-agent, machines. Each file has fleets of its own; two at a time.
    test: {
      name: 'e2e',
      // Tests that run at once only wait: for machines of one fleet, each for its own.
      maxConcurrency: 50,
      include: ['e2e/**/*.test.ts'],
      exclude,
      environment: 'node',
      pool: 'forks',
      maxWorkers: 2,
      testTimeout: 300_000,
      hookTimeout: 300_000,
    },
  },
];

export default projects;
