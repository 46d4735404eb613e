import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecCommand, ExecResult } from '@fettle/contract';
import { afterEach, expect, test } from 'vitest';
import { FakeProvider } from '../providers/fake-provider.ts';
import type { MachineProvider } from '../providers/machine-provider.ts';
import { askInside } from './ask-inside.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A machine's disk whose specification names this port for pidnap; `null`: no specification is on it. */
function diskWith(pidnap: number | null): string {
  const disk = mkdtempSync(path.join(tmpdir(), 'fettle-inside-'));
  cleanUps.push(() => rmSync(disk, { recursive: true }));
  mkdirSync(path.join(disk, 'fettle'));
  const spec = JSON.stringify({ listenHost: '0.0.0.0', ports: { pidnap } });
  if (pidnap !== null) writeFileSync(path.join(disk, 'fettle', 'machine.json'), spec);
  return disk;
}

async function listening(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  cleanUps.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A provider that runs commands for real, on this disk. */
function runningOn(disk: string): MachineProvider {
  const exec = async (_machineId: string, { command }: ExecCommand): Promise<ExecResult> => {
    const [, ...args] = command;
    const child = spawn(process.execPath, args, { cwd: disk });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode, stdout: '', stderr, timedOut: false };
  };
  return Object.assign(new FakeProvider(), { exec });
}

const ask = (disk: string, timeoutMs = 20_000) =>
  askInside({ provider: runningOn(disk), machineId: 'demo.web-1.1', timeoutMs });

test('pidnap is heard where it listens, on its own path', async () => {
  const port = await listening((request, response) => {
    response.writeHead(request.url === '/healthz' ? 200 : 404).end();
  });
  expect(await ask(diskWith(port))).toEqual({ ok: true, value: { pidnapAnswers: true } });
});

test('a pidnap that takes connections and answers none of them does not answer', async () => {
  const port = await listening(() => undefined);
  expect(await ask(diskWith(port), 200)).toEqual({ ok: true, value: { pidnapAnswers: false } });
});

test('where nothing listens, pidnap does not answer', async () => {
  const port = await listening(() => undefined);
  cleanUps.pop()?.();
  expect(await ask(diskWith(port))).toEqual({ ok: true, value: { pidnapAnswers: false } });
});

test('a machine without a specification says nothing of pidnap', async () => {
  expect(await ask(diskWith(null))).toMatchObject({
    ok: false,
    code: 'PROVIDER_FAILED',
    message: expect.stringContaining('fettle/machine.json') as string,
  });
});
