import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { CommitHash, GitRef, MachineId, SlotName } from './ids.ts';

describe('a machine id', () => {
  test.each(['demo.web-1.1', 'a.b.999999999'])('may be %s', (id) => {
    expect(v.is(MachineId, id)).toBe(true);
  });

  test.each([
    'demo.web-1',
    'demo.web-1.0',
    'Demo.web-1.1',
    'demo..1',
    'demo.web-1.1/../x',
    'demo.web-1.01',
    '',
  ])('may not be "%s"', (id) => {
    expect(v.is(MachineId, id)).toBe(false);
  });

  test('says what was expected when it is wrong', () => {
    const { issues } = v.safeParse(MachineId, 'web-1');
    expect(issues?.[0]?.message).toBe('expected <project>.<slot>.<generation>, for example demo.web-1.1');
  });
});

test.each(['web-1', 'a', 'a'.repeat(31)])('a slot may be named %s', (name) => {
  expect(v.is(SlotName, name)).toBe(true);
});

test.each(['1web', 'web_1', 'a'.repeat(32), '-web', 'web 1'])('a slot may not be named "%s"', (name) => {
  expect(v.is(SlotName, name)).toBe(false);
});

test.each(['main', 'v1.2.3', 'feature/x', 'a'.repeat(40)])('git may be asked for %s', (ref) => {
  expect(v.is(GitRef, ref)).toBe(true);
});

test.each(['--upload-pack=sh', '-x', '', 'a b', 'x;y', 'a:b', '$(id)', 'a\nb'])(
  'git is never asked for "%s", which it or a shell could read as something else',
  (ref) => {
    expect(v.is(GitRef, ref)).toBe(false);
  },
);

test('a commit hash is whole and in lower case', () => {
  expect(v.is(CommitHash, 'a'.repeat(40))).toBe(true);
  expect(v.is(CommitHash, 'a'.repeat(64))).toBe(true);
  expect(v.is(CommitHash, 'a'.repeat(7))).toBe(false);
  expect(v.is(CommitHash, 'A'.repeat(40))).toBe(false);
});
