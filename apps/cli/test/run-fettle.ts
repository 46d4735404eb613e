import { execa } from 'execa';
import path from 'node:path';

const MAIN = path.join(import.meta.dirname, '../src/main.ts');

/** Runs a command against the server of a test, project demo, to its end. */
export async function fettleAt(url: string, ...args: string[]) {
  const connection = ['--url', url, '--project', 'demo'];
  const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, ...connection, ...args], {
    reject: false,
    env: { NO_COLOR: '1', FETTLE_TOKEN: 'x' },
    stdin: 'ignore',
    timeout: 30_000,
  });
  return { exitCode, stdout, stderr };
}
