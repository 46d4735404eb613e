import * as fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { T0 } from '../../test/builders.ts';
import type { LogLine } from '../contract/process.ts';
import { MAX_LINE_BYTES, decodeLines } from '../core/lines.ts';
import { LogStore, type Arrival } from './log-store.ts';

const LIMITS = { maxBytes: 1_000_000, files: 4 };

let dir: string;
let stores: LogStore[] = [];
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'pidnap-log-'))));
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  stores = [];
  rmSync(dir, { recursive: true, force: true });
});

function openStore(limits = LIMITS, at = dir): LogStore {
  const store = new LogStore(at, limits);
  stores.push(store);
  return store;
}
const arrival = (more: Partial<Arrival> = {}): Arrival => ({
  at: T0,
  stream: 'stdout',
  partial: false,
  ...more,
});
const say = (store: LogStore, text: string, more: Partial<Arrival> = {}): void =>
  store.append(arrival(more), Buffer.from(text));
const texts = async (store: LogStore, tail = 10_000): Promise<string[]> =>
  (await store.read({ tail })).lines.map(({ text }) => text);
const sizes = (): number[] => {
  const bytes = new Map<string, number>();
  for (const name of readdirSync(dir)) {
    const number = name.split('.')[0] ?? '';
    bytes.set(number, (bytes.get(number) ?? 0) + statSync(join(dir, name)).size);
  }
  return [...bytes.values()];
};

