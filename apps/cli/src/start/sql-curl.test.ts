import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sqlUrl } from '../warden/analytics-engine.ts';
import { sqlCurl } from './sql-curl.ts';

const README = path.join(import.meta.dirname, '../../../../README.md');

test('the README has the command that a first start prints', () => {
  const command = sqlCurl({ sqlUrl: sqlUrl({ analyticsPort: 8788 }), state: '.fettle' });
  expect(readFileSync(README, 'utf8')).toContain(`\`\`\`sh\n${command}\n\`\`\``);
});

test('a state folder elsewhere is named by its whole path', () => {
  const command = sqlCurl({ sqlUrl: 'http://127.0.0.1:1/sql', state: '/somewhere/else' });
  expect(command).toContain("require('/somewhere/else/state.json').analyticsToken");
});
