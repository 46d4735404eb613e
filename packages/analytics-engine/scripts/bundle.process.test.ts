import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCommand } from '../test/command.ts';
import { ACCOUNT, callers, scratchFolder, TOKEN } from '../test/test-engine.ts';
import { bundlePackage } from './bundle.ts';

const DEPENDENCIES = path.join(import.meta.dirname, '../node_modules');
const TSC = path.join(import.meta.dirname, '../../../node_modules/typescript/bin/tsc');

/** The oldest Node that is at hand: the one that started npm, where it is another one. */
const node = process.env.npm_node_execpath ?? process.execPath;

let folder: string;
let remove: () => Promise<void>;
/** The package as npm packs it, unpacked. */
let unpacked: string;

beforeAll(async () => {
  ({ folder, remove } = await scratchFolder());
  await bundlePackage(path.join(folder, 'made'));
  const npm = { cwd: folder, encoding: 'utf8' as const };
  const [tarball] = JSON.parse(execFileSync('npm', ['pack', './made', '--json'], npm)) as [
    { filename: string },
  ];
  execFileSync('tar', ['-xzf', tarball.filename], npm);
  unpacked = path.join(folder, 'package');
});
afterAll(() => remove());

describe('the package that is published', () => {
  it('says by its exit code that there is no ClickHouse for the platform', async () => {
    const main = path.join(folder, 'made/dist/main.js');
    const command = startCommand(['--folder', path.join(folder, 'none'), '--port', '0', '--json'], {
      node,
      main,
    });
    expect(await command.ended).toBe(3);
    expect(JSON.parse(command.errors())).toMatchObject({ level: 'error', code: 'NO_BINARY' });
  });

  it('starts with nothing but chdb beside it', async () => {
    await mkdir(path.join(unpacked, 'node_modules'));
    await symlink(path.join(DEPENDENCIES, 'chdb'), path.join(unpacked, 'node_modules/chdb'));
    const data = ['--folder', path.join(folder, 'data'), '--port', '0'];
    const command = startCommand([...data, '--account-id', ACCOUNT, '--token', TOKEN], {
      node,
      main: path.join(unpacked, 'dist/main.js'),
    });
    const { write, rows } = callers((await command.ready).url);
    expect((await write('d', [{ doubles: [1] }])).status).toBe(200);
    expect(await rows('SELECT double1 FROM d')).toEqual([{ double1: 1 }]);
    command.child.kill('SIGTERM');
    expect(await command.ended).toBe(0);
  });

  it('has no part that looks for its sources', () => {
    const script = [
      `import { withLocalAnalyticsEngine } from ${JSON.stringify(path.join(unpacked, 'dist/miniflare.js'))};`,
      `import { useLocalAnalyticsEngine } from ${JSON.stringify(path.join(unpacked, 'dist/alchemy.js'))};`,
      `const worker = { analyticsEngineDatasets: { A: { dataset: 'a' } } };`,
      `const { unsafeBindings } = withLocalAnalyticsEngine(worker, { url: 'http://127.0.0.1:1', token: 't' });`,
      `const { plugins } = await import(unsafeBindings[0].plugin.package);`,
      `const [{ modules }] = plugins[unsafeBindings[0].plugin.name].getExtensions();`,
      `console.log(typeof useLocalAnalyticsEngine, modules[0].esModule.includes('writeDataPoint'));`,
    ].join('\n');
    const output = execFileSync(node, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(output).toBe('function true\n');
  });

  it('type-checks in a project of TypeScript, every declaration of it', async () => {
    const project = path.join(folder, 'consumer');
    await mkdir(path.join(project, 'node_modules'), { recursive: true });
    await symlink(unpacked, path.join(project, 'node_modules/local-analytics-engine'));
    await writeFile(path.join(project, 'package.json'), '{"type":"module"}');
    await writeFile(path.join(project, 'consumer.ts'), CONSUMER);
    const options = '--noEmit --strict --skipLibCheck false --target es2022 --lib es2022'.split(' ');
    for (const resolution of ['nodenext', 'bundler']) {
      const module = resolution === 'bundler' ? 'esnext' : resolution;
      const flags = [...options, '--module', module, '--moduleResolution', resolution, 'consumer.ts'];
      const tsc = spawnSync(process.execPath, [TSC, ...flags], { cwd: project, encoding: 'utf8' });
      expect(tsc.stdout).toBe('');
      expect(tsc.status).toBe(0);
    }
  });
});

// Every error that is expected here proves that the declarations are found: without them everything is `any`.
const CONSUMER = `
import { type Engine, EngineError, type EngineErrorCode, startEngine, type WirePoint } from 'local-analytics-engine';
import { withLocalAnalyticsEngine } from 'local-analytics-engine/miniflare';
import { useLocalAnalyticsEngine } from 'local-analytics-engine/alchemy';
import { translate } from 'local-analytics-engine/sql';

const engine: Engine = await startEngine({ folder: '.analytics-engine', token: 't', accountId: 'a' });
// @ts-expect-error the token is missing
await startEngine({ folder: '.analytics-engine', accountId: 'a' });
const point: WirePoint = { indexes: ['a'], blobs: [null, { base64: '' }], doubles: [1, 'NaN'] };
// @ts-expect-error a blob is no number
point.blobs = [1];
export function codeOf(error: unknown): EngineErrorCode | null {
  return error instanceof EngineError && error.retryable ? error.code : null;
}
const worker = { analyticsEngineDatasets: { POINTS: { dataset: 'points' } } };
export const options: typeof worker = withLocalAnalyticsEngine(worker, { url: engine.url, token: 't' });
// @ts-expect-error options of Miniflare are an object
withLocalAnalyticsEngine('worker', { url: engine.url, token: 't' });
// @ts-expect-error the token is missing
useLocalAnalyticsEngine({ url: engine.url });
const translation = translate('SELECT 1', { datasets: new Set() });
export const text: string = translation.ok ? translation.format : translation.message;
`;
