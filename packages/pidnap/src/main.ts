#!/usr/bin/env node
import { createProgram } from './cli/program.ts';

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    console.error(`pidnap: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  });
