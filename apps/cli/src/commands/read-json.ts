import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import * as v from 'valibot';
import { CliFailure, EXIT } from '../failure.ts';

/** Reads a JSON file (`-`: stdin) and checks it. Throws a usage failure that names the field and what was expected. */
export async function readJson<Schema extends v.GenericSchema>(
  file: string,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const result = v.safeParse(schema, parse(file, await read(file)));
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? 'the whole';
  const what = isUnknownField(issue) ? 'there is no such field' : issue.message;
  throw new CliFailure(EXIT.usage, `${file}: ${where}: ${what}`);
}

function isUnknownField(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never';
}

async function read(file: string): Promise<string> {
  try {
    return file === '-' ? await readStream(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliFailure(EXIT.usage, `${file} cannot be read: ${reason}`, { cause: error });
  }
}

function parse(file: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliFailure(EXIT.usage, `${file} is not JSON: ${reason}`, { cause: error });
  }
}
