import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { T0 } from '../../test/builders.ts';
import { formatLogLine } from '../core/log-format.ts';
import { readNewestLines } from './read-log.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'pidnap-log-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const entry = (index: number, text = `line ${index}`): string =>
  formatLogLine({ at: T0 + index, stream: 'stdout', text, partial: false });

/** Writes log files, newest first as they are read, and gives their paths. */
function files(...contents: string[]): string[] {
  return contents.map((content, index) => {
    const path = join(dir, `${index}.log`);
    writeFileSync(path, content);
    return path;
  });
}
const entries = (from: number, to: number, text?: string): string =>
  Array.from({ length: to - from }, (_, i) => entry(from + i, text)).join('');

describe('readNewestLines', () => {
  it.each([
    [3, ['line 7', 'line 8', 'line 9'], true],
    [6, ['line 4', 'line 5', 'line 6', 'line 7', 'line 8', 'line 9'], true],
    [10, Array.from({ length: 10 }, (_, i) => `line ${i}`), false],
    [100, Array.from({ length: 10 }, (_, i) => `line ${i}`), false],
  ])('gives the newest %i of ten lines in two files', async (tail, expected, more) => {
    const found = await readNewestLines(files(entries(5, 10), entries(0, 5)), { tail });
    expect(found.lines.map(({ text }) => text)).toEqual(expected);
    expect(found.more).toBe(more);
  });

  it('gives those since a time, however many files hold them', async () => {
    const found = await readNewestLines(files(entries(5, 10), entries(0, 5)), { tail: 100, since: T0 + 3 });
    expect(found.lines.map(({ at }) => at - T0)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(found.more).toBe(false);
  });

  it('reads lines that lie across the blocks it reads in', async () => {
    const text = 'é'.repeat(9000);
    const found = await readNewestLines(files(entries(0, 40, text)), { tail: 40 });
    expect(found.lines).toHaveLength(40);
    expect(found.lines.every((line) => line.text === text)).toBe(true);
  });

  it('skips what is no entry', async () => {
    const found = await readNewestLines(files(`cut off\n${entry(1)}\n\n${entry(2)}2026-01-15T1`), {
      tail: 10,
    });
    expect(found.lines.map(({ text }) => text)).toEqual(['line 1', 'line 2']);
  });

  it('bounds its answer', async () => {
    const found = await readNewestLines(files(entries(0, 500, 'x'.repeat(16_000))), { tail: 10_000 });
    expect(found.more).toBe(true);
    expect(found.lines.length).toBeLessThan(300);
  });

  it('finds nothing where there are no files', async () => {
    expect(await readNewestLines([join(dir, 'none.log')], { tail: 10 })).toEqual({ lines: [], more: false });
  });
});
