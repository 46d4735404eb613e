import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { expectEveryFaultToHeal } from './drill.ts';
import { npmRun } from './npm-start.ts';
import { whatIsLeft } from './what-is-left.ts';

const DRILL_LIMIT_MS = 15 * 60_000;
const state = mkdtempSync(path.join(realpathSync(tmpdir()), 'fettle-drill-'));

afterAll(async () => {
  await npmRun('reset', ['--state', state]);
  rmSync(state, { recursive: true, force: true, maxRetries: 5 });
});

test(
  'on plain processes every fault heals at its level, and nothing of the drill is left',
  async () => {
    await expectEveryFaultToHeal('process', state);
    expect(await whatIsLeft({ state, hostId: 'none', ports: [], backend: 'process' })).toEqual([]);
  },
  DRILL_LIMIT_MS,
);
