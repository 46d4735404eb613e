import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readProcesses } from '../apps/cli/src/processes/process-table.ts';

/** What is looked for: a text, or a form such as that of our tokens. */
export type Secret = { name: string; is: string | RegExp };

/** Tokens of machines of any kind. */
export const MACHINE_TOKENS: Secret = { name: 'a token of a machine', is: /fmt2\.[\w-]+\.[\w-]+\.[\w-]+/ };

/** Files below a folder in which a secret is, each with the secret's name; `mayHold` are paths below it, or their beginnings. */
export function findInFiles(
  folder: string,
  secrets: readonly Secret[],
  mayHold: readonly string[],
): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !mayHold.some((beginning) => file.startsWith(beginning)));
  // Bytes of other files read as letters of one byte: a text of ASCII is found in them as well.
  return files.flatMap((file) =>
    namesOf(readFileSync(path.join(folder, file), 'latin1'), secrets).map((name) => `${file}: ${name}`),
  );
}

/** Secrets in the environment of processes that carry this variable, such as those of one host's machines. */
export async function findInEnvironments(mark: string, secrets: readonly Secret[]): Promise<string[]> {
  const marked = (await readProcesses()).filter(({ environment }) => environment.includes(mark));
  if (marked.length === 0) throw new Error(`no process has ${mark} in its environment`);
  return marked.flatMap(({ pid, command, environment }) =>
    namesOf(environment.join('\n'), secrets).map((name) => `${pid} ${command}: ${name}`),
  );
}

/** Names of the secrets that a text holds. */
export function namesOf(text: string, secrets: readonly Secret[]): string[] {
  return secrets
    .filter(({ is }) => (typeof is === 'string' ? text.includes(is) : is.test(text)))
    .map(({ name }) => name);
}
