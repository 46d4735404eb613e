import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPipeDir } from './pipe-dir.ts';

let dir: string;
let memory: string;
let state: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pidnap-pipe-dir-'));
  [memory, state] = [join(dir, 'memory'), join(dir, 'state')];
  mkdirSync(memory);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the directory for pipes', () => {
  it('is in memory, for its owner alone, and the same at the next start', () => {
    const first = openPipeDir(state, 'one', memory);
    expect(first).toBe(join(memory, 'pidnap-one'));
    expect(statSync(first).mode & 0o777).toBe(0o700);
    expect(openPipeDir(state, 'one', memory)).toBe(first);
  });

  it.each<[string, (place: string) => void]>([
    ['somebody else can write into it', (place) => (mkdirSync(place), chmodSync(place, 0o777))],
    ['it is a link', (place) => symlinkSync(dir, place)],
    ['it is a file', (place) => writeFileSync(place, '')],
    ['there is no such place', () => rmSync(memory, { recursive: true })],
  ])('is in the state directory where %s', (_what, spoil) => {
    spoil(join(memory, 'pidnap-one'));
    const own = openPipeDir(state, 'one', memory);
    expect(own).toBe(join(state, 'pipes'));
    expect(statSync(own).isDirectory()).toBe(true);
  });
});
