/** Arguments of `writeDataPoint`, by what is special about them. Bundled into workerd by the test. */
export const EVENTS: Record<string, () => unknown[]> = {
  'no argument': () => [],
  undefined: () => [undefined],
  null: () => [null],
  'a text': () => ['x'],
  'a number': () => [5],
  'an array': () => [[]],
  'a function': () => [() => 1],
  'an empty object': () => [{}],
  'fields that nobody knows': () => [{ foo: 1, blobs: ['a'] }],
  'two arguments': () => [{ blobs: ['a'] }, { blobs: ['b'] }],

  'indexes: null': () => [{ indexes: null }],
  'blobs: null': () => [{ blobs: null }],
  'doubles: null': () => [{ doubles: null }],
  'blobs: a text': () => [{ blobs: 'abc' }],
  'blobs: like an array': () => [{ blobs: { length: 1, 0: 'a' } }],
  'blobs: a set': () => [{ blobs: new Set(['a']) }],
  'doubles: a typed array': () => [{ doubles: new Float64Array([1, 2]) }],
  'everything of a wrong type': () => [{ doubles: 'x', blobs: 'y', indexes: 'z' }],

  'doubles that are converted': () => [{ doubles: ['1.5', 'x', '', true, null, {}, [7]] }],
  'doubles that are no number': () => [{ doubles: [undefined, NaN, Infinity, -Infinity] }],
  'a bigint': () => [{ doubles: [5n] }],
  'a symbol among doubles': () => [{ doubles: [Symbol('a')] }],
  'a symbol among blobs': () => [{ blobs: [Symbol('a')] }],
  'symbols in both': () => [{ blobs: [Symbol('a')], doubles: [Symbol('a')] }],

  'blobs that are converted': () => [{ blobs: [5, true, { a: 1 }, [1, 2], 7n] }],
  'blobs with gaps': () => [{ blobs: ['a', undefined, null, 'b'] }],
  // oxlint-disable-next-line no-sparse-arrays
  holes: () => [{ blobs: ['a', , 'c'], doubles: [1, , 3] }],
  bytes: () => [{ blobs: [new Uint8Array([1, 2, 255]).buffer, new Uint8Array([3, 4]).subarray(1)] }],
  'a view of bytes': () => [
    { blobs: [new DataView(new ArrayBuffer(2))], indexes: [new Uint8Array([65, 66])] },
  ],
  'texts in other scripts': () => [{ blobs: ['é', '漢', '😀', 'a\u0000b'], indexes: ['ü'] }],
  'a blob that cannot be a text': () => [{ blobs: [{ toString: () => thrower(new RangeError('no text')) }] }],
  'a field that cannot be read': () => [
    {
      get blobs() {
        return thrower(new Error('not readable'));
      },
    },
  ],

  '20 blobs': () => [{ blobs: Array(20).fill('a') }],
  '21 blobs': () => [{ blobs: Array(21).fill('a') }],
  '21 blobs that are null': () => [{ blobs: Array(21).fill(null) }],
  '20 doubles': () => [{ doubles: Array(20).fill(1) }],
  '21 doubles': () => [{ doubles: Array(21).fill(1) }],
  'no index': () => [{ indexes: [] }],
  'an index that is null': () => [{ indexes: [null] }],
  'an index that is a number': () => [{ indexes: [7] }],
  'two indexes': () => [{ indexes: ['a', 'b'] }],
  'an index of 96 bytes': () => [{ indexes: ['é'.repeat(48)] }],
  'an index of 97 bytes': () => [{ indexes: [`${'é'.repeat(48)}x`] }],
  'blobs of 16,000 bytes': () => [{ blobs: ['x'.repeat(8000), 'é'.repeat(4000)] }],
  'blobs of 16,001 bytes': () => [{ blobs: ['x'.repeat(8001), 'é'.repeat(4000)] }],
  'too much of everything': () => [
    { indexes: ['a', 'b'], blobs: Array(21).fill('a'), doubles: Array(21).fill(1) },
  ],
  'too many blobs and doubles': () => [{ blobs: Array(21).fill('a'), doubles: Array(21).fill(1) }],
};

function thrower(error: Error): never {
  throw error;
}
