import { expect, it } from 'vitest';
import type { Crash, CrashSide } from './crash-point.ts';
import { addRow, oneObject, START, type Behaviour } from './testing/one-object.ts';
import type { Turns } from './turns.ts';

/** An alarm that writes its intent, has an effect, and writes the result; a chooser that crashes at one point. */
function effectWith(crashAt: { side: CrashSide; label: string; crash: Crash } | null) {
  const points: string[] = [];
  let crashes = 0;
  const behaviour: Behaviour = {
    call: (context) => {
      context.setAlarm(START + 1000);
      return 'armed';
    },
    *alarm(context): Turns<void> {
      if (context.read() === null) addRow(context, 'intent');
      context.setAlarm(context.now() + 30_000);
      const answer = yield world.question('effect');
      addRow(context, `result ${String(answer)}`);
    },
    crash: (_, side, label) => {
      points.push(`${side} ${label}`);
      if (crashAt === null || crashes > 0 || side !== crashAt.side || label !== crashAt.label) return null;
      crashes += 1;
      return crashAt.crash;
    },
  };
  const world = oneObject(behaviour);
  world.call();
  points.length = 0;
  world.pass(5000);
  return { ...world, points };
}

it('offers a crash before and after every commit and every wait, in the order in which they come', () => {
  expect(effectWith(null).points).toEqual([
    'before-commit effect',
    'after-commit effect',
    'after-send effect',
    'before-answer effect',
    'before-commit alarm',
    'after-commit alarm',
  ]);
});

it('offers no commit to a turn that wrote nothing', () => {
  const points: string[] = [];
  const world = oneObject({
    call: () => 'read',
    crash: (_, side, label) => {
      points.push(`${side} ${label}`);
      return null;
    },
  });
  world.call();
  expect(points).toEqual(['after-commit constructor', 'after-commit call']);
});

it('loses the turn, its alarm and its question before the commit', () => {
  const world = effectWith({ side: 'before-commit', label: 'effect', crash: 'reset' });
  expect(world.runs.map(({ at }) => at)).toEqual([1000, 3000]);
  expect(world.questions).toEqual(['effect']);
  expect(world.object.state).toEqual(['intent', 'result effect']);
});

it('keeps intent and alarm after the commit, and nothing left', () => {
  const world = effectWith({ side: 'after-commit', label: 'effect', crash: 'reset' });
  expect(world.questions).toEqual([]);
  expect(world.object.state).toEqual(['intent']);
  // The alarm that was set replaces the platform's retries.
  world.pass(30_000);
  expect(world.runs.map(({ at }) => at)).toEqual([1000, 31_000]);
  expect(world.questions).toEqual(['effect']);
});

it.each(['after-send', 'before-answer'] as const)('has an effect without a result %s', (side) => {
  const world = effectWith({ side, label: 'effect', crash: 'reset' });
  expect(world.questions).toEqual(['effect']);
  expect(world.object.state).toEqual(['intent']);
  world.pass(30_000);
  expect(world.questions).toEqual(['effect', 'effect']);
  expect(world.object.state).toEqual(['intent', 'result effect']);
});

it('runs an alarm again whose last turn was not durable', () => {
  const world = effectWith({ side: 'before-commit', label: 'alarm', crash: 'reset' });
  expect(world.object.state).toEqual(['intent']);
  world.pass(30_000);
  expect(world.object.state).toEqual(['intent', 'result effect']);
});

it('ends the whole process with a kill, until it is started again', () => {
  const world = effectWith({ side: 'after-send', label: 'effect', crash: 'kill' });
  expect(world.runtime.isDown).toBe(true);
  world.pass(60_000);
  expect(world.runs).toHaveLength(1);
  const { failures } = world.call();
  world.runtime.start();
  world.pass(0);
  expect(failures).toMatchObject([{ retryable: true, durableObjectReset: false }]);
  expect(world.runs.map(({ retryCount }) => retryCount)).toEqual([0, 0]);
});

it('lets a replaced instance go on until it touches its storage, beside the new one', () => {
  const world = effectWith({ side: 'after-commit', label: 'effect', crash: 'replace' });
  // The old one had its effect although it was replaced, and could not write the result.
  expect(world.questions).toEqual(['effect']);
  expect(world.object.state).toEqual(['intent']);
  world.pass(30_000);
  expect(world.questions).toEqual(['effect', 'effect']);
  expect(world.object.state).toEqual(['intent', 'result effect']);
});

it('does not hear again of a replaced instance whose writes are not durable', () => {
  const world = effectWith({ side: 'before-commit', label: 'effect', crash: 'replace' });
  expect(world.runs.map(({ at }) => at)).toEqual([1000, 1000]);
  expect(world.questions).toEqual(['effect']);
});

it('tells callers of a replaced instance whose writes are not durable', () => {
  const world = oneObject({
    *call(context): Turns<string> {
      addRow(context, 'lost');
      yield world.pause(1000);
      return 'never';
    },
    crash: (_, side) => (side === 'before-commit' ? 'replace' : null),
  });
  const { failures } = world.call();
  world.pass(5000);
  expect(failures).toMatchObject([{ durableObjectReset: true }]);
});

it('tells callers that their writes are not durable, without a word of a reset', () => {
  const world = oneObject({
    call: (context) => {
      addRow(context, 'lost');
      return 'never';
    },
    crash: (_, side) => (side === 'before-commit' ? 'reset' : null),
  });
  const { failures } = world.call();
  world.pass(0);
  expect(failures).toMatchObject([{ remote: false, retryable: false, durableObjectReset: false }]);
  expect(world.object.isAwake).toBe(false);
});

it('wakes the object for an earlier alarm that was lost at its commit, and runs nothing', () => {
  let fails = true;
  const world = oneObject({
    call: (context, inMs) => {
      context.setAlarm(START + Number(inMs));
      return '';
    },
    crash: (_, side) => (side === 'before-commit' && world.object.alarm !== null && fails ? 'reset' : null),
  });
  world.call('9000');
  world.call('3000');
  // A later one is only told when it is stored.
  world.call('20000');
  fails = false;
  world.pass(8000);
  expect(world.lives()).toBe(3);
  expect(world.runs).toEqual([]);
  world.pass(60_000);
  expect(world.runs.map(({ at }) => at)).toEqual([9000]);
});

it('counts a reset as a failure of the alarm', () => {
  const world = effectWith({ side: 'before-commit', label: 'effect', crash: 'reset' });
  expect(world.runs.map(({ retryCount }) => retryCount)).toEqual([0, 1]);
});

it('runs no turn of an instance that is gone', () => {
  const reached: string[] = [];
  const world = oneObject({
    *call(): Turns<string> {
      yield world.question('effect');
      reached.push('after the answer');
      return '';
    },
  });
  world.call();
  world.pass(50);
  world.object.kill();
  world.pass(5000);
  expect(world.questions).toEqual(['effect']);
  expect(reached).toEqual([]);
});
