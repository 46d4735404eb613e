import { MachineCredentials, MachineSpec } from '@fettle/contract/machine-spec';
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { DiskLayout } from './layout.ts';

/** What the machine is, as its provider wrote it. Throws an error that names the file and the field that is wrong. */
export function readMachineSpec(disk: DiskLayout): MachineSpec {
  return readJsonFile(disk.machineFile, MachineSpec);
}

/** The machine's two tokens. */
export function readCredentials(disk: DiskLayout): MachineCredentials {
  return readJsonFile(disk.credentialsFile, MachineCredentials);
}

/**
 * A JSON file that follows a schema. The values are left out of the error: the file may hold secrets. Such files are
 * small, and reading them at once costs less than the way through Node's thread pool.
 */
export function readJsonFile<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
): v.InferOutput<Schema> {
  const text = readFileSync(path, 'utf8');
  const parsed = v.safeParse(schema, parseJson(text, path));
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map(
    (issue) => `${v.getDotPath(issue) ?? 'the file'}: expected ${issue.expected}`,
  );
  throw new Error(`${path} is not what was expected: ${problems.join('; ')}`);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    throw new Error(`${path} is not JSON`);
  }
}
