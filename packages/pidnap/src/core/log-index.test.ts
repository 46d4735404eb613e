import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { T0 } from '../../test/builders.ts';
import {
  ENTRY_BYTES,
  MAX_HEALED_BYTES,
  decodeEntry,
  encodeEntries,
  healIndex,
  type IndexEntry,
} from './log-index.ts';

const MTIME = T0 + 99;
const entry = (end: number, more: Partial<IndexEntry> = {}): IndexEntry => ({
  at: T0 + end,
  stream: 'stdout',
  partial: false,
  end,
  ...more,
});
const err = (end: number): IndexEntry => entry(end, { stream: 'stderr' });
const lost = (end: number, partial = false): IndexEntry => entry(end, { at: MTIME, partial });

describe('an index entry', () => {
  it('comes back as it was', () => {
    const entries = [
      entry(1),
      entry(2, { stream: 'stderr', partial: true }),
      entry(0xffff_ffff, { stream: 'pidnap', at: 0 }),
    ];
    const bytes = encodeEntries(entries);
    expect(bytes.length).toBe(3 * ENTRY_BYTES);
    expect(entries.map((_, i) => decodeEntry(bytes, i * ENTRY_BYTES))).toEqual(entries);
  });

  it.each([
    ['before the beginning', -ENTRY_BYTES],
    ['in its middle', 1],
    ['behind the end', ENTRY_BYTES],
  ])('is not found %s', (_, offset) => {
    expect(decodeEntry(encodeEntries([entry(1)]), offset)).toBeNull();
  });

  it('is not seen in zeros', () => {
    expect(decodeEntry(Buffer.alloc(ENTRY_BYTES), 0)).toBeNull();
  });
});

describe('healIndex', () => {
  const cases: [
    name: string,
    index: { entries: IndexEntry[]; tail?: Buffer; dataSize: number },
    healed: { keep: number; add: IndexEntry[] },
  ][] = [
    ['nothing yet', { entries: [], dataSize: 0 }, { keep: 0, add: [] }],
    ['all is well', { entries: [entry(10), err(20)], dataSize: 20 }, { keep: 2, add: [] }],
    [
      'the data came, its entry did not: it is told apart from nothing, so it is standard output',
      { entries: [err(10)], dataSize: 25 },
      { keep: 1, add: [lost(25)] },
    ],
    ['the first data came, its entry did not', { entries: [], dataSize: 25 }, { keep: 0, add: [lost(25)] }],
    [
      'an entry came, its data did not',
      { entries: [entry(10), err(20)], dataSize: 10 },
      { keep: 1, add: [] },
    ],
    [
      'an entry came, its data in part: the part has its time and stream',
      { entries: [entry(10), err(20)], dataSize: 15 },
      { keep: 1, add: [{ ...err(20), end: 15 }] },
    ],
    [
      'an entry was cut in its middle',
      { entries: [entry(10)], tail: Buffer.alloc(7, 1), dataSize: 15 },
      { keep: 1, add: [lost(15)] },
    ],
    [
      'the end of the index is zeros',
      { entries: [entry(10)], tail: Buffer.alloc(40), dataSize: 10 },
      { keep: 1, add: [] },
    ],
    [
      'the end of the index goes backwards',
      { entries: [entry(10), entry(20), entry(15)], dataSize: 20 },
      { keep: 2, add: [] },
    ],
    ['the data is gone', { entries: [entry(10), entry(20)], dataSize: 0 }, { keep: 0, add: [] }],
    [
      'the index is gone: no entry is larger than a reader can hold',
      { entries: [], dataSize: 2 * MAX_HEALED_BYTES + 1 },
      {
        keep: 0,
        add: [lost(MAX_HEALED_BYTES, true), lost(2 * MAX_HEALED_BYTES, true), lost(2 * MAX_HEALED_BYTES + 1)],
      },
    ],
  ];
  it.each(cases)('%s', (_, { entries, tail = Buffer.alloc(0), dataSize }, { keep, add }) => {
    const index = Buffer.concat([encodeEntries(entries), tail]);
    expect(healIndex({ index, dataSize, at: MTIME })).toEqual({ keep: keep * ENTRY_BYTES, add });
  });

  it('makes any index fit any data, keeps what was right, and has nothing to heal afterwards', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 10 });
    const broken = fc.record({
      sizes,
      cutIndex: fc.nat({ max: 200 }),
      garbage: fc.uint8Array({ maxLength: 40 }),
      dataSize: fc.nat({ max: 600 }),
    });
    fc.assert(
      fc.property(broken, ({ sizes, cutIndex, garbage, dataSize }) => {
        let end = 0;
        const good = encodeEntries(sizes.map((size) => entry((end += size))));
        const index = Buffer.concat([good.subarray(0, cutIndex), Buffer.from(garbage)]);
        const { keep, add } = healIndex({ index, dataSize, at: MTIME });
        const healed = Buffer.concat([index.subarray(0, keep), encodeEntries(add)]);
        expect(healed.length % ENTRY_BYTES).toBe(0);
        expect(decodeEntry(healed, healed.length - ENTRY_BYTES)?.end ?? 0).toBe(dataSize);
        for (let at = 0; at + ENTRY_BYTES <= Math.min(cutIndex, good.length); at += ENTRY_BYTES) {
          const was = decodeEntry(good, at);
          if (was && was.end <= dataSize) expect(decodeEntry(healed, at)).toEqual(was);
        }
        expect(healIndex({ index: healed, dataSize, at: MTIME })).toEqual({ keep: healed.length, add: [] });
      }),
      { seed: 20_260_115 },
    );
  });
});
