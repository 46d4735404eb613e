import { expect, it } from 'vitest';
import { StaleInstance } from './call-failure.ts';
import { oneObject, START } from './testing/one-object.ts';
import type { Turns } from './turns.ts';

it('refuses storage to an instance that was replaced, in everything but its clock', () => {
  const refused: string[] = [];
  const world = oneObject({
    *call(context) {
      yield world.pause(1000);
      const attempts = {
        read: () => context.read(),
        write: () => context.write([]),
        getAlarm: () => context.getAlarm(),
        setAlarm: () => context.setAlarm(0),
        deleteAlarm: () => context.deleteAlarm(),
        transaction: () => context.transaction(() => undefined),
      };
      for (const [name, attempt] of Object.entries(attempts))
        try {
          attempt();
        } catch (error) {
          if (error instanceof StaleInstance) refused.push(name);
        }
      return `at ${context.now() - START}`;
    },
  });
  const { answers } = world.call();
  world.object.replace();
  world.pass(1000);
  expect(refused).toEqual(['read', 'write', 'getAlarm', 'setAlarm', 'deleteAlarm', 'transaction']);
  // What needs no storage still reaches its caller.
  expect(answers).toEqual(['at 1000']);
});

it('has a stale handler and a new one run at the same time', () => {
  const world = oneObject({
    call: (context) => {
      context.setAlarm(START + 100);
      return '';
    },
    *alarm() {
      yield world.pause(1000);
      yield world.question('effect');
    },
  });
  world.call();
  world.pass(500);
  world.object.replace();
  // The old one has ended; the alarm belongs to the new one.
  world.pass(800);
  expect(world.object.isAlarmRunning).toBe(true);
  expect(world.object.alarm).toBe(START + 100);
  world.pass(2000);
  expect(world.runs.map(({ at, retryCount }) => [at, retryCount])).toEqual([
    [100, 0],
    [500, 0],
  ]);
  expect(world.questions).toEqual(['effect', 'effect']);
  expect(world.object.alarm).toBeNull();
});

it('shows each place the alarm that it would show on the platform', () => {
  const seen: Record<string, number | null> = {};
  const world = oneObject({
    construct: (context, life) => (seen[`constructor ${life}`] = context.getAlarm()),
    *alarm(context, _, run): Turns<void> {
      seen[`handler ${run}`] = context.getAlarm();
      if (run === 1) context.abort();
      if (run > 2) return;
      yield world.pause(1000);
      context.setAlarm(context.now() + 5000);
      seen['set in the handler'] = context.getAlarm();
    },
    call: (context, place) => {
      if (place === 'arm') context.setAlarm(START - 5000);
      seen[place] = context.getAlarm();
      return '';
    },
  });
  world.call('arm');
  world.pass(1000);
  world.call('between retries');
  world.pass(1500);
  world.call('while the handler waits');
  world.pass(1000);
  world.object.evict();
  world.pass(60_000);
  expect(seen).toMatchObject({
    'constructor 1': null,
    arm: START,
    'handler 1': null,
    'constructor 2': START,
    'between retries': START,
    'handler 2': null,
    'while the handler waits': null,
    'set in the handler': START + 8000,
    'constructor 3': START + 8000,
  });
});

it('shows a new instance the alarm whose handler still runs in the old one', () => {
  const seen: (number | null)[] = [];
  const world = oneObject({
    construct: (context) => seen.push(context.getAlarm()),
    call: (context) => {
      context.setAlarm(START + 100);
      return '';
    },
    *alarm(): Turns<void> {
      yield world.pause(1000);
    },
  });
  world.call();
  world.pass(500);
  world.object.replace();
  world.pass(0);
  expect(seen).toEqual([null, START + 100]);
});

it('cancels the run of an alarm whose constructor arms for later', () => {
  const world = oneObject({
    construct: (context, life) => {
      if (life > 1) context.setAlarm(context.now() + 30_000);
    },
    call: (context) => {
      context.setAlarm(START + 30_000);
      return '';
    },
  });
  world.call();
  world.pass(3_600_000);
  expect(world.runs).toEqual([]);
  expect(world.lives()).toBe(1 + 120);
});
