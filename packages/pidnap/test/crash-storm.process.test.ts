import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { eventually, startTestPidnap, type TestPidnap } from './pidnap-process.ts';
import { expectRuns, killPidnap, up, witness } from './witness.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

const get = (name: string) => pidnap.client.get({ name });

/** Starts a pidnap on the same directory and kills it a moment later, however far it has come. */
async function startAndKill(afterMs: number): Promise<void> {
  const args = [MAIN, 'run', '--config', pidnap.configFile];
  const child = spawn(process.execPath, args, { stdio: 'ignore', detached: true });
  const ended = once(child, 'exit');
  await delay(afterMs);
  child.kill('SIGKILL');
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
}

it('killed at any moment, again and again, pidnap never runs two copies, repeats no run number, runs no task twice, and keeps what runs', async () => {
  const [steady, gate] = [witness('steady'), witness('gate')];
  const [flappy, task] = [witness('flappy'), witness('task')];
  pidnap = await startTestPidnap({
    steady: steady.definition('sleep 1000 & exec sleep 1000'),
    // Ends all the time and leaves a child behind, which has to be gone before the next run.
    flappy: flappy.definition('sleep 1000 & sleep 0.1; exit 1'),
    task: task.definition('sleep 0.3', { restart: 'never' }),
    gate: gate.definition('exec sleep 1000', { dependsOn: [{ process: 'steady' }] }),
  });
  const before = [await up(pidnap, 'steady', steady), await up(pidnap, 'gate', gate)];
  await eventually(() => task.starts().length > 0);
  for (let round = 0; round < 6; round++) {
    await delay(Math.random() * 300);
    await killPidnap(pidnap);
    // The next ones do not get far: killed while they read, look, adopt, end and start.
    await startAndKill(Math.random() * 800);
    await startAndKill(Math.random() * 800);
    await pidnap.startAgain();
    const after = [await get('steady'), await get('gate')];
    expect(after).toMatchObject(before.map(({ pid }) => ({ state: 'running', pid, runs: 1 })));
  }
  await expectRuns({ steady: [steady, [1]], gate: [gate, [1]], task: [task, [1]] });
  const runs = flappy.starts();
  expect(runs.length).toBeGreaterThan(6);
  expect(runs).toEqual([...new Set(runs)].toSorted((a, b) => a - b));
  expect(flappy.copies()).toEqual([]);
  expect(['completed', 'failed']).toContain((await get('task')).state);
}, 180_000);
