import { expect, it } from 'vitest';
import { CallFailure } from './call-failure.ts';
import { addRow, oneObject, START } from './testing/one-object.ts';
import { ask, type Caller, type Turns } from './turns.ts';

it('answers a call of one turn at once, after its writes are durable', () => {
  const stored: unknown[] = [];
  const world = oneObject({
    call: (context, row) => {
      addRow(context, row);
      return 'written';
    },
  });
  world.object.call('call', 'row', { reply: () => stored.push(world.object.state), fail: () => undefined });
  expect(stored).toEqual([['row']]);
});

it('sends a question only after the writes before it are durable', () => {
  const stored: unknown[] = [];
  const world = oneObject({
    *call(context) {
      addRow(context, 'intent');
      yield {
        label: 'effect',
        begin: (caller: Caller<unknown>) => {
          stored.push(world.object.state);
          caller.reply(null);
        },
      };
      return 'done';
    },
  });
  expect(world.call().answers).toEqual(['done']);
  expect(stored).toEqual([['intent']]);
});

it('takes the first answer of a question only', () => {
  const callers: Caller<string>[] = [];
  const world = oneObject({
    *call() {
      const first = yield* ask<string>({ label: 'first', begin: (caller) => callers.push(caller) });
      const second = yield* ask<string>({ label: 'second', begin: (caller) => callers.push(caller) });
      return `${first} ${second}`;
    },
  });
  const { answers } = world.call();
  callers[0]?.reply('one');
  callers[0]?.reply('late');
  callers[0]?.fail(new Error('later still'));
  callers[1]?.reply('two');
  expect(answers).toEqual(['one two']);
});

it('throws a failed question where it waits', () => {
  const world = oneObject({
    *call() {
      try {
        yield {
          label: 'down',
          begin: (caller: Caller<unknown>) => caller.fail(new CallFailure('busy', { overloaded: true })),
        };
      } catch (error) {
        return error instanceof CallFailure && error.overloaded ? 'overloaded' : 'something else';
      }
      return 'no failure';
    },
  });
  expect(world.call().answers).toEqual(['overloaded']);
});

it('goes through many answers that come at once without a deeper stack', () => {
  const world = oneObject({
    *call() {
      for (let count = 0; count < 100_000; count++)
        yield { label: 'again', begin: (caller: Caller<unknown>) => caller.reply(null) };
      return 'done';
    },
  });
  expect(world.call().answers).toEqual(['done']);
});

it('lets calls in while a handler waits', () => {
  const world = oneObject({
    *alarm(context) {
      addRow(context, 'before');
      yield world.pause(1000);
      addRow(context, 'after');
    },
    call: (context, input) => {
      if (input === 'arm') context.setAlarm(context.now() + 500);
      else addRow(context, input);
      return '';
    },
  });
  world.call('arm');
  world.pass(700);
  expect(world.object.isAlarmRunning).toBe(true);
  world.call('between');
  world.pass(5000);
  expect(world.object.state).toEqual(['before', 'between', 'after']);
  expect(world.object.isAlarmRunning).toBe(false);
});

it('is constructed again after 10 s in which nothing happened, and not before', () => {
  const world = oneObject({});
  world.call();
  world.pass(9999);
  world.call();
  expect(world.lives()).toBe(1);
  world.pass(10_000);
  world.call();
  expect(world.lives()).toBe(2);
});

it('stays in memory for up to 20 s by chance', () => {
  const world = oneObject({ random: () => 0.5 });
  world.call();
  world.pass(14_999);
  world.call();
  expect(world.lives()).toBe(1);
  world.pass(15_000);
  world.call();
  expect(world.lives()).toBe(2);
});

it('is not evicted while something runs in it', () => {
  const world = oneObject({
    *call() {
      yield world.pause(60_000);
      return 'done';
    },
  });
  const { answers } = world.call();
  world.object.evict();
  world.pass(59_000);
  world.call();
  world.pass(1000);
  expect(world.lives()).toBe(1);
  expect(answers).toEqual(['done']);
});

it('fails every open call when its code resets it, and keeps what was durable', () => {
  const world = oneObject({
    *call(context, input) {
      if (input === 'reset') {
        addRow(context, 'lost');
        context.abort();
      }
      addRow(context, 'kept');
      yield world.pause(1000);
      return 'never';
    },
  });
  const waiting = world.call('wait');
  const resetting = world.call('reset');
  expect(waiting.failures).toEqual([]);
  world.pass(2000);
  expect(waiting.answers).toEqual([]);
  expect(waiting.failures).toMatchObject([{ durableObjectReset: true, remote: false }]);
  expect(resetting.failures).toMatchObject([{ durableObjectReset: true, remote: false }]);
  expect(world.object.state).toEqual(['kept']);
  expect(world.object.isAwake).toBe(false);
});

it('tells the caller of a call of one turn that it was lost', () => {
  const world = oneObject({
    call: (context) => context.abort(),
  });
  const { failures } = world.call();
  world.pass(0);
  expect(failures).toMatchObject([{ durableObjectReset: true }]);
});

it('keeps the writes of a method that throws, and says that it was the method', () => {
  const world = oneObject({
    call: (context) => {
      addRow(context, 'kept');
      throw new RangeError('no');
    },
  });
  expect(world.call().failures).toMatchObject([{ remote: true, message: 'no', durableObjectReset: false }]);
  expect(world.object.state).toEqual(['kept']);
});

it('logs what constructors, handlers and methods throw, and nothing of instances that are replaced', () => {
  const thrown: string[] = [];
  const world = oneObject({
    construct: (_, life) => {
      if (life === 1) throw new Error('first life');
    },
    alarm: (_, __, run) => {
      if (run === 1) throw new Error('first run');
    },
    *call(context, input): Turns<string> {
      context.setAlarm(START + 1000);
      if (input === 'throw') throw new Error('call');
      yield world.pause(5000);
      context.read();
      return '';
    },
  });
  world.runtime.logThrown((id, method, error) => thrown.push(`${id} ${method}: ${(error as Error).message}`));
  world.call();
  world.call('throw');
  world.pass(2000);
  world.call();
  world.object.replace();
  world.pass(10_000);
  expect(thrown).toEqual(['it constructor: first life', 'it call: call', 'it alarm: first run']);
});

it('undoes a transaction that throws, with its alarm', () => {
  const world = oneObject({
    call: (context) => {
      context.setAlarm(START + 1000);
      const undone = () =>
        context.transaction(() => {
          addRow(context, 'undone');
          context.setAlarm(START + 2000);
          throw new Error('no');
        });
      expect(undone).toThrow('no');
      expect(context.getAlarm()).toBe(START + 1000);
      return context.transaction(() => 'result');
    },
  });
  expect(world.call().answers).toEqual(['result']);
  expect(world.object.state).toBeNull();
  expect(world.object.alarm).toBe(START + 1000);
});

it('ends one process only: other objects live on', () => {
  const world = oneObject({
    *call() {
      yield world.pause(1000);
      return 'done';
    },
  });
  const other = world.runtime
    .define({ name: 'Other', create: () => ({ alarm: () => undefined, ping: (text: string) => text }) })
    .get('other');
  other.call('ping', '', null);
  const { failures } = world.call();
  world.object.kill();
  world.pass(0);
  expect(failures).toMatchObject([{ durableObjectReset: true }]);
  expect(other.isAwake).toBe(true);
});
