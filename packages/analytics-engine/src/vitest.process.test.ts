import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestEngine, TOKEN, type TestEngine } from '../test/test-engine.ts';

const VITEST = path.join(
  path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);

let engine: TestEngine;

beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.close());

it('tests that the vitest plugin runs in workerd write to the engine', async () => {
  const child = spawn(process.execPath, [VITEST, 'run'], {
    cwd: path.join(import.meta.dirname, '../test/vitest-project'),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ENGINE_URL: engine.url, ENGINE_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(Buffer.concat(output).toString());
  await expect.poll(async () => (await engine.ask('SELECT count() AS n FROM from_vitest')).status).toBe(200);
  expect(await engine.rows('SELECT count() AS n FROM from_vitest')).toEqual([{ n: '1' }]);
});
