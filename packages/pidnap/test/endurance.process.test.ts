import { readFileSync, readdirSync, statSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { readProcessTable } from '../src/shell/process-table.ts';
import { shell } from './definitions.ts';
import {
  eventually,
  linesIn,
  pidsWith,
  scratchPath,
  startTestPidnap,
  type TestPidnap,
} from './pidnap-process.ts';

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

it('without a budget 1,000 restarts leave nothing behind in pidnap or on the machine', async () => {
  pidnap = await startTestPidnap({});
  const file = scratchPath('thousand');
  const pid = pidnap.child.pid ?? 0;
  const descriptors = (): number => readdirSync(`/proc/${pid}/fd`).length;
  const zombies = (): number => readProcessTable().filter((row) => row.zombie && row.parent === pid).length;
  // Each run is a tree of two, so that its descendants are looked for each time.
  const script = `echo run >> ${file}; test $PIDNAP_RUN -gt 1000 && exec sleep 1000; : & wait; exit 1`;
  const backoff = { kind: 'constant', initialMs: 0, jitter: 0 } as const;
  const definition = shell(script, { backoff, budget: null, logs: { maxBytes: 65_536, files: 2 } });
  await pidnap.client.add({ name: 'phoenix', definition });
  await eventually(() => linesIn(file).length >= 100);
  const before = { fds: descriptors(), rss: residentKilobytes(pid) };
  const last = await pidnap.client.wait({
    name: 'phoenix',
    until: 'running',
    minRun: 1001,
    timeoutMs: 120_000,
  });
  expect(last.process).toMatchObject({ state: 'running', runs: 1001, restarts: 1000 });
  // The child kept its own count.
  await eventually(() => linesIn(file).length === 1001);
  expect(descriptors()).toBeLessThanOrEqual(before.fds + 2);
  expect(residentKilobytes(pid)).toBeLessThan(before.rss + 30_000);
  expect(zombies()).toBe(0);
  const { instanceId } = await pidnap.client.info();
  expect(pidsWith('PIDNAP_INSTANCE', instanceId)).toEqual([last.process.pid]);
  expect(await pidnap.client.history({ name: 'phoenix', limit: 100 })).toHaveLength(21);
  expect(directorySize(`${pidnap.dir}/state`)).toBeLessThan(2_000_000);
});

function residentKilobytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

function directorySize(dir: string): number {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(`${parentPath}/${name}`).size, 0);
}
