import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { openBoundedLog } from './bounded-log.ts';

test('a log that reaches its limit is set aside, once, and the newest lines are in it', () => {
  const file = path.join(temporaryFolder(), 'logs', 'part.log');
  const log = openBoundedLog(file, 2000);
  for (let index = 0; index < 200; index++) log.write(`line ${index}`);
  log.close();
  expect(readFileSync(file, 'utf8')).toMatch(/line 199\n$/);
  expect(statSync(file).size).toBeLessThan(2500);
  expect(statSync(`${file}.1`).size).toBeGreaterThan(1900);
  expect(log.tail()).toHaveLength(40);
  expect(log.tail().at(-1)).toBe('line 199');
});
