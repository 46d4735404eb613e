import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The npm that came with our Node, else the one on the PATH. */
export async function npmProgram(): Promise<string> {
  const beside = join(dirname(process.execPath), 'npm');
  return (await exists(beside)) ? beside : 'npm';
}

/** Whether there is something at a path. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
