import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint } from './fingerprint.ts';

describe('fingerprint', () => {
  it('is 16 hexadecimal digits, the same each time', () => {
    assert(
      property(string(), (text) => {
        expect(fingerprint(text)).toMatch(/^[0-9a-f]{16}$/);
        expect(fingerprint(text)).toBe(fingerprint(text));
      }),
    );
  });

  it('differs for texts that differ in one place, in order or in length', () => {
    const texts = new Set<string>();
    for (let size = 0; size < 40; size++) {
      const base = 'a'.repeat(size);
      texts.add(base);
      for (let at = 0; at < size; at++)
        for (const unit of 'bc\0\n\u00e4\u4e2d') texts.add(base.slice(0, at) + unit + base.slice(at + 1));
    }
    for (let number = 0; number < 50_000; number++) texts.add(`{"port":${number}}`);
    expect(new Set([...texts].map(fingerprint)).size).toBe(texts.size);
  });

  it('changes about half of its bits with one character', () => {
    const changed = Array.from({ length: 500 }, (_, n) => {
      const [a, b] = [fingerprint(`command ${n}`), fingerprint(`command ${n}.`)];
      return (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll('0', '').length;
    });
    const mean = changed.reduce((sum, bits) => sum + bits, 0) / changed.length;
    expect(mean).toBeGreaterThan(28);
    expect(mean).toBeLessThan(36);
  });
});
