#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { defineCommand, type CommandLine, type ProviderName } from './command-line.ts';
import { openDaytonaServer } from './daytona/open-daytona-server.ts';
import { openFlyServer } from './fly/open-fly-server.ts';
import { keyOfState } from './state/key-of-state.ts';

// Whoever reads our output may have been killed: the end must not fail for that.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

const OPEN = { daytona: openDaytonaServer, fly: openFlyServer };

await defineCommand(run).parseAsync();

async function run(provider: ProviderName, line: CommandLine): Promise<void> {
  try {
    const given = line.keyFile === undefined ? null : await secretIn(line.keyFile);
    const key = given ?? keyOfState(line.state);
    const server = await OPEN[provider]({
      state: line.state,
      port: line.port,
      hostUrl: line.hostUrl,
      hostToken: await secretIn(line.hostTokenFile),
      key,
      log,
      ...(line.regions === undefined ? {} : { regions: line.regions }),
      ...(line.listDelay === undefined ? {} : { listDelayMs: line.listDelay }),
      ...(line.app === undefined ? {} : { app: line.app }),
    });
    const end = () => void server.close().finally(() => process.exit());
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
    if (line.exitWithStdin) {
      process.stdin.on('end', end);
      process.stdin.on('error', end);
      process.stdin.resume();
    }
    const { url, port } = server;
    const told = { ready: true, provider, url, port, pid: process.pid, ...(given === null ? { key } : {}) };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

async function secretIn(file: string): Promise<string> {
  const secret = (await readFile(file, 'utf8')).trim();
  if (secret.length < 16) throw new Error(`${file} holds no secret of at least 16 characters`);
  return secret;
}

function log(message: string): void {
  process.stderr.write(`provider-server: ${message}\n`);
}
