import { expect, test } from 'vitest';
import { conflictedFiles, prerequisites } from './bundle-header.ts';

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)];

test('the commits that a bundle needs are those of its header alone', () => {
  const header = `# v2 git bundle\n-${A} a subject\n-${B}\n${A} refs/heads/work\n\nPACK\n-${A}`;
  expect(prerequisites(header)).toEqual([A, B]);
  expect(prerequisites('# v2 git bundle\n\nPACK')).toEqual([]);
});

test('the files of a conflict are those that git names first', () => {
  const output = `git merge-tree ended with code 1: ${A}\nserver.mjs\na file\n\nAuto-merging server.mjs\nCONFLICT\n`;
  expect(conflictedFiles(output)).toEqual(['server.mjs', 'a file']);
  expect(conflictedFiles('cut off')).toEqual([]);
});
