/** A machine that answers and takes no command is left alone, and people are told. */
import { expect, test } from 'vitest';
import { HOUR, MINUTE } from '../testing/builders.ts';
import { Scenario } from '../testing/scenario.ts';
import { REFUSES_COMMANDS } from './refused-commands.ts';

const REFUSED = { kind: 'commands-refused' };
const toldOf = ({ told }: Scenario) => told.filter(({ kind }) => kind === REFUSED.kind);

/** A machine that was well, and refuses every command from now on; it reports no more. */
function refusing(): Scenario {
  const s = Scenario.healthy();
  s.machine.refusesCommands = true;
  s.machine.muted = true;
  return s;
}

test('people are told once of a machine that takes no command, and nothing is done to it', () => {
  const s = refusing();
  s.runFor(5 * HOUR);
  expect(toldOf(s)).toMatchObject([REFUSED]);
  expect(s.story.filter((line) => line === REFUSES_COMMANDS)).toHaveLength(1);
  expect(s.record.diagnosis).toEqual({ domain: 'unknown', message: REFUSES_COMMANDS });
  expect(s.incidents).toEqual([]);
  expect(s.machine.executed.filter((one) => one !== 'copy')).toEqual(['create']);
});

test('one that gets over it in time is nothing to tell, and one that begins anew is told again', () => {
  const s = refusing();
  s.runFor(8 * MINUTE);
  const wellAgain = () => {
    s.machine.refusesCommands = false;
    s.machine.muted = false;
    s.runUntil('well', () => s.record.commandsRefused === null && s.phase === 'healthy');
  };
  wellAgain();
  expect(toldOf(s)).toEqual([]);
  for (const times of [1, 2]) {
    s.machine.refusesCommands = true;
    s.machine.muted = true;
    s.runFor(HOUR);
    expect(toldOf(s)).toHaveLength(times);
    wellAgain();
  }
});

test('a machine that is dead inside is not excused by who answers in its place', () => {
  const s = refusing();
  s.machine.hung.add('pidnap');
  s.runUntil('restarted', () => s.sent.includes('restart'));
  expect(s.incidents.at(-1)?.diagnosis).toMatchObject({ domain: 'machine' });
});
