#!/usr/bin/env node
import { defineCommand } from './cli/command-line.ts';
import { run } from './cli/run.ts';

await defineCommand(run).parseAsync();
