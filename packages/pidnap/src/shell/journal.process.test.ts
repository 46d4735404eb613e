import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Journal } from './journal.ts';

let dir: string;
let unmount = () => {};
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pidnap-journal-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  unmount();
  unmount = () => {};
  rmSync(dir, { recursive: true, force: true });
});

const FORMAT = { format: 'count', version: 1 };
const Count = v.object({ count: v.number(), text: v.string() });
type Count = v.InferOutput<typeof Count>;

/** Keeps the newest entry of each of `slots` keys. */
function openCounts(path: string, slots: number) {
  const known = new Map<number, Count>();
  const take = (entry: Count) => known.set(entry.count % slots, entry);
  const journal = new Journal<Count>({
    path,
    format: FORMAT,
    parse: (value) => v.parse(Count, value),
    known: () => known.values(),
  });
  journal.replay(take);
  return {
    known,
    append(count: number, text: string) {
      take({ count, text });
      journal.append([{ count, text }]);
    },
    newest: () => Math.max(-1, ...[...known.values()].map(({ count }) => count)),
  };
}

const SLOTS = 50;

/** Goes on counting where the file ends; says each number once `append` has returned from it. */
const COUNTER = `
  import { writeSync } from 'node:fs';
  import { Journal } from ${JSON.stringify(join(import.meta.dirname, 'journal.ts'))};
  const [path, from] = [process.argv[1], Number(process.argv[2])];
  const known = new Map();
  const take = (entry) => known.set(entry.count % ${SLOTS}, entry);
  const journal = new Journal({
    path, format: ${JSON.stringify(FORMAT)}, parse: (value) => value, known: () => known.values(),
  });
  journal.replay(take);
  let count = from;
  const go = () => {
    for (let i = 0; i < 20; i++) {
      const entry = { count: count++, text: 'x'.repeat(2000) };
      take(entry);
      journal.append([entry]);
      writeSync(1, entry.count + '\\n');
    }
    setImmediate(go);
  };
  go();
`;

test('nothing that append returned from is lost when the process is killed, in the middle of a compaction or not', async () => {
  const heard = vi.spyOn(console, 'error').mockImplementation(() => {});
  const path = join(dir, 'count.jsonl');
  let newest = -1;
  let compactions = 0;
  for (let round = 0; round < 12; round++) {
    const args = ['--input-type=module', '-e', COUNTER, path, String(newest + 1)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      // About as many as fill the file up to its next compaction, give or take a random part of it.
      if (said.length > 2000 + Math.random() * 3000) child.kill('SIGKILL');
    });
    await once(child, 'close');
    expect(child.signalCode).toBe('SIGKILL');
    const returned = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
    const after = openCounts(path, SLOTS);
    newest = after.newest();
    expect(newest).toBeGreaterThanOrEqual(returned);
    expect([...after.known.values()].map(({ count }) => count).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: SLOTS }, (_, index) => newest - SLOTS + 1 + index),
    );
    if (statSync(path).size < newest * 2000) compactions += 1;
  }
  expect(compactions).toBeGreaterThan(0);
  expect(heard).not.toHaveBeenCalled();
});

test('a full disk is told of once, breaks no line, and is forgotten once there is room', ({ skip }) => {
  const disk = join(dir, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    console.warn(
      '!! SKIPPED: a small disk cannot be mounted here; it takes root outside an unprivileged container',
    );
    return skip('mounting a small disk is not permitted here');
  }
  unmount = () => execFileSync('umount', ['--lazy', disk]);
  const heard = vi.spyOn(console, 'error').mockImplementation(() => {});
  const path = join(disk, 'count.jsonl');
  const slots = 1000;
  const counts = openCounts(path, slots);
  counts.append(0, 'before');
  fill(join(disk, 'filler'));
  // Longer than a page of the disk, so that one of them is taken in part.
  for (let count = 1; count <= 5; count++) counts.append(count, 'x'.repeat(10_000));
  expect(heard.mock.calls).toEqual([[expect.stringMatching(/cannot write .*ENOSPC/)]]);

  expect(readdirSync(disk).toSorted()).toEqual(['count.jsonl', 'filler']);
  const meanwhile = openCounts(path, slots);
  expect(meanwhile.known.get(0)).toEqual({ count: 0, text: 'before' });
  expect(meanwhile.newest()).toBeLessThan(5);

  rmSync(join(disk, 'filler'));
  counts.append(6, 'after');
  counts.append(7, 'after');
  expect(heard.mock.lastCall).toEqual([expect.stringContaining('is written again')]);
  expect(openCounts(path, slots).known).toEqual(counts.known);
  expect(counts.known.size).toBe(8);
  expect(heard).toHaveBeenCalledTimes(2);
});

/** Takes every byte a disk has left, but for a few. */
function fill(path: string): void {
  for (const bytes of [65_536, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
