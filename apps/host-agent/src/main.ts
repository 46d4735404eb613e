#!/usr/bin/env node
import { HELP, parseCommand } from './options.ts';
import { resetHost } from './reset.ts';
import { serve } from './serve.ts';

// Whoever reads our output may have been killed: parking the machines must not fail for that.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

const command = parseCommand(process.argv.slice(2));

switch (command.name) {
  case 'help':
    process.stdout.write(HELP);
    break;
  case 'wrong':
    process.stderr.write(`host-agent: ${command.message}\n\n${HELP}`);
    process.exitCode = 2;
    break;
  case 'reset':
    await report(() => resetHost(command.options, log));
    break;
  case 'serve':
    await report(async () => {
      const serving = await serve(command.options, log);
      let stopping = false;
      const stop = (why: string) => {
        if (stopping) return;
        stopping = true;
        log(`${why}: parking all machines`);
        void report(serving.park).finally(() => process.exit());
      };
      process.on('SIGTERM', () => stop('SIGTERM'));
      process.on('SIGINT', () => stop('SIGINT'));
      if (command.options.exitWithStdin) {
        process.stdin.on('end', () => stop('stdin closed'));
        process.stdin.on('error', () => stop('stdin broke'));
        process.stdin.resume();
      }
      process.stdout.write(`${JSON.stringify({ ready: true, ...serving.ready })}\n`);
    });
    break;
  default:
    command satisfies never;
}

async function report(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.exitCode = 1;
    log(
      error instanceof Error
        ? process.env['DEBUG'] === undefined
          ? error.message
          : (error.stack ?? error.message)
        : String(error),
    );
  }
}

function log(message: string): void {
  process.stderr.write(`host-agent: ${message}\n`);
}
