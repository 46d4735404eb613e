import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { utf8Length } from './utf8.ts';

it('counts what an encoder would write, lone surrogates included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0xd800, max: 0xdfff }), (text, lone) => {
      for (const tried of [text, text + String.fromCharCode(lone), String.fromCharCode(lone) + text]) {
        expect(utf8Length(tried)).toBe(new TextEncoder().encode(tried).length);
      }
    }),
  );
});
