import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
let workspace: string;

/** A copy of the lint configuration beside sources that break its rules, one rule per file. */
beforeAll(() => {
  workspace = mkdtempSync(path.join(tmpdir(), 'fettle-lint-'));
  cpSync(path.join(root, '.oxlintrc.json'), path.join(workspace, '.oxlintrc.json'));
  cpSync(path.join(root, 'scripts/lint'), path.join(workspace, 'scripts/lint'), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(workspace, 'node_modules'));
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

type Diagnostic = { code: string; message: string };

function lint(file: string, source: string): string[] {
  const target = path.join(workspace, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, source);
  const binary = path.join(root, 'node_modules/oxlint/bin/oxlint');
  let output: string;
  try {
    const args = [binary, '--deny-warnings', '--format', 'json', file];
    output = execFileSync(process.execPath, args, { cwd: workspace, encoding: 'utf8' });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  const { diagnostics } = JSON.parse(output) as { diagnostics: Diagnostic[] };
  return diagnostics.map(({ code, message }) => `${code} ${message}`);
}

describe('a core module', () => {
  test.each([
    ['reads the clock', 'export const at = (): number => Date.now();', 'Date.now'],
    ['makes a date of now', 'export const at = (): Date => new Date();', 'new Date()'],
    ['is random', 'export const dice = (): number => Math.random();', 'Math.random'],
    ['measures time', 'export const at = (): number => performance.now();', 'performance.now'],
    ['is async', 'export async function f(): Promise<number> { return 1; }', 'async functions'],
    ['awaits', 'export const f = async (p: Promise<number>): Promise<number> => await p;', 'no await'],
    ['sets a timer', 'export const f = (g: () => void): unknown => setTimeout(g, 1);', 'setTimeout'],
    ['reads the environment', 'export const home = (): unknown => process.env.HOME;', 'process.env'],
    [
      'imports Node',
      "import { join } from 'node:path';\nexport const f = join('a', 'b');",
      'imports of node:path',
    ],
    ['prints', 'export const f = (): void => console.log(1);', 'no-console'],
  ])('may not be one that %s', (_what, source, expected) => {
    expect(lint('packages/core/src/sample.ts', `${source}\n`).join('\n')).toContain(expected);
    expect(lint('packages/pidnap/src/core/sample.ts', `${source}\n`).join('\n')).toContain(expected);
  });

  test('may convert a time that it was given', () => {
    const source = 'export const at = (now: number): string => new Date(now).toISOString();\n';
    expect(lint('packages/core/src/sample.ts', source)).toEqual([]);
  });

  test('may be tested with a clock', () => {
    expect(lint('packages/core/src/sample.test.ts', 'export const at = (): number => Date.now();\n')).toEqual(
      [],
    );
  });
});

describe('dependencies point one way', () => {
  test.each([
    ['packages/contract/src/a.ts', '@fettle/core'],
    ['packages/core/src/a.ts', '@fettle/pidnap/contract'],
    ['packages/core/src/a.ts', '../../pidnap/src/contract.ts'],
    ['packages/pidnap/src/a.ts', '@fettle/contract'],
    ['apps/daemon/src/a.ts', '@fettle/core'],
    ['apps/host-agent/src/a.ts', '@fettle/core'],
    ['apps/host-agent/src/a.ts', '@fettle/pidnap'],
    ['packages/simulation/src/a.ts', '@fettle/pidnap'],
    ['apps/cli/src/a.ts', '@fettle/control-plane'],
    ['apps/control-plane/src/a.ts', '@fettle/pidnap'],
    ['apps/control-plane/src/a.ts', '@fettle/daemon'],
    ['apps/control-plane/src/deep/a.ts', '../../../daemon/src/main.ts'],
    ['packages/metrics/src/a.ts', '@fettle/analytics-engine'],
  ])('%s may not import %s', (file, specifier) => {
    const found = lint(file, `export { thing } from '${specifier}';\n`);
    expect(found.join('\n')).toContain('fettle(layers)');
  });

  test.each([
    ['packages/core/src/a.ts', '@fettle/contract'],
    ['packages/core/src/a.ts', './b.ts'],
    ['apps/daemon/src/a.ts', '@fettle/pidnap/contract'],
    ['apps/control-plane/src/a.ts', '@fettle/core'],
    ['apps/control-plane/src/deep/a.ts', '../b.ts'],
    ['apps/cli/src/a.ts', '@fettle/core'],
    ['packages/simulation/src/a.ts', '@fettle/core'],
    ['packages/metrics/src/a.process.test.ts', '@fettle/analytics-engine'],
    ['packages/metrics/src/testing/a.ts', '@fettle/analytics-engine'],
  ])('%s may import %s', (file, specifier) => {
    expect(lint(file, `export { thing } from '${specifier}';\n`)).toEqual([]);
  });
});

describe('everywhere', () => {
  test('any is refused', () => {
    expect(lint('apps/cli/src/a.ts', 'export const a = (x: any): unknown => x;\n').join()).toContain(
      'no-explicit-any',
    );
  });

  test('an empty catch is refused, one that says why is not', () => {
    const body = (comment: string) =>
      `export function f(g: () => void): void { try { g(); } catch { ${comment} } }\n`;
    expect(lint('apps/cli/src/a.ts', body('')).join()).toContain('no-empty');
    expect(lint('apps/cli/src/a.ts', body('/* gone already */'))).toEqual([]);
  });

  test('contract prints nothing', () => {
    expect(lint('packages/contract/src/a.ts', 'console.log(1);\n').join()).toContain('no-console');
  });

  test('every workspace part has its line in the table of layers', async () => {
    const { LAYERS } = (await import('./layers.js')) as { LAYERS: Record<string, string[]> };
    const lock = readFileSync(path.join(root, 'pnpm-lock.yaml'), 'utf8');
    const importers = lock.slice(lock.indexOf('\nimporters:'), lock.indexOf('\npackages:'));
    const parts = [...importers.matchAll(/^ {2}((?:apps|packages)\/[^:]+):$/gm)].map((match) => match[1]);
    expect(parts.length).toBeGreaterThan(0);
    expect(Object.keys(LAYERS)).toEqual(expect.arrayContaining(parts));
  });
});
