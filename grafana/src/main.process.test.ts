import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Runs `npm run grafana` with these words. */
function grafana(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['grafana/src/main.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function stateFolder(text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'fettle-grafana-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'state.json'), text);
  return folder;
}

it.each([['--locl'], ['local'], ['--state', '/tmp']])(
  'words that it does not know change no file: %s',
  (...args) => {
    const { status, stdout, stderr } = grafana(...args);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^grafana: .+\n\nUsage: npm run grafana/);
    expect(status).toBe(2);
  },
);

it('a fleet that was never started, and a state that is none, are named', () => {
  expect(grafana('--local', '--state', '/nowhere')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^grafana: no \/nowhere\/state\.json: start the fleet first/),
  });
  const folder = stateFolder('{"analyticsPort": 81');
  expect(grafana('--local', '--state', folder)).toMatchObject({
    status: 1,
    stderr: `grafana: ${folder}/state.json: expected JSON\n`,
  });
  writeFileSync(path.join(folder, 'state.json'), '{}');
  expect(grafana('--local', '--state', folder).stderr).toMatch(
    /state\.json: expected a port in analyticsPort/,
  );
});