describe('a log', () => {
  it('gives what was appended, at once and in order, with time and stream', async () => {
    const store = openStore();
    say(store, 'a\nb\n');
    say(store, 'oops\n', { at: T0 + 1, stream: 'stderr' });
    say(store, 'c', { at: T0 + 2, partial: true });
    say(store, 'd\n', { at: T0 + 3 });
    expect((await store.read({ tail: 10 })).lines).toEqual([
      { at: T0, stream: 'stdout', text: 'a', partial: false },
      { at: T0, stream: 'stdout', text: 'b', partial: false },
      { at: T0 + 1, stream: 'stderr', text: 'oops', partial: false },
      { at: T0 + 2, stream: 'stdout', text: 'c', partial: true },
      { at: T0 + 3, stream: 'stdout', text: 'd', partial: false },
    ]);
  });

  it('holds the bytes as they came', async () => {
    const store = openStore();
    const bytes = Buffer.from([0, 0xff, 10, 0x80, 13, 10]);
    store.append(arrival(), bytes);
    await store.flushed();
    expect(readFileSync(join(dir, '0.log')).equals(bytes)).toBe(true);
  });

  it('makes one entry of what one stream brings within a millisecond', async () => {
    const store = openStore();
    say(store, 'first\n');
    await store.flushed();
    for (let i = 0; i < 100; i++) say(store, 'x\n');
    await store.flushed();
    expect(statSync(join(dir, '0.index')).size).toBeLessThanOrEqual(3 * 16);
    expect(await texts(store)).toHaveLength(101);
  });

  it('leaves nothing behind where nothing was written', async () => {
    const store = openStore(LIMITS, join(dir, 'quiet'));
    expect(await store.read({ tail: 10 })).toEqual({ lines: [], more: false });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('does not show a reader what came after the call', async () => {
    const store = openStore();
    say(store, 'before\n');
    const answer = texts(store);
    say(store, 'after\n');
    expect(await answer).toEqual(['before']);
    expect(await texts(store)).toEqual(['before', 'after']);
  });

  it('goes on where it ended when it is opened again', async () => {
    const first = openStore();
    say(first, 'one\n');
    await first.close();
    const second = openStore();
    expect(await texts(second)).toEqual(['one']);
    say(second, 'two\n');
    expect(await texts(second)).toEqual(['one', 'two']);
  });

  it('is full when two blocks wait for the disk, and has room when they are written', async () => {
    let told = 0;
    const store = new LogStore(dir, LIMITS, () => told++);
    stores.push(store);
    const chunk = Buffer.from(`${'x'.repeat(65_535)}\n`);
    let appended = 0;
    while (!store.full) {
      store.append(arrival(), chunk);
      appended += chunk.length;
    }
    expect(appended).toBeLessThanOrEqual(2 * 262_144);
    await store.flushed();
    expect(store.full).toBe(false);
    expect(store.waitingBytes).toBe(0);
    expect(told).toBeGreaterThan(0);
  });
});

describe('a log whose disk hangs', () => {
  it('holds a bounded amount of what nobody can be made to wait with, and counts the rest', async () => {
    // Writing into a pipe that nobody reads hangs.
    execFileSync('mkfifo', [join(dir, '0.log')]);
    const store = openStore({ maxBytes: 100_000_000, files: 2 });
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => said.mockRestore());
    const fill = Buffer.from(`${'x'.repeat(99)}\n`.repeat(655));
    for (let i = 0; i < 1000; i++) {
      store.append(arrival(), fill);
      void store.flushed();
    }
    expect(store.waitingBytes).toBeLessThan(5_000_000);

    const reader = openSync(join(dir, '0.log'), constants.O_RDONLY | constants.O_NONBLOCK);
    const pipe = new Socket({ fd: reader, readable: true, writable: false });
    const ended = once(pipe, 'end');
    let copy = '';
    pipe.on('data', (chunk) => (copy += chunk.toString('latin1')));
    await store.flushed();
    say(store, 'after\n');
    await store.close();
    await ended;
    const kept = copy.split('\n').filter((line) => line.startsWith('x')).length;
    expect(kept).toBeGreaterThan(5000);
    const others = copy.split('\n').filter((line) => !line.startsWith('x'));
    expect(others).toEqual([
      `${655_000 - kept} lines are missing here: they could not be written`,
      'after',
      '',
    ]);
  });
});

describe('reading', () => {
  const numbered = async (store: LogStore, count: number): Promise<void> => {
    for (let i = 0; i < count; i++) say(store, `line ${i}\n`, { at: T0 + i });
    await store.flushed();
  };

  it.each([
    [3, ['line 7', 'line 8', 'line 9'], true],
    [10, Array.from({ length: 10 }, (_, i) => `line ${i}`), false],
    [100, Array.from({ length: 10 }, (_, i) => `line ${i}`), false],
  ])('gives the newest %i of ten lines', async (tail, expected, more) => {
    const store = openStore();
    await numbered(store, 10);
    const found = await store.read({ tail });
    expect(found.lines.map(({ text }) => text)).toEqual(expected);
    expect(found.more).toBe(more);
  });

  it('gives those since a time', async () => {
    const store = openStore();
    await numbered(store, 1000);
    const found = await store.read({ tail: 10_000, since: T0 + 400 });
    expect(found.lines.map(({ at }) => at - T0)).toEqual(Array.from({ length: 600 }, (_, i) => 400 + i));
    expect(found.more).toBe(false);
  });

  it('bounds its answer', async () => {
    const store = openStore({ maxBytes: 20_000_000, files: 2 });
    for (let i = 0; i < 500; i++) {
      say(store, `${'x'.repeat(16_000)}\n`);
      if (i % 50 === 0) await store.flushed();
    }
    const found = await store.read({ tail: 10_000 });
    expect(found.more).toBe(true);
    expect(found.lines.length).toBeGreaterThan(200);
    expect(found.lines.length).toBeLessThan(300);
  });

  it('agrees with a list of all lines, whatever was written, however it was written', async () => {
    const line = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.constantFrom('', 'grün', '𝄞€', 'x'.repeat(3000), 'é'.repeat(MAX_LINE_BYTES / 2 + 1)),
    );
    const piece = fc.record({
      text: fc.array(line, { minLength: 1, maxLength: 20 }).map((lines) => `${lines.join('\n')}\n`),
      stream: fc.constantFrom<Arrival['stream']>('stdout', 'stderr', 'pidnap'),
      later: fc.nat({ max: 2 }),
      flush: fc.boolean(),
    });
    const queries = fc.array(
      fc.record({ tail: fc.integer({ min: 1, max: 400 }), since: fc.option(fc.nat({ max: 60 })) }),
      { minLength: 1, maxLength: 4 },
    );
    const limits = fc.record({
      maxBytes: fc.constantFrom(4096, 20_000, 1_000_000),
      files: fc.integer({ min: 2, max: 4 }),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 30 }),
        queries,
        limits,
        async (pieces, queries, limits) => {
          const at = join(dir, `run-${run++}`);
          const store = new LogStore(at, limits);
          const written: LogLine[] = [];
          let now = T0;
          for (const { text, stream, later, flush } of pieces) {
            now += later;
            const bytes = Buffer.from(text);
            store.append({ at: now, stream, partial: false }, bytes);
            for (const line of decodeLines(bytes, false)) written.push({ at: now, stream, ...line });
            if (flush) await store.flushed();
          }
          const { lines: kept, more } = await store.read({ tail: 1_000_000 });
          expect(more).toBe(false);
          // Rotation takes from the old end, never from the middle.
          expect(kept).toEqual(kept.length === 0 ? [] : written.slice(-kept.length));
          if (limits.maxBytes === 1_000_000) expect(kept).toHaveLength(written.length);
          for (const { tail, since } of queries) {
            const matching = kept.filter((line) => since === null || line.at >= T0 + since);
            const query = since === null ? { tail } : { tail, since: T0 + since };
            expect(await store.read(query)).toEqual({
              lines: matching.slice(-tail),
              more: matching.length > tail,
            });
          }
          await store.close();
        },
      ),
      { seed: 20_260_115, numRuns: 60 },
    );
  });
});

