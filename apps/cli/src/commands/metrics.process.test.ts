import { MetricsQueryName, type MetricsTable } from '@fettle/contract/metrics-query';
import { expect, test } from 'vitest';
import { cpuByMachine, T0_SECONDS } from '../../test/builders.ts';
import { serveMetrics } from '../../test/contract-server.ts';
import { fettleAt } from '../../test/run-fettle.ts';
import { EXIT } from '../failure.ts';

const CHANGES: MetricsTable = {
  columns: [
    { name: 'time', unit: 'time' },
    { name: 'process', unit: 'text' },
    { name: 'state', unit: 'text' },
    { name: 'durationMs', unit: 'ms' },
    { name: 'exitCode', unit: 'count' },
  ],
  rows: [{ time: T0_SECONDS, process: 'web', state: 'backing-off', durationMs: 4120, exitCode: null }],
  sql: 'SELECT double1 FROM machine_metrics',
};

const fettle = (url: string, ...args: string[]) => fettleAt(url, 'metrics', ...args);

test('a question over time is asked as the options say, and drawn', async () => {
  const { url, asked } = await serveMetrics(() => cpuByMachine({ 'demo.web-1.7': [10, 40] }));
  const options = ['--last', '6h', '--step', '5m', '--machine', 'web-1', '--limit', '50'];
  const { exitCode, stdout } = await fettle(url, 'cpu-by-machine', ...options);
  expect(asked).toEqual([
    {
      name: 'cpu-by-machine',
      project: 'demo',
      machineId: 'demo.web-1.7',
      lastMs: 6 * 3_600_000,
      stepMs: 300_000,
      limit: 50,
    },
  ]);
  expect(stdout).toContain('demo.web-1.7  cpu percent: newest 40.0 %, least 10.0 %, most 40.0 %');
  expect(stdout).toContain('   40.0 % ┤    ████');
  expect(exitCode).toBe(EXIT.ok);
});

test('a list of events is a table with units', async () => {
  const { url, asked } = await serveMetrics(() => CHANGES);
  const { stdout } = await fettle(url, 'process-changes');
  expect(asked).toEqual([{ name: 'process-changes', project: 'demo' }]);
  expect(stdout).toMatch(/^TIME \(UTC\) +PROCESS +STATE +DURATION +EXIT CODE$/m);
  expect(stdout).toMatch(/^2026-01-05 09:00:00 +web +backing-off +4\.1 s +-$/m);
});

test('programs get the answer as it is, and the SQL alone where they ask for it', async () => {
  const { url } = await serveMetrics(() => CHANGES);
  expect(JSON.parse((await fettle(url, 'process-changes', '--json')).stdout)).toEqual(CHANGES);
  expect((await fettle(url, 'process-changes', '--sql')).stdout).toBe('SELECT double1 FROM machine_metrics');
  expect(JSON.parse((await fettle(url, 'process-changes', '--sql', '--json')).stdout)).toEqual(CHANGES);
});

test('an answer without rows says what there is none of', async () => {
  const { url } = await serveMetrics(() => ({ ...CHANGES, rows: [] }));
  const { exitCode, stdout } = await fettle(url, 'process-changes');
  expect(stdout).toBe('What processes went through: none in that time');
  expect(exitCode).toBe(EXIT.ok);
});

test('without a question it shows the fleet, and which questions there are', async () => {
  const { url, asked } = await serveMetrics(() => cpuByMachine({ 'demo.web-1.7': [10, 100] }));
  const { stdout } = await fettle(url);
  expect(asked).toMatchObject([{ name: 'machine-history', lastMs: 1_800_000 }]);
  expect(stdout).toMatch(/^demo\.web-1\.7 +100\.0 % +▁█/m);
  for (const name of MetricsQueryName.options) expect(stdout).toMatch(new RegExp(`^ +${name}  `, 'm'));
});

test('a question that there is not names those that there are', async () => {
  const { exitCode, stderr } = await fettle('http://127.0.0.1:9', 'nope');
  for (const name of MetricsQueryName.options) expect(stderr).toContain(name);
  expect(exitCode).toBe(EXIT.usage);
});

test('a time that cannot be understood says which can', async () => {
  const { exitCode, stderr } = await fettle('http://127.0.0.1:9', 'latest', '--last', 'yesterday');
  expect(stderr).toContain('such as 30s, 15m, 6h or 7d');
  expect(exitCode).toBe(EXIT.usage);
});

test('where nobody keeps metrics it says why, and where to look', async () => {
  const { url } = await serveMetrics((_, errors) => {
    throw errors.METRICS_UNAVAILABLE({ message: 'no analytics is set up', data: { retryable: false } });
  });
  const { exitCode, stderr } = await fettle(url, 'latest');
  expect(stderr).toContain('METRICS_UNAVAILABLE: no analytics is set up');
  expect(stderr).toContain('logs/analytics-engine.log');
  expect(exitCode).toBe(EXIT.failed);
});
