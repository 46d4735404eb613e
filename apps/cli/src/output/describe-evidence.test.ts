import { expect, test } from 'vitest';
import { evidenceBundle } from '../../test/builders.ts';
import { describeEvidence, evidenceRow, workRows } from './describe-evidence.ts';

test('a bundle tells why it was taken, what it holds, what it lacks and why', () => {
  expect(describeEvidence(evidenceBundle()).split('\n')).toEqual([
    'demo.web-1.1/12  taken 09:00:00, before level 3 of incident 1; the newest copy of its data was 1m30s old',
    '  logs.txt             2.0 kB',
    '  work-customer.bundle 900 B',
    '  changes.diff         missing: git did not answer',
    '  work in customer: 2 files on top of 222222222222, saved as 333333333333',
  ]);
  expect(describeEvidence(evidenceBundle({ copyAgeMs: null }))).toContain('there was no copy of its data');
});

test('in a list it has one line, and its saved work one for each repository', () => {
  expect(evidenceRow(evidenceBundle())).toEqual([
    'demo.web-1.1/12',
    '09:00:00',
    '1',
    '3',
    '2',
    '1',
    'customer: 2 files',
  ]);
  expect(workRows(evidenceBundle())).toEqual([
    ['demo.web-1.1/12', '09:00:00', 'customer', '2', '900 B', '222222222222'],
  ]);
});
