import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FAULTS, FAULT_NAMES } from '../apps/cli/src/drill/faults.ts';
import type { Provider } from '../apps/cli/src/connection/provider.ts';
import type { DrillResult } from '../apps/cli/src/drill/score.ts';
import { npmRun } from './npm-start.ts';
import { whatIsLeft } from './what-is-left.ts';

/** What `npm run drill -- --json` promises to print for each fault, and nothing more. */
const FIELDS = ['fault', 'slot', 'backend', 'level', 'levelsTried', 'detectMs', 'healMs', 'healed'];

const DRILL_LIMIT_MS = 15 * 60_000;

/** The whole drill on plain processes, which stand for the machines of a cloud where one is named. */
export function drillOnProcesses(provider: Provider): void {
  const state = mkdtempSync(path.join(realpathSync(tmpdir()), 'fettle-drill-'));

  afterAll(async () => {
    await npmRun('reset', ['--state', state]);
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  });

  test(
    `on ${provider} machines every fault heals at its level, and nothing of the drill is left`,
    async () => {
      await expectEveryFaultToHeal('process', state, provider);
      expect(await whatIsLeft({ state, hostId: 'none', ports: [], backend: 'process' })).toEqual([]);
    },
    DRILL_LIMIT_MS,
  );
}

/** Runs the whole drill on a backend and expects every fault to heal at its level. */
export async function expectEveryFaultToHeal(
  backend: 'process' | 'docker',
  state: string,
  provider: Provider = 'local',
): Promise<void> {
  const order = ['--json', '--backend', backend, '--provider', provider, '--state', state];
  const { code, stdout, stderr } = await npmRun('drill', order);
  const lines = stdout.split('\n').filter((line) => line !== '');
  const results = lines.map((line) => JSON.parse(line) as DrillResult);
  const seen = results.map(({ fault, level, healed }) => ({ fault, level, healed }));
  expect(seen, `${stderr}\n${stdout}`).toEqual(
    FAULT_NAMES.map((fault) => ({ fault, level: FAULTS[fault].level, healed: true })),
  );
  expect(code).toBe(0);
  for (const result of results) {
    expect(Object.keys(result)).toEqual(FIELDS);
    expect(result.backend).toBe(backend);
    expect(result.healMs).toBeGreaterThanOrEqual(result.detectMs ?? Infinity);
  }
}
