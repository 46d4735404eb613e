import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FAULTS, FAULT_NAMES, isForProject, type FaultName } from '../apps/cli/src/drill/faults.ts';
import type { Provider } from '../apps/cli/src/connection/provider.ts';
import type { DrillResult } from '../apps/cli/src/drill/score.ts';
import { npmRun } from './npm-start.ts';
import { whatIsLeft } from './what-is-left.ts';

/** What `npm run drill -- --json` promises to print for each fault, and nothing more. */
const FIELDS = ['fault', 'slot', 'backend', 'level', 'levelsTried', 'detectMs', 'healMs', 'healed'];

const DRILL_LIMIT_MS = 15 * 60_000;

/**
 * The drill on plain processes, which stand for the machines of a cloud where one is named. What is broken of a whole project
 * is the same for each provider, and is broken on machines of a host only.
 */
export function drillOnProcesses(provider: Provider): void {
  const state = mkdtempSync(path.join(realpathSync(tmpdir()), 'fettle-drill-'));

  afterAll(async () => {
    await npmRun('reset', ['--state', state]);
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  });

  test(
    `on ${provider} machines every fault of theirs heals at its level, and nothing of the drill is left`,
    async () => {
      const faults = FAULT_NAMES.filter((name) => provider === 'local' || !isForProject(FAULTS[name]));
      await expectFaultsToHeal(faults, { backend: 'process', provider, state });
      expect(await whatIsLeft({ state, hostId: 'none', ports: [], backend: 'process' })).toEqual([]);
    },
    DRILL_LIMIT_MS,
  );
}

/** Runs the drill with these faults and expects every one to heal at its level. */
export async function expectFaultsToHeal(
  faults: readonly FaultName[],
  { backend, provider, state }: { backend: 'process' | 'docker'; provider: Provider; state: string },
): Promise<void> {
  const where = ['--json', '--backend', backend, '--provider', provider, '--state', state];
  const { code, stdout, stderr } = await npmRun('drill', [
    ...where,
    ...faults.flatMap((name) => ['--fault', name]),
  ]);
  const lines = stdout.split('\n').filter((line) => line !== '');
  const results = lines.map((line) => JSON.parse(line) as DrillResult);
  const seen = results.map(({ fault, level, healed }) => ({ fault, level, healed }));
  expect(seen, `${stderr}\n${stdout}`).toEqual(
    faults.map((fault) => ({ fault, level: FAULTS[fault].level, healed: true })),
  );
  expect(code).toBe(0);
  for (const result of results) {
    expect(Object.keys(result)).toEqual(FIELDS);
    expect(result.backend).toBe(backend);
    expect(result.healMs).toBeGreaterThanOrEqual(result.detectMs ?? Infinity);
  }
}