describe('rotation', () => {
  it('bounds the disk, index included, and keeps the newest lines whole', async () => {
    const limits = { maxBytes: 10_000, files: 3 };
    const store = openStore(limits);
    for (let i = 0; i < 5000; i++) say(store, `line ${i} of many\n`, { at: T0 + i });
    const lines = await texts(store);
    expect(sizes()).toHaveLength(limits.files);
    for (const size of sizes()) expect(size).toBeLessThanOrEqual(limits.maxBytes);
    expect(lines.length).toBeGreaterThan(400);
    expect(lines).toEqual(
      Array.from({ length: lines.length }, (_, i) => `line ${5000 - lines.length + i} of many`),
    );
  });

  it('cuts a large chunk into the files at line ends', async () => {
    const store = openStore({ maxBytes: 4096, files: 100 });
    const chunk = Array.from({ length: 2000 }, (_, i) => `line ${i}`);
    say(store, `${chunk.join('\n')}\n`);
    expect(await texts(store)).toEqual(chunk);
    for (const size of sizes()) expect(size).toBeLessThanOrEqual(4096);
  });

  it('keeps a line whole that is longer than a file may be', async () => {
    const store = openStore({ maxBytes: 4096, files: 10 });
    const long = 'x'.repeat(MAX_LINE_BYTES);
    say(store, `a\n${long}\nb\n`);
    expect(await texts(store)).toEqual(['a', long, 'b']);
  });

  it('deletes what is too many after the limits were lowered', async () => {
    const first = openStore({ maxBytes: 4096, files: 10 });
    for (let i = 0; i < 3000; i++) say(first, `line ${i}\n`, { at: T0 + i });
    await first.flushed();
    expect(sizes()).toHaveLength(10);
    first.setLimits({ maxBytes: 4096, files: 2 });
    for (let i = 0; i < 500; i++) say(first, `more ${i}\n`, { at: T0 + i });
    await first.flushed();
    expect(sizes()).toHaveLength(2);
    expect((await texts(first)).at(-1)).toBe('more 499');
  });

  it('leaves files that are not its own alone', async () => {
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    const store = openStore({ maxBytes: 4096, files: 2 });
    for (let i = 0; i < 3000; i++) say(store, `line ${i}\n`, { at: T0 + i });
    await store.flushed();
    expect(readdirSync(dir)).toContain('notes.txt');
  });
});

describe('after a crash', () => {
  /** A log of two entries, closed; then what the crash did to its files. */
  async function crashed(damage: () => void): Promise<LogStore> {
    const first = openStore();
    say(first, 'one\n', { at: T0 });
    say(first, 'two\n', { at: T0 + 1, stream: 'stderr' });
    await first.close();
    damage();
    return openStore();
  }

  it.each<[string, () => void, string[]]>([
    [
      'data without an entry is kept',
      () => appendFileSync(join(dir, '0.log'), 'three\nfo'),
      ['one', 'two', 'three', 'fo'],
    ],
    ['an entry without data is cut', () => truncateSync(join(dir, '0.log'), 4), ['one']],
    ['an entry with part of its data keeps that', () => truncateSync(join(dir, '0.log'), 6), ['one', 'tw']],
    ['half an entry is cut', () => truncateSync(join(dir, '0.index'), 24), ['one', 'two']],
    [
      'zeros in the index are cut',
      () => appendFileSync(join(dir, '0.index'), Buffer.alloc(100)),
      ['one', 'two'],
    ],
    ['a lost index is made again', () => rmSync(join(dir, '0.index')), ['one', 'two']],
    ['lost data takes its index along', () => rmSync(join(dir, '0.log')), []],
  ])('%s, and what comes next is right', async (_, damage, kept) => {
    const store = await crashed(damage);
    expect(await texts(store)).toEqual(kept);
    say(store, 'next\n');
    expect(await texts(store)).toEqual([...kept, 'next']);
  });

  it('a large index is healed from its end', async () => {
    const first = openStore();
    for (let i = 0; i < 10_000; i++) say(first, `${i}\n`, { at: T0 + i });
    await first.close();
    appendFileSync(join(dir, '0.log'), 'tail\n');
    const lines = await texts(openStore(), 3);
    expect(lines).toEqual(['9998', '9999', 'tail']);
  });

  it('what cannot be opened for writing is still read', async () => {
    const first = openStore();
    say(first, 'one\n');
    await first.close();
    // Not even root opens a directory for writing: the next pair cannot be made, the old one can be read.
    mkdirSync(join(dir, '1.log'));
    expect(await texts(openStore())).toEqual(['one']);
  });
});
