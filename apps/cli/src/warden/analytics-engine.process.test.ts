import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { waitUntil } from '../../test/wait-until.ts';
import { fleetFolder } from '../connection/fleet-state.ts';
import { sqlUrl } from './analytics-engine.ts';
import { openBoundedLog } from './bounded-log.ts';
import { analyticsEnginePart } from './fleet-parts.ts';
import { PartFailedToStart, startPart, startPartAside } from './part.ts';
import { findFreePort } from './ports.ts';
import { prepareState } from './prepare-state.ts';

async function definition() {
  const folder = fleetFolder(temporaryFolder());
  mkdirSync(folder.logs, { recursive: true });
  const log = openBoundedLog(path.join(folder.logs, 'analytics-engine.log'));
  onTestFinished(() => log.close());
  const state = await prepareState(folder, {
    state: folder.root,
    port: await findFreePort(),
    backend: 'process',
    provider: null,
    project: 'demo',
    metrics: { everyMs: 5000 },
  });
  const troubles: string[] = [];
  const runLog = { set: async () => undefined, clear: async () => undefined };
  const onTrouble = (message: string) => void troubles.push(message);
  return { part: analyticsEnginePart({ folder, state, log, runLog, onTrouble }), state, troubles };
}

/** Makes a package unknown to a process and to those below it. */
function without(name: string): string {
  const hooks = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(specifier, context, next) {
      if (specifier === '${name}') throw new Error('it is not installed');
      return next(specifier, context);
    } });`;
  return `--import=data:text/javascript,${encodeURIComponent(hooks)}`;
}

test('the engine answers SQL to whoever has its token, and ends well', async () => {
  const { part, state } = await definition();
  const running = await startPart(part);
  const ask = async (token: string) =>
    (
      await fetch(sqlUrl(state), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: 'SELECT 1 AS one',
      })
    ).status;
  expect(await ask(state.analyticsToken)).toBe(200);
  expect(await ask('another')).toBeGreaterThanOrEqual(400);
  expect(await part.probe()).toBe('ok');
  expect(await running.stop()).toBe(true);
});

test('where there is no ClickHouse it says so once, with the consequence, and is not tried again', async () => {
  const { part, troubles } = await definition();
  const running = startPartAside({ ...part, env: { ...part.env, NODE_OPTIONS: without('chdb') } });
  expect(await running.firstStart).toBe(false);
  await waitUntil('the word about it', () => troubles.length > 0);
  expect(troubles[0]).toContain('ClickHouse (package chdb) is not there');
  expect(troubles[0]).toContain('it is not installed; what machines measure is not kept');
  expect(await running.stop()).toBe(false);
});

test.each([
  [{ exitCode: 3, signalCode: null }, true],
  [{ exitCode: null, signalCode: 'SIGILL' }, true],
  [{ exitCode: 4, signalCode: null }, false],
  [{ exitCode: 7, signalCode: null }, false],
  [{ exitCode: null, signalCode: 'SIGKILL' }, false],
] as const)('%j is hopeless: %s', async (end, isHopeless) => {
  const { part } = await definition();
  expect(part.isHopeless?.(new PartFailedToStart('the engine', end, []))).toBe(isHopeless);
});
