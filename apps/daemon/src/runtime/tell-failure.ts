import { redact } from '@fettle/core/redaction';
import { inspect } from 'node:util';
import { VersionChangeError } from '../versions/version-change-error.ts';
import { print } from './print.ts';

/** Prints a failure for people on stderr and for programs as the last line of stdout; returns the exit code. */
export async function tellFailure(error: unknown): Promise<number> {
  if (!(error instanceof VersionChangeError)) throw error;
  // The whole of a defect is printed, with its causes: those may hold the arguments of a program.
  console.error(error.code === 'INTERNAL' ? redact(inspect(error)) : error.message);
  await print(JSON.stringify(error.toResult()));
  return error.exitCode;
}
