import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { KEYS } from './deployment.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Only what hangs takes so long. */
const LIMIT_MS = 180_000;

export type RealHost = { close(): Promise<void> };

/** Builds what machines are made of, and starts a host-agent that runs them as plain processes. */
export async function startRealHost(options: {
  folder: string;
  port: number;
  controlUrl: string;
}): Promise<RealHost> {
  const at = (name: string) => path.join(options.folder, name);
  for (const name of ['image', 'host']) mkdirSync(at(name), { recursive: true });
  const run = (args: string[]) => execa(process.execPath, args, { cwd: ROOT, timeout: LIMIT_MS });
  await run(['apps/daemon/scripts/build-image-files.ts', at('build')]);
  copyFileSync(path.join(at('build'), 'runtime.cjs'), path.join(at('image'), 'runtime.cjs'));
  await run(['examples/main.ts', 'seed', at('repos'), '--built-in', at('build')]);
  writeFileSync(at('host-token'), KEYS.FETTLE_HOST_TOKEN, { mode: 0o600 });
  const child = execa(
    process.execPath,
    [
      'apps/host-agent/src/main.ts',
      'serve',
      `--state=${at('host')}`,
      `--port=${options.port}`,
      '--backend=process',
      `--control-url=${options.controlUrl}`,
      `--repos=${at('repos')}`,
      `--image-dir=${at('image')}`,
      `--token-file=${at('host-token')}`,
      '--exit-with-stdin',
    ],
    { cwd: ROOT, reject: false, stderr: { file: at('host-agent.log') } },
  );
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    void child.then(({ exitCode }) => reject(new Error(`the host-agent ended (${exitCode})`)));
    AbortSignal.timeout(LIMIT_MS).addEventListener('abort', () => {
      child.kill();
      reject(new Error('the host-agent does not say that it is ready'));
    });
  });
  return {
    async close() {
      child.stdin?.end();
      await child;
      await execa(process.execPath, ['apps/host-agent/src/main.ts', 'reset', '--state', at('host')], {
        cwd: ROOT,
        reject: false,
      });
    },
  };
}
