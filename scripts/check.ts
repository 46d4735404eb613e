// What has to hold before a change is handed on: format, lint, types, unit tests. Prints what each part took.
//
//   npm run check -- --no-tests     for whoever runs all tests afterwards
import path from 'node:path';
import { execa } from 'execa';

const root = path.resolve(import.meta.dirname, '..');

const PARTS: { name: string; args: string[] }[] = [
  { name: 'format', args: ['node_modules/oxfmt/bin/oxfmt', '--check', '.'] },
  {
    name: 'lint',
    args: ['node_modules/oxlint/bin/oxlint', '--deny-warnings', '--report-unused-disable-directives'],
  },
  { name: 'types', args: ['scripts/typecheck.ts'] },
  {
    name: 'unit tests',
    args: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--reporter=dot'],
  },
];

const parts = process.argv.includes('--no-tests') ? PARTS.filter(({ name }) => name !== 'unit tests') : PARTS;
const lines: string[] = [];
let failed = false;
for (const { name, args } of parts) {
  const started = performance.now();
  const { exitCode } = await execa(process.execPath, args, { cwd: root, stdio: 'inherit', reject: false });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  lines.push(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${seconds.padStart(6)} s`);
  failed ||= exitCode !== 0;
}
console.log(`\n${lines.join('\n')}`);
process.exitCode = failed ? 1 : 0;
