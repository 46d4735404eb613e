import { describe, expect, it } from 'vitest';
import { readDataPoint } from './data-point.ts';

describe('a data point', () => {
  it('may be empty or absent', () => {
    for (const event of [undefined, null, {}, [], () => 1]) expect(readDataPoint(event)).toEqual({});
  });

  it('keeps the places of what is null, undefined or a hole', () => {
    // oxlint-disable-next-line no-sparse-arrays
    expect(readDataPoint({ blobs: ['a', null, undefined, , 'b'] })).toEqual({
      blobs: ['a', null, null, null, 'b'],
    });
  });

  it('is converted as JavaScript converts', () => {
    expect(
      readDataPoint({ indexes: [7], blobs: [true, { a: 1 }], doubles: ['1.5', null, 'x', Infinity] }),
    ).toEqual({
      indexes: ['7'],
      blobs: ['true', '[object Object]'],
      doubles: [1.5, 0, 'NaN', 'Infinity'],
    });
  });

  it('copies bytes when it is written, not when it is sent', () => {
    const bytes = new Uint8Array([1, 2, 255]);
    const point = readDataPoint({ blobs: [bytes.buffer, bytes.subarray(1)] });
    bytes.fill(0);
    expect(point.blobs).toEqual([{ base64: 'AQL/' }, { base64: 'Av8=' }]);
  });

  it('holds exactly as much as production takes', () => {
    const most = {
      indexes: ['é'.repeat(48)],
      blobs: [...Array.from({ length: 18 }, () => ''), 'é'.repeat(4000), 'x'.repeat(8000)],
      doubles: Array.from({ length: 20 }, () => 1),
    };
    expect(readDataPoint(most).blobs).toHaveLength(20);
    expect(() => readDataPoint({ ...most, indexes: [`${most.indexes[0]}x`] })).toThrow(
      'writeDataPoint(): Size of indexes[0] exceeds 96 bytes).',
    );
    expect(() => readDataPoint({ ...most, blobs: ['x'.repeat(16_001)] })).toThrow(
      'writeDataPoint(): Cumulative size of blobs exceeds 16000 bytes).',
    );
    expect(() => readDataPoint({ ...most, blobs: [...most.blobs, null] })).toThrow(
      'Maximum of 20 blobs supported.',
    );
    expect(() => readDataPoint({ ...most, doubles: [...most.doubles, 1] })).toThrow(
      'Maximum of 20 doubles supported.',
    );
    expect(() => readDataPoint({ ...most, indexes: ['a', 'b'] })).toThrow('Maximum of 1 indexes supported.');
  });
});
