import { expect, it } from 'vitest';
import { quote } from './quote.ts';

it('puts a name between quotes', () => {
  expect(quote('demo.web-1.1')).toBe("'demo.web-1.1'");
});

it.each(["x' OR '1'='1", '\\', 'a\nb', '\u0000', '\u007f', "''"])(
  'refuses %j, which could end the literal',
  (text) => {
    expect(() => quote(text)).toThrow(/expected a name without quotes, .* got /);
  },
);
