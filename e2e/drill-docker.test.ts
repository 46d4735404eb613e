import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, test } from 'vitest';
import { FAULT_NAMES } from '../apps/cli/src/drill/faults.ts';
import { expectFaultsToHeal } from './drill.ts';
import { npmRun } from './npm-start.ts';

const DRILL_LIMIT_MS = 15 * 60_000;
const state = mkdtempSync(path.join(realpathSync(tmpdir()), 'fettle-drill-'));
const hasDocker = process.env.FETTLE_DOCKER === '1';
if (!hasDocker) console.warn('!! the drill with containers is not tested: FETTLE_DOCKER is not 1 !!');

afterAll(async () => {
  await npmRun('reset', ['--state', state]);
  rmSync(state, { recursive: true, force: true, maxRetries: 5 });
});

test.skipIf(!hasDocker)(
  'on containers every fault heals at its level',
  () => expectFaultsToHeal(FAULT_NAMES, { backend: 'docker', provider: 'local', state }),
  DRILL_LIMIT_MS,
);
