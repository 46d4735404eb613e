import { expect } from 'vitest';
import { FAULTS, FAULT_NAMES } from '../apps/cli/src/drill/faults.ts';
import type { DrillResult } from '../apps/cli/src/drill/score.ts';
import { npmRun } from './npm-start.ts';

/** What `npm run drill -- --json` promises to print for each fault, and nothing more. */
const FIELDS = ['fault', 'slot', 'backend', 'level', 'levelsTried', 'detectMs', 'healMs', 'healed'];

/** Runs the whole drill on a backend and expects every fault to heal at its level. */
export async function expectEveryFaultToHeal(backend: 'process' | 'docker', state: string): Promise<void> {
  const { code, stdout, stderr } = await npmRun('drill', ['--json', '--backend', backend, '--state', state]);
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
