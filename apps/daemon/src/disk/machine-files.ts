import { MachineSpec } from '@fettle/contract/machine-spec';
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { DiskLayout } from './layout.ts';

/** What the machine is, as its provider wrote it. Throws an error that names the file and the field that is wrong. */
export function readMachineSpec(disk: DiskLayout): MachineSpec {
  return readJsonFile(disk.machineFile, MachineSpec);
}

/**
 * A JSON file that follows a schema. The values are left out of the error: the file may hold secrets. Such files are
 * small, and reading them at once costs less than the way through Node's thread pool.
 */
export function readJsonFile<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
): v.InferOutput<Schema> {
  return parseJsonText({ text: readFileSync(path, 'utf8'), from: path, schema });
}

/** The same from a text. `from`: where it comes from, for the error. */
export function parseJsonText<Schema extends v.GenericSchema>({
  text,
  from,
  schema,
}: {
  text: string;
  from: string;
  schema: Schema;
}): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, parseJson(text, from));
  if (parsed.success) return parsed.output;
  // Never the message of an issue: it quotes the value.
  const problems = parsed.issues.map(
    (issue) => `${v.getDotPath(issue) ?? 'the whole'}: expected ${issue.expected ?? issue.type}`,
  );
  throw new Error(`${from} is not what was expected: ${problems.join('; ')}`);
}

function parseJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    throw new Error(`${from} is not JSON`);
  }
}
