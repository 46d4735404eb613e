import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bearerCheck } from './bearer.ts';
import { openTokenFile } from './token-file.ts';

const OLD = 'the-old-token-of-the-host';
const NEW = 'the-new-token-of-this-host';

let folder: string;
let path: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-host-token-'));
  path = join(folder, 'token');
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function checkOf(content: string) {
  writeFileSync(path, content);
  const check = bearerCheck(openTokenFile(path, (message) => said.push(message)));
  return (token: string) => check(`Bearer ${token}`);
}

describe('the host token', () => {
  it('is rotated without a restart: both are taken while both are in the file', () => {
    const takes = checkOf(`${OLD}\n`);
    expect([takes(OLD), takes(NEW)]).toEqual([true, false]);
    writeFileSync(path, `${NEW}\n${OLD}\n`);
    expect([takes(OLD), takes(NEW)]).toEqual([true, true]);
    writeFileSync(path, `${NEW}\n`);
    expect([takes(OLD), takes(NEW)]).toEqual([false, true]);
  });

  it.each([
    ['gone', null],
    ['empty', ''],
    ['a short one', 'short'],
    ['three', `${NEW}\n${NEW}\n${NEW}`],
  ])('stays as it was while the file is %s, and is in no word about that', (_, content) => {
    const takes = checkOf(OLD);
    if (content === null) rmSync(path);
    else writeFileSync(path, content);
    expect([takes(OLD), takes(NEW)]).toEqual([true, false]);
    expect(said.at(-1)).toContain(path);
    expect(said.join('\n')).not.toMatch(/the-(old|new)-token|short\b/);
  });

  it.each(['', '\n', 'short', `${OLD}\nshort`, `${OLD}\n${OLD}\n${NEW}`])(
    'is not begun with %j',
    (content) => {
      expect(() => checkOf(content)).toThrow('does not hold one or two lines of at least 16 characters');
    },
  );
});
