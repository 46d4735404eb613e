#!/usr/bin/env node
import { runCommand } from '../run-command.ts';
import { startCommand, startOptions } from './options.ts';
import { runStart } from './run-start.ts';

const program = startCommand().name('npm start --');
await runCommand(
  program.action(() => runStart(startOptions(program))),
  process.argv,
);
