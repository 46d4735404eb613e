import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeJsonProblem, findJsonProblem } from './json-problem.ts';

describe('describeJsonProblem', () => {
  it.each([
    ['', 'line 1, column 1: expected a value, found the end of the file'],
    ['{\n  "a": }', 'line 2, column 8: expected a value, found "}"'],
    ['{"a": 1,}', 'line 1, column 9: expected a name in double quotes after the comma, found "}"'],
    ['[1,\n]', 'line 2, column 1: expected a value after the comma, found "]"'],
    ['{"a": 1 "b": 2}', 'line 1, column 9: expected "," or "}", found "\\""'],
    ["{'a': 1}", 'line 1, column 2: expected a name in double quotes, found "\'"'],
    ['{a: 1}', 'line 1, column 2: expected a name in double quotes, found "a"'],
    ['{"a" 1}', 'line 1, column 6: expected ":", found "1"'],
    ['{"a": "b', 'line 1, column 9: expected the double quote that ends a text, found the end of the file'],
    [
      '{"a": "b\n"}',
      'line 1, column 9: expected the double quote that ends a text, found the end of the line',
    ],
    [
      '{\n  // why\n}',
      'line 2, column 3: expected a name in double quotes, found a comment (JSON has none; YAML and TypeScript do)',
    ],
    [
      '{} # why',
      'line 1, column 4: expected the end of the file, found a comment (JSON has none; YAML and TypeScript do)',
    ],
    ['{"a": 01}', 'line 1, column 7: expected a value, found "0"'],
    ['[undefined]', 'line 1, column 2: expected a value, found "u"'],
    ['{} {}', 'line 1, column 4: expected the end of the file, found "{"'],
  ])('%j: %s', (text, sentence) => {
    expect(describeJsonProblem(text)).toBe(sentence);
  });

  it('repeats no more of the text than one character', () => {
    expect(describeJsonProblem('{"env": {"TOKEN": "secret" secret}}')).not.toContain('secret');
  });

  it('finds a problem exactly where JSON.parse does, whatever is done to a text', () => {
    const change = fc.record({
      at: fc.nat(200),
      take: fc.nat(2),
      put: fc.constantFrom('', '"', '{', ',', '\\', '0', 'e'),
    });
    fc.assert(
      fc.property(fc.json(), change, (json, { at, take, put }) => {
        const text = json.slice(0, at) + put + json.slice(at + take);
        expect(findJsonProblem(text) === null).toBe(isJson(text));
      }),
      { numRuns: 500 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
